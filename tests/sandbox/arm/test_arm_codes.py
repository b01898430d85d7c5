"""Every error code of the stand-in is asserted somewhere beside this file, so that none is made up in passing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import sandbox.arm

_POSITION = {"bad_request": 0, "conflict": 0, "not_found": 0, "ArmError": 1, "_overlap": 0}


def codes(folder: Path) -> Iterator[str]:
    """Yield the codes that the modules of the folder write literally."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _POSITION:
                position = _POSITION[node.func.id]
                code = node.args[position] if len(node.args) > position else None
                if isinstance(code, ast.Constant):
                    yield str(code.value)


def test_every_code_has_a_test() -> None:
    found = set(codes(Path(sandbox.arm.__file__).parent))
    assert len(found) > 30
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert sorted(code for code in found if f'"{code}"' not in tests) == []
