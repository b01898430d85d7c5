"""Every check is in the catalogue, has a name of its own and says what it is for."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import checks
from checks import catalogue, document, state, traffic
from checks.check import Check
from checks.errors import UsageError
from labs.stack_files import stacks_of
from tests.checks.fakes import PROJECT

STACKS = stacks_of(PROJECT)
FOLDER = Path(checks.__file__).parent


def modules(folder: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / folder).glob("*.py") if path.stem != "__init__")


def test_every_file_with_a_check_is_in_the_catalogue() -> None:
    found = []
    for folder, listed in (("state", state.ONE_EACH), ("traffic", traffic.ONE_EACH)):
        for name in modules(folder):
            module = importlib.import_module(f"checks.{folder}.{name}")
            found += [value for value in vars(module).values() if isinstance(value, Check)]
            assert all(value in listed for value in vars(module).values() if isinstance(value, Check)), name
    assert len(found) >= 30
    assert {check.name for check in found} == {c.name for c in (*state.ONE_EACH, *traffic.ONE_EACH)}


def test_every_module_that_makes_checks_of_files_is_asked() -> None:
    found = {
        name
        for name in modules("state")
        if "def checks(" in (FOLDER / "state" / f"{name}.py").read_text("utf-8")
    }
    assert found == {module.__name__.rpartition(".")[2] for module in state.MADE_OF_FILES}
    assert found


@pytest.mark.parametrize("stack", STACKS)
def test_names_are_unique_and_texts_are_there(stack: str) -> None:
    found = catalogue.checks_of(document.stack_of(PROJECT, stack))
    assert len({check.name for check in found}) == len(found) > 20
    for check in found:
        assert check.proves.strip(), check.name
        assert check.course.strip(), check.name
        assert check.needs.strip(), check.name


@pytest.mark.parametrize("stack", STACKS)
def test_every_policy_file_of_a_stack_has_its_check(stack: str) -> None:
    lab = document.stack_of(PROJECT, stack)
    names = {check.name for check in catalogue.checks_of(lab)}
    assert lab.policies
    for policy in lab.policies:
        assert any(name.startswith(f"policy/{policy.path.stem}") for name in names), policy.path


def test_two_checks_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "ONE_EACH", (*state.ONE_EACH, state.ONE_EACH[0]))
    with pytest.raises(ValueError, match="two checks are called nodes"):
        catalogue.checks_of(document.stack_of(PROJECT, "byocni"))


@pytest.mark.parametrize(
    ("patterns", "kept", "left"),
    [
        pytest.param(["nodes"], {"nodes"}, {"typha"}, id="one by name"),
        pytest.param(["policy/*", "typha"], {"policy/11-database-dns", "typha"}, {"nodes"}, id="patterns"),
        pytest.param(["!traffic/*"], {"nodes"}, {"traffic/summary.yaobank-summary:80"}, id="left out"),
        pytest.param(
            ["policy/*", "!policy/1*"],
            {"policy/31-customer-not-from-pods"},
            {"policy/11-database-dns"},
            id="both",
        ),
    ],
)
def test_patterns_choose(patterns: list[str], kept: set[str], left: set[str]) -> None:
    names = {
        check.name
        for check in catalogue.choose(catalogue.checks_of(document.stack_of(PROJECT, "byocni")), patterns)
    }
    assert kept <= names
    assert not left & names


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (["nodez"], "--only is 'nodez' but no check of this lab is called so; near it are nodes, "),
        (["@@@"], "--only is '@@@' but no check of this lab is called so; --list names all"),
        (["nodes", "!node*"], "--only is 'nodes !node*' but that leaves no check; take a pattern away"),
    ],
    ids=["misspelt", "like nothing", "all taken away"],
)
def test_patterns_that_choose_nothing_are_refused(patterns: list[str], message: str) -> None:
    found = catalogue.checks_of(document.stack_of(PROJECT, "byocni"))
    with pytest.raises(UsageError) as refused:
        catalogue.choose(found, patterns)
    assert str(refused.value).startswith(message)


def test_the_page_of_checks_is_not_stale() -> None:
    written = (PROJECT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert written == document.page(), "run: python -m checks.document > docs/checks.md"
