"""Stack files as text: read by `reach`, by `checks`, and completed by `preview`, which copies foreign ones."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any, cast

from checks.api import Api
from checks.stack import read_lab
from labs.errors import LabError
from labs.stack_files import settings_of
from preview.errors import PreviewError
from preview.stand_ins import complete
from sandbox.home import PROJECT
from tests.fuzz.junk import edit_text, edited
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, outcome
from tests.fuzz.targets.files import folder, written

SAMPLES = (
    *(path.read_text(encoding="utf-8") for path in sorted(PROJECT.glob("Pulumi.*.yaml"))),
    "config:\n  calico-labs:lab: byocni\n  calico-labs:nodeCount: 3\n  calico-labs:images:\n    customer: a:b\n",
    "config:\n  calico-labs:windowsAdminPassword:\n    secure: v1:AAAA:BBBB\n",
    (
        "secretsprovider: passphrase\nencryptionsalt: v1:x\nenvironment: [team]\nconfig:\n  calico-labs:lab: nke\n"
        "  calico-labs:kubeconfig: kubeconfig-plain\n  calico-labs:context: plain\n"
    ),
)
_TOKENS = ("config:", "calico-labs:kubeconfig: ", "calico-labs:lab: ", "fn::open: x", "imports:", "secure: x")
_KEYS = frozenset({"kubeconfig", "nodeNames", "windowsAdminUsername", "windowsAdminPassword"})


def _outside() -> list[Path]:
    """Return what lies beside the folder that a stack file was completed in."""
    return sorted(path for path in folder().iterdir() if path.name != "copy")


def read_as_program(text: str) -> str:
    """Judge the text as `reach` reads it, which is as the program would; the quick part."""
    written("Pulumi.fuzz.yaml", text)
    return outcome(lambda: settings_of(folder(), "fuzz"), LabError)


def _judge(text: Any) -> str:
    copy = folder() / "copy"
    copy.mkdir(exist_ok=True)
    results = [read_as_program(text)]
    for name in ("apps", "policies"):
        with contextlib.suppress(FileExistsError):
            (folder() / name).symlink_to(PROJECT / name)
    results.append(outcome(lambda: read_lab(folder(), "fuzz", cast(Api, None)), LabError))
    written("copy/Pulumi.fuzz.yaml", text)
    before = _outside()
    try:
        results.append(outcome(lambda: complete(copy, "fuzz", _KEYS), PreviewError))
        if _outside() != before:
            raise FindingError(f"completing wrote outside of the copy: {set(_outside()) - set(before)}")
    finally:
        _empty(copy)
    return REFUSED if REFUSED in results else ACCEPTED


def _empty(copy: Path) -> None:
    for path in sorted(copy.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _vary(text: Any, chance: random.Random) -> str:
    return edit_text(text, chance, _TOKENS)


TARGET = Target("stack-files", "stack files as text", edited(SAMPLES, _TOKENS), _judge, _vary)
