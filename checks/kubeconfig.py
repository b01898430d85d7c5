"""Which cluster is meant. Never a guess: the file is named or comes from the stack, and so is the context.

The user's own kubeconfig is not read unless it is named, and never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from labs.errors import shown
from labs.foreign_yaml import ForeignYamlError, load, read_text

_FILES = {
    "clusters": ("cluster", ("certificate-authority",)),
    "users": ("user", ("client-certificate", "client-key", "tokenFile")),
}
"""What names a file, by the list that it stands in and the key of its entries."""


def read_file(path: Path) -> str:
    """Return the text of a kubeconfig.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_text(path)
    except ForeignYamlError as error:
        raise UsageError(
            f"--kubeconfig is '{shown(path)}' but it {error.problem}; name a kubeconfig file"
        ) from None


def choose(text: str, context: str | None, folder: Path | None = None) -> tuple[Mapping[str, Any], str]:
    """Return the kubeconfig and the context in it that is meant.

    `folder` is the one that the text lies in: its relative paths start there, as kubectl reads them.

    A file with several contexts needs a name: its `current-context` is what somebody used last, which may be a
    cluster that nobody wants to be looked at.

    Raises:
        UsageError: the text is no kubeconfig, or the context is not clear.
    """
    try:
        config = load(text)
    except ForeignYamlError as error:
        raise UsageError(f"the kubeconfig {error.problem}; name another with --kubeconfig") from None
    contexts = config.get("contexts") if isinstance(config, dict) else None
    listed = contexts if isinstance(contexts, list) else []
    names = [str(item["name"]) for item in listed if isinstance(item, dict) and "name" in item]
    if not names:
        raise UsageError("the kubeconfig has no context; name another with --kubeconfig")
    if folder is not None:
        _make_absolute(config, folder.expanduser().absolute())
    if context is None:
        if len(names) > 1:
            raise UsageError(
                f"the kubeconfig has {len(names)} contexts; name one with --context: {shown(', '.join(sorted(names)))}"
            )
        return config, names[0]
    if context not in names:
        raise UsageError(
            f"--context is '{shown(context)}' but the kubeconfig has only {shown(', '.join(sorted(names)))}; "
            "name one of them"
        )
    return config, context


def _make_absolute(config: dict[str, Any], folder: Path) -> None:
    for section, (key, fields) in _FILES.items():
        listed = config.get(section)
        for item in listed if isinstance(listed, list) else []:
            details = item.get(key) if isinstance(item, dict) else None
            if not isinstance(details, dict):
                continue
            for field in fields:
                if isinstance(details.get(field), str) and details[field]:
                    details[field] = str(folder / details[field])
            program = details.get("exec")
            # A command without a slash is looked for on the PATH.
            if isinstance(program, dict) and "/" in str(program.get("command")):
                program["command"] = str(folder / str(program["command"]))
