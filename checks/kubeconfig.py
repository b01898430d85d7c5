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


def choose(text: str, context: str | None) -> tuple[Mapping[str, Any], str]:
    """Return the kubeconfig and the context in it that is meant.

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
