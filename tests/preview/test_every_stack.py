"""`labctl previews`: what it says without an engine, and what it exits with. The engine's part: tests/e2e."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from labctl import cli, preview_commands
from preview import every_stack as module
from preview.backend import Outcome
from preview.errors import PreviewError
from preview.every_stack import Previewed, Previews, every_stack, previewed
from sandbox.tools import Toolbox

GROUP = {
    "op": "create",
    "urn": "urn:pulumi:dev::calico-labs::azure-native:resources:ResourceGroup::lab-group",
    "newState": {"type": "azure-native:resources:ResourceGroup", "custom": True, "inputs": {}},
}
STACK = {
    "op": "create",
    "urn": "urn:pulumi:dev::calico-labs::pulumi:pulumi:Stack::calico-labs-dev",
    "newState": {"type": "pulumi:pulumi:Stack"},
}


class TestWhatTheEngineSaid:
    def test_resources_are_counted_without_stack_and_components(self) -> None:
        found = previewed("dev", Outcome(preview={"steps": [STACK, GROUP]}), 2.5)
        assert found == Previewed("dev", 2.5, 1)

    def test_errors_are_kept(self) -> None:
        assert previewed("dev", Outcome(head_errors=("no",)), 1.0).errors == ("no",)

    def test_a_preview_that_shows_nothing_is_no_success(self) -> None:
        assert previewed("dev", Outcome(preview={"steps": [STACK]}), 1.0).errors == (
            "the preview shows no resource",
        )


class TestStacks:
    @pytest.fixture
    def ran(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The stacks that were previewed, with a backend that runs no engine."""
        stacks: list[str] = []

        class Backend:
            def __init__(self, *_: object) -> None: ...

            def prepare(self, wanted: list[str]) -> None: ...

            def run(self, stack: str) -> Outcome:
                stacks.append(stack)
                return Outcome(preview={"steps": [GROUP]})

        def copy(project: Path, target: Path) -> None:
            target.mkdir()
            for name in ("b", "a"):
                (target / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")

        monkeypatch.setattr(module, "Backend", Backend)
        monkeypatch.setattr(module.revisions, "copy_work_tree", copy)
        return stacks

    def test_all_of_them_in_the_order_of_their_names(self, ran: list[str], tmp_path: Path) -> None:
        found = every_stack(tmp_path, Toolbox(origins={}))
        assert [one.stack for one in found.stacks] == ["a", "b"]
        assert sorted(ran) == ["a", "b"]

    def test_only_those_that_are_named(self, ran: list[str], tmp_path: Path) -> None:
        assert [one.stack for one in every_stack(tmp_path, Toolbox(origins={}), ["b"]).stacks] == ["b"]
        assert ran == ["b"]

    def test_an_unknown_one_is_named_with_those_there_are(self, ran: list[str], tmp_path: Path) -> None:
        with pytest.raises(PreviewError) as caught:
            every_stack(tmp_path, Toolbox(origins={}), ["c"])
        assert str(caught.value) == "stack is 'c' but there is no Pulumi.c.yaml; choose one of a, b"
        assert ran == []


class TestCommand:
    @pytest.fixture
    def found(self, monkeypatch: pytest.MonkeyPatch) -> list[Previewed]:
        stacks: list[Previewed] = []
        monkeypatch.setattr(preview_commands, "ensure", lambda only: Toolbox(origins=dict.fromkeys(only, "")))
        monkeypatch.setattr(
            preview_commands, "every_stack", lambda *_, **__: Previews(tuple(stacks), seconds=4.25)
        )
        return stacks

    def run(self) -> Any:
        return CliRunner().invoke(cli.main, ["previews"])

    def test_each_stack_and_the_whole_have_their_time(self, found: list[Previewed]) -> None:
        found += [Previewed("byocni", 2.3, 40), Previewed("dev", 2.1, 39)]
        result = self.run()
        assert result.exit_code == 0
        rows = [line.split("│") for line in result.output.splitlines() if "│" in line]
        cells = [tuple(cell.strip() for cell in row[1:-1]) for row in rows]
        assert cells == [("byocni", "40", "2.3"), ("dev", "39", "2.1"), ("all 2, 2 at a time", "79", "4.2")]

    def test_a_stack_that_cannot_be_previewed_is_1_with_its_error(self, found: list[Previewed]) -> None:
        found += [Previewed("byocni", 2.3, 40), Previewed("nke", 1.0, 0, ("context is ''",))]
        result = self.run()
        assert result.exit_code == 1
        assert "nke: context is ''" in result.output
        assert "failed" in result.output
