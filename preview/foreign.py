"""What the files of a revision may not ask of a preview, whoever wrote them: keys, services, programs, other folders.

A preview runs the revision's program, so this is no fence around that code; it is a fence around its data. A change of
YAML alone must run nothing but the program, ask nobody, and read nothing outside of the revision's own files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs.errors import shown
from labs.foreign_yaml import ForeignYamlError, load, read_text

_PROJECT = "calico-labs"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_RUNTIME = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
"""The one way in which a preview runs a program: in the checkout's own environment."""
_PLAIN = ("name", "description", "author", "website", "license", "runtime", "config")
"""Parts of a project file that only describe; others name backends, plugins to run, packages and folders."""
_REASONS = {
    "secretsprovider": "it names a service that holds keys, and a preview asks none",
    "encryptedkey": "it is a key of somebody else's, and a preview has no secrets",
    "encryptionsalt": "it belongs to a passphrase, and a preview has no secrets",
    "environment": "it imports from a service, and a preview asks none",
}


def project_refusals(folder: Path) -> tuple[str, ...]:
    """Return why the project file in `folder` is not previewed; nothing: it is."""
    return tuple(_of_project(folder / "Pulumi.yaml"))


def stack_refusals(folder: Path, stack: str) -> tuple[str, ...]:
    """Return why the stack file in `folder` is not previewed; nothing: it is."""
    return tuple(_of_stack(folder / f"Pulumi.{stack}.yaml"))


def _of_project(file: Path) -> Iterator[str]:
    document, problem = _read(file)
    if problem:
        yield problem
        return
    if not _NAME.fullmatch(str(document.get("name", ""))):
        yield f"{file.name}: name is '{shown(document.get('name', ''))}'; write the project's name"
    if document.get("runtime") != _RUNTIME:
        yield (
            f"{file.name}: runtime is '{shown(document.get('runtime'))}' but a preview runs programs in the checkout's "
            "own environment; leave it as it is in the base, or preview by hand where it can do no harm"
        )
    for key in sorted(str(key) for key in document if key not in _PLAIN):
        yield (
            f"{file.name}: {shown(key)} is set but a preview takes only {', '.join(_PLAIN)}; remove it (it could name "
            "a backend, a program or a folder elsewhere)"
        )


def _of_stack(file: Path) -> Iterator[str]:
    document, problem = _read(file)
    if problem:
        yield problem
        return
    for key in sorted(str(key) for key in document if key != "config"):
        reason = _REASONS.get(key, "a preview does not know what it would do")
        yield f"{file.name}: {shown(key)} is set but {reason}; remove it"
    config = document.get("config") or {}
    if not isinstance(config, dict):
        yield f"{file.name}: config is '{shown(config)}' but no mapping; write keys and values"
        return
    for key, value in config.items():
        if _encrypted(value):
            yield (
                f"{file.name}: {shown(key)} is encrypted but a preview has no secrets; keep it out of the committed "
                "file, a stand-in takes its place"
            )
    yield from _kubeconfig(file, config)


def _kubeconfig(file: Path, config: dict[Any, Any]) -> Iterator[str]:
    named = config.get(f"{_PROJECT}:kubeconfig")
    if not isinstance(named, str) or not named:
        return
    try:
        inside = (file.parent / named).resolve().is_relative_to(file.parent.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside or named.startswith("~"):
        yield (
            f"{file.name}: {_PROJECT}:kubeconfig is '{shown(named)}' but that is outside of the project; name a file "
            "in it (a preview reads nothing else)"
        )


def _encrypted(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(_encrypted(item) for item in value)


def _read(file: Path) -> tuple[dict[Any, Any], str]:
    try:
        document = load(read_text(file))
    except ForeignYamlError as error:
        return {}, f"{file.name} {error.problem}; mend it"
    if document is not None and not isinstance(document, dict):
        return {}, f"{file.name} is no mapping; write keys and values"
    return document or {}, ""
