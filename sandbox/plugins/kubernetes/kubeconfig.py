"""A kubeconfig as Pulumi programs give it: content or path, YAML or JSON, plain, quoted or already an object.

Never reads a kubeconfig that nobody named: there is no fall-back to `~/.kube/config` here, so that the
sandbox cannot touch a real cluster by accident.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_LONGEST_PATH = (
    4096  # a text longer than any path is content; asking the file system would fail with ENAMETOOLONG
)

MISSING = (
    "kubeconfig is not set but the sandbox never reads ~/.kube/config; set kubeconfig on the Provider "
    "(otherwise a real cluster could be changed by accident)"
)


class KubeconfigError(Exception):
    """The kubeconfig cannot be read; the message holds none of its content."""


@dataclass(frozen=True)
class Kubeconfig:
    """A parsed kubeconfig with the context and cluster to use in it."""

    content: dict[str, Any] = field(repr=False)
    folder: str = ""
    """Where relative paths in it start; empty for inline content."""
    context: str = ""
    cluster: str = ""

    def effective(self) -> dict[str, Any]:
        """Return the content with the chosen context current and pointing to the chosen cluster."""
        content = copy.deepcopy(self.content)
        if self.context:
            content["current-context"] = self.context
        if self.cluster:
            for entry in _entries(content, "contexts"):
                if entry.get("name") == content.get("current-context"):
                    entry["context"] = {**_mapping(entry.get("context")), "cluster": self.cluster}
        return content

    def namespace(self) -> str:
        """Return the namespace of the chosen context, or nothing."""
        content = self.effective()
        context = _named(content, "contexts", "context", content.get("current-context"))
        return str(context.get("namespace") or "")

    def active_cluster(self) -> dict[str, Any] | None:
        """Return the settings of the cluster that the chosen context points to."""
        content = self.effective()
        context = _named(content, "contexts", "context", content.get("current-context"))
        return _named(content, "clusters", "cluster", context.get("cluster")) or None


def _named(content: Mapping[str, Any], section: str, key: str, wanted: object) -> dict[str, Any]:
    for entry in _entries(content, section):
        if entry.get("name") == wanted:
            return _mapping(entry.get(key))
    return {}


def _entries(content: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    listed = content.get(section)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def parse(value: object, context: str = "", cluster: str = "") -> Kubeconfig:
    """Return the kubeconfig that the provider's input holds or points to.

    Raises:
        KubeconfigError: it is missing, unreadable or not a kubeconfig.
    """
    if isinstance(value, Mapping):
        return _checked(dict(value), "", context, cluster)
    if not isinstance(value, str) or not value.strip():
        raise KubeconfigError(MISSING)
    text, folder = value, ""
    path = _existing_file(value)
    if path is not None:
        try:
            text, folder = path.read_text(encoding="utf-8"), str(path.parent)
        except OSError as error:
            raise KubeconfigError(f"kubeconfig file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise KubeconfigError("kubeconfig file is not UTF-8") from None
    content = _load(text)
    if isinstance(content, str) and content != text:
        # Some programs hand over `json.dumps` of the text, so that a whole document arrives as one quoted
        # string.
        content = _load(content)
    return _checked(content, folder, context, cluster)


def _existing_file(value: str) -> Path | None:
    if len(value) > _LONGEST_PATH or "\n" in value:
        return None
    try:
        path = Path(value).expanduser()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # ValueError: a NUL; RuntimeError: `~` of nobody
        return None


def _load(text: str) -> Any:
    if text.lstrip().startswith(("{", '"')):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # flow-style YAML begins like JSON
    try:
        _refuse_aliases(text)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        # The parser's own text quotes the lines around the mistake, and those lines are keys and tokens.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise KubeconfigError(f"kubeconfig is not YAML or JSON{where}") from None
    # A date or number that there is not; nesting without end; a tag that its value does not fit.
    except (ValueError, OverflowError, RecursionError, LookupError, AttributeError, TypeError):
        raise KubeconfigError("kubeconfig is not YAML or JSON") from None


def _refuse_aliases(text: str) -> None:
    """Refuse aliases: a few lines of them unfold into gigabytes."""
    for event in yaml.parse(text):
        if isinstance(event, yaml.AliasEvent):
            raise KubeconfigError("kubeconfig has an alias; write the value out")


def _checked(content: object, folder: str, context: str, cluster: str) -> Kubeconfig:
    if not isinstance(content, dict) or not isinstance(content.get("clusters"), list):
        raise KubeconfigError(
            "kubeconfig is neither a kubeconfig (no list of clusters) nor the path of a file"
        )
    return Kubeconfig(content, folder, context, cluster)
