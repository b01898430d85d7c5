"""From raw configuration text to `LabSettings`: types, closed sets, unknown keys and the lab's own defaults.

Pure, so that stack files can be read in tests and by the command line without an engine. All problems are
collected; none stops the reading of the next key.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from labs import catalogue, keys
from labs.enums import CalicoManagement, CniType, IpamType, Lab, NetworkPlugin, PolicySet
from labs.errors import SettingsError, Violation, shown
from labs.keys import Key, KeyType
from labs.settings import LabSettings

# 18 digits fit every machine integer and stay far from Python's own limit on converting text to int.
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)

_IPAM_OF_CNI = {
    CniType.CALICO: IpamType.CALICO,
    CniType.AZURE_VNET: IpamType.AZURE_VNET,
    CniType.AMAZON_VPC: IpamType.AMAZON_VPC,
    CniType.GKE: IpamType.HOST_LOCAL,
}
"""What the operator fills in. Source: tigera/operator core_controller.go fillDefaults, v1.42.4."""


def settings_from(raw: Mapping[str, str], stack: str) -> LabSettings:
    """Turn the raw text of a stack's configuration into settings.

    Raises:
        SettingsError: with all problems at once.
    """
    problems: list[Violation] = list(_unknown_keys(raw))
    values: dict[str, Any] = {}
    for key in keys.KEYS:
        try:
            values[key.field] = _value(key, raw.get(key.full_name))
        except _UnreadableError as unreadable:
            problems.append(unreadable.violation)
    if "lab" in values and values["lab"] == keys.LAB_DECIDES:
        if stack in list(Lab):
            values["lab"] = Lab(stack)
        else:
            problems.append(_no_lab(stack))
    if problems:
        raise SettingsError(problems)
    return LabSettings(**_with_lab_defaults(values), stack=stack)


def defaults(stack: str, lab: Lab | None = None) -> LabSettings:
    """Return what an empty stack file of that name means, or one that only names the lab."""
    return settings_from({keys.full_name("lab"): str(lab)} if lab else {}, stack)


class _UnreadableError(Exception):
    """Raised for one value that does not have its key's type; never leaves this module."""

    def __init__(self, key: Key, value: str, conflict: str, remedy: str, reason: str) -> None:
        self.violation = Violation(key.full_name, value, conflict, remedy, reason)
        super().__init__()


def _value(key: Key, text: str | None) -> object:
    if text is None:
        return key.default
    if key.type is KeyType.INTEGER:
        return _integer(key, text)
    if key.type is KeyType.OBJECT:
        return _mapping(key, text)
    if key.choices is None or (text == keys.LAB_DECIDES and key.default == keys.LAB_DECIDES):
        return text
    return _choice(key, key.choices, text)


def _integer(key: Key, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise _UnreadableError(
            key,
            text,
            "the key takes a whole number",
            f"set it to digits alone, for example {key.default}",
            "the value is counted with",
        )
    return int(text)


def _choice(key: Key, choices: type[StrEnum], text: str) -> StrEnum:
    names = [str(choice) for choice in choices]
    if text not in names:
        raise _UnreadableError(
            key,
            text,
            f"the key takes one of {', '.join(names)}",
            f"set it to '{_nearest(text, names) or key.default or names[0]}'",
            "the names are those of their owner's API, and case counts",
        )
    return choices(text)


def _mapping(key: Key, text: str) -> Mapping[str, object]:
    example = f"{key.full_name.removeprefix(f'{key.namespace}:')}.{_EXAMPLES[key.name]}"
    try:
        # parse_constant: NaN and Infinity are Python's own additions to JSON, and no cluster takes them.
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _UnreadableError(
            key,
            text,
            "the key takes an object",
            f"set it with `pulumi config set --path {example}`",
            "a name alone does not say what it is for",
        )
    if key.name == "images" and not all(isinstance(image, str) for image in value.values()):
        raise _UnreadableError(
            key,
            text,
            "not every image in it is text",
            f"set each with `pulumi config set --path {example}`",
            "an image is a reference such as registry/name:tag",
        )
    return MappingProxyType(value)


_EXAMPLES = {
    "images": "customer registry/name:tag",
    "nodeAddressAutodetectionV4": "kubernetes NodeInternalIP",
}


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _unknown_keys(raw: Mapping[str, str]) -> Iterable[Violation]:
    known = {key.name: key for key in keys.KEYS if key.namespace == keys.PROJECT}
    for full_name in sorted(raw):
        namespace, _, name = full_name.partition(":")
        if namespace != keys.PROJECT or name in known:
            continue
        nearest = _nearest(name, list(known))
        # The value is not shown: what is unknown may be somebody's secret.
        yield Violation(
            full_name,
            "(hidden)",
            "no such key is read",
            f"did you mean {keys.PROJECT}:{nearest}"
            if nearest
            else "remove it; `pulumi config` lists the known keys",
            "a key that is never read would change nothing, silently",
        )


def _no_lab(stack: str) -> Violation:
    labs = [str(lab) for lab in Lab]
    return Violation(
        keys.full_name("lab"),
        "",
        f"the stack '{shown(stack)}' is not named after a lab either",
        f"set it to one of: {', '.join(labs)}",
        "the lab decides what is built",
    )


def _nearest(name: str, known: list[str]) -> str | None:
    """Return the known name that is closest, first by letters alone, whatever their case."""
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


def _with_lab_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the stack left to the lab."""
    spec = catalogue.get(values["lab"])
    filled = dict(values, cluster=spec.cluster, network_plugin=spec.network_plugin)
    for field in ("cni", "encapsulation", "bgp", "dataplane", "wireguard"):
        if filled[field] == keys.LAB_DECIDES:
            filled[field] = getattr(spec, field)
    if filled["ipam"] == keys.LAB_DECIDES:
        filled["ipam"] = _IPAM_OF_CNI[filled["cni"]]
    if filled["policies"] == keys.LAB_DECIDES:
        managed = filled["calico_management"] is CalicoManagement.AKS
        filled["policies"] = PolicySet.KUBERNETES if managed else PolicySet.ALL
    if spec.network_plugin is NetworkPlugin.AZURE and filled["pod_cidr"] == keys.POD_CIDR:
        # The engine fills the default in, so it cannot be told from a wish; any other range is one, and is
        # refused later.
        filled["pod_cidr"] = None
    return filled
