"""YAML that somebody else wrote for another program, a kubeconfig or a stack file: read or refused, never quoted.

More lenient than `strict_yaml.py`, which reads what this project deploys, and as safe: no alias, so that no text
unfolds into gigabytes; no nesting that exhausts the stack; no exception but one, which holds nothing of the text.
"""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG
from typing import Any

import yaml

from labs.yaml_parser import LOADER, MAX_DEPTH, MISFITS, HiddenYamlError, refuse_hidden

MAX_BYTES = 1024 * 1024


class ForeignYamlError(Exception):
    """Raised for a text that is not taken; `problem` completes "it ..." and never quotes the text."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


def read_text(path: Path) -> str:
    """Return the text of a regular file of bearable size; a device or a pipe could last for ever.

    Raises:
        ForeignYamlError: there is no such file, or it is none of that kind.
    """
    try:
        expanded = path.expanduser()
        status = expanded.stat()
        if not S_ISREG(status.st_mode):
            raise ForeignYamlError("is no regular file")
        if status.st_size > MAX_BYTES:
            raise ForeignYamlError(f"has {status.st_size} bytes, more than {MAX_BYTES}")
        return expanded.read_text(encoding="utf-8")
    except OSError as error:
        raise ForeignYamlError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        # Not chained: such errors quote the file.
        raise ForeignYamlError("is not UTF-8") from None
    except (ValueError, RuntimeError):  # a NUL in the path, `~` of a user that does not exist
        raise ForeignYamlError("cannot be read: that is no path") from None


def load(text: str) -> Any:
    """Return the one document of a text; None for an empty one.

    Raises:
        ForeignYamlError: the text is not YAML, has an alias, or is nested too deeply.
    """
    try:
        refuse_hidden(text)
        return yaml.load(text, LOADER)  # noqa: S506 - a safe loader
    except HiddenYamlError as error:
        if error.alias is None:
            raise ForeignYamlError(f"is nested deeper than {MAX_DEPTH} levels") from None
        raise ForeignYamlError(f"has an alias at line {error.line}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ForeignYamlError(f"is not YAML{where}") from None
    except (ValueError, OverflowError):  # a date or number that there is not
        raise ForeignYamlError("holds a date or number that does not exist") from None
    except MISFITS:
        raise ForeignYamlError("has a tag that its value does not fit") from None
