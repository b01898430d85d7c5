"""One resource of a stack as a rule sees it, wherever it comes from: the engine, an exported state or a preview.

Plain values, with two that a dictionary cannot say: `UNKNOWN` (the engine will know it at the update) and `Secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class Unknown:
    """A value that is not known before the update. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        # `if value:` would decide without knowing; a rule has to ask.
        raise TypeError("an unknown value is neither true nor false; ask `is UNKNOWN` first")


UNKNOWN = Unknown()
MISSING = object()
"""What `at` returns where there is nothing; None is a value that a program can write."""


@dataclass(frozen=True)
class Secret:
    """A value that its source keeps secret; `value` is what the source lets a rule see, None if nothing."""

    value: Any = None

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True)
class Resource:
    """One resource with its inputs."""

    urn: str
    type: str
    """Type of the provider's default API version; a resource of another version is judged by the same rules."""
    name: str
    props: Mapping[str, Any]
    provider: str = ""
    """URN of the provider that creates it; empty: none was given."""
    shows_secrets: bool = True
    """Whether secret inputs are marked. The policy SDK takes the marks off before a rule sees the inputs."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", default_type(self.type))

    def at(self, path: str) -> Any:
        """Return the input at a dotted path, `UNKNOWN` if it or anything above it is, `MISSING` if not there.

        What lies inside a secret comes back as one.
        """
        value: Any = self.props
        secret = False
        for step in path.split("."):
            secret = secret or isinstance(value, Secret)
            value = plain(value)
            if value is UNKNOWN:
                return UNKNOWN
            if not isinstance(value, Mapping) or step not in value:
                return MISSING
            value = value[step]
        return Secret(value) if secret and not isinstance(value, Secret) else value

    @property
    def kubernetes_kind(self) -> str:
        """`group/version:Kind` of a Kubernetes object, as in its type; empty for anything else."""
        package, _, rest = self.type.partition(":")
        return rest if package == "kubernetes" else ""

    @property
    def namespace(self) -> Any:
        return self.at("metadata.namespace")

    @property
    def object_name(self) -> Any:
        return self.at("metadata.name")


def default_type(type: str) -> str:
    """Return the type without the API version that azure-native puts into the name of such a package.

    `azure-native_containerservice_v20260502preview:containerservice:ManagedCluster` is a ManagedCluster.
    """
    return re.sub(r"^azure-native_[a-z]+_v[0-9]{8}[a-z]*:", "azure-native:", type)


def plain(value: Any) -> Any:
    """Return the value without its secret mark."""
    return value.value if isinstance(value, Secret) else value


def items(value: Any) -> list[Any]:
    """Return the elements of a list; none where there is no list. An unknown list has to be asked for before."""
    return list(value) if isinstance(value, list | tuple) else []


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, bool]]:
    """Yield (path, value, whether secret) of everything that is not a mapping or a list."""
    yield from _leaves(value, path, secret=False)


def _leaves(value: Any, path: str, *, secret: bool) -> Iterator[tuple[str, Any, bool]]:
    if isinstance(value, Secret):
        yield from _leaves(value.value, path, secret=True)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from _leaves(value[key], f"{path}.{key}" if path else str(key), secret=secret)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", secret=secret)
    else:
        yield path, value, secret
