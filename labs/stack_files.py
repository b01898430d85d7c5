"""Stack files (`Pulumi.<stack>.yaml`) read as text: which there are, and the settings in one. No engine is asked.

What is read is what the file says now; a setting that was changed and not deployed yet is in it already.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labs.errors import StackFileError, shown
from labs.foreign_yaml import ForeignYamlError, read_text
from labs.reading import settings_from
from labs.settings import LabSettings
from labs.strict_yaml import load_documents


def stacks_of(project: Path) -> list[str]:
    """Return the names of the stacks that a project folder has files for, sorted.

    Raises:
        StackFileError: the folder cannot be read.
    """
    try:
        return sorted(
            path.name.removeprefix("Pulumi.").removesuffix(".yaml")
            for path in project.glob("Pulumi.*.yaml")
            if path.is_file()
        )
    except OSError as error:
        raise StackFileError(
            shown(project),
            f"cannot be read: {error.strerror}",
            "name the project's folder",
            "stacks are files in it",
        ) from error


def settings_of(project: Path, stack: str) -> LabSettings:
    """Return the settings of a stack as the program would read them; secrets are left out, for no one here has the key.

    Raises:
        StackFileError: there is no such stack, or its file cannot be read.
        LabError: the text or a value in it is not acceptable.
    """
    known = stacks_of(project)
    if not known:
        raise StackFileError(
            shown(project),
            "has no Pulumi.<stack>.yaml",
            "name the project's folder",
            "stacks are files in it",
        )
    name = f"Pulumi.{stack}.yaml"
    if stack not in known:
        raise StackFileError(
            shown(name),
            "the stack does not exist",
            f"choose one of {shown(', '.join(known))}",
            "a stack is a file of that name",
        )
    try:
        documents = load_documents(read_text(project / name), name)
    except ForeignYamlError as error:
        raise StackFileError(
            name, f"the file {error.problem}", "make it a stack file again", "nothing can be read from it"
        ) from None
    config: dict[str, Any] = {}
    for document in documents:
        config = _config_of(document.value, f"{name}:{document.line}")
    return settings_from(
        {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in config.items()
            if not (isinstance(value, dict) and "secure" in value)
        },
        stack,
    )


def _config_of(body: Any, where: str) -> dict[str, Any]:
    """Return the settings of a stack file's document; a file without any has none."""
    config = body.get("config") if isinstance(body, dict) else None
    config = {} if config is None else config
    for what, value in (("the file", body), ("config", config)):
        if not isinstance(value, dict):
            raise StackFileError(
                where,
                f"{what} is '{shown(value)}' but not a mapping",
                "write one setting a line",
                "each has a name",
            )
    return dict(config)
