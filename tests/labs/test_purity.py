"""`labs/` stays cheap and pure, and versions are spelt in one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LABS = sorted((ROOT / "labs").rglob("*.py"))
COMPONENTS = sorted((ROOT / "components").rglob("*.py"))
PINS = ROOT / "labs" / "versions.py"
VERSION = re.compile(r"\bv\d+\.\d+\.\d+|(?<![\d.])1\.[1-9]\d(?![\d.])|\bStandard_[A-Z]+\d")


def relative(path: Path) -> str:
    """Return a path as it is spoken of."""
    return path.relative_to(ROOT).as_posix()


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of every literal that is not documentation, parts of f-strings included."""
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and id(node) not in documentation
            and isinstance(node.value, (str, float))
        ):
            yield node.lineno, str(node.value)


def versions_in(source: str) -> list[str]:
    """Return the versions, minors and VM sizes that a program spells out."""
    return [found for _, text in literals(ast.parse(source)) for found in VERSION.findall(text)]


def imports(source: str) -> set[str]:
    """Return the top-level packages that a program imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_there_are_files_to_look_at() -> None:
    assert PINS in LABS
    assert COMPONENTS


@pytest.mark.parametrize("path", [path for path in [*LABS, *COMPONENTS] if path != PINS], ids=relative)
def test_versions_and_sizes_are_spelt_in_the_pins_module_only(path: Path) -> None:
    assert versions_in(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 'v3.32.4'", ["v3.32.4"]),
        ("x = f'{y}v3.32.4'", ["v3.32.4"]),
        ("x = '1.36'", ["1.36"]),
        ("x = 1.36", ["1.36"]),
        ("x = 'Standard_B2s'", ["Standard_B2"]),
        ("'''v3.32.4 is documentation'''\nx = '10.1.36.0/24'", []),
    ],
)
def test_the_search_finds_versions_and_nothing_else(source: str, found: list[str]) -> None:
    assert versions_in(source) == found


@pytest.mark.parametrize("path", LABS, ids=relative)
def test_only_the_settings_know_pulumi(path: Path) -> None:
    allowed = {"pulumi"} if path.name == "settings.py" else set()
    foreign = {package for package in imports(path.read_text()) if package not in sys.stdlib_module_names}
    assert foreign - {"labs", "yaml"} <= allowed


def test_using_a_lab_loads_no_sdk() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in LABS
    ]
    loaded = "[m for m in sys.modules if m.startswith(('pulumi', 'kubernetes'))]"
    program = f"import sys, {', '.join(modules)}; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
