"""Rules about the AKS cluster, its system pool and the tags it carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import catalogue, limits, versions, vm_sizes
from labs.errors import Violation
from labs.pools import SECOND_POOL
from labs.rules.wording import Rule, outside, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_SYSTEM_POOLS = "AKS docs, use-system-pools"
_LOCATION = re.compile(r"[a-z]+[a-z0-9]*", re.ASCII)
_KUBERNETES = re.compile(r"(1\.(?:0|[1-9][0-9]{0,2}))(?:\.(?:0|[1-9][0-9]{0,2}))?", re.ASCII)


def kubernetes_minor(version: str) -> str | None:
    """Return the minor of a Kubernetes version ("1.x" of "1.x.y"); None if it is not one."""
    match = _KUBERNETES.fullmatch(version)
    return match[1] if match else None


def minor_number(version: str) -> int:
    """Return the number behind the dot of a Kubernetes minor, for comparing."""
    return int(version.split(".")[1])


def _location(settings: LabSettings) -> Iterator[Violation]:
    if _LOCATION.fullmatch(settings.location):
        return
    plain = "".join(settings.location.lower().split())
    yield refusal(
        settings,
        "location",
        "Azure's region names have lower-case letters and digits alone",
        f"set it to '{plain if _LOCATION.fullmatch(plain) else versions.LOCATION}'",
        "the name is compared letter by letter",
        "az account list-locations",
    )


def _owner(settings: LabSettings) -> Iterator[Violation]:
    owner = settings.owner
    problem = None
    if not owner.strip():
        problem = "it has no letters"
    elif len(owner) > limits.TAG_VALUE_LENGTH:
        problem = f"an Azure tag holds {limits.TAG_VALUE_LENGTH} characters"
    elif not owner.isprintable() or any(c in limits.TAG_FORBIDDEN for c in owner):
        problem = f"an Azure tag takes no control characters and none of {limits.TAG_FORBIDDEN}"
    if problem:
        yield refusal(
            settings,
            "owner",
            problem,
            "set it to a name or an e-mail address",
            "it is the tag by which a forgotten lab finds its owner",
            "Azure docs, tag resources",
        )


def _ttl_hours(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "ttl_hours",
        1,
        limits.TTL_HOURS,
        "a lab that lives for more than a month has been forgotten",
    )


def _kubernetes_version(settings: LabSettings) -> Iterator[Violation]:
    minor = kubernetes_minor(settings.kubernetes_version)
    if minor is None:
        yield refusal(
            settings,
            "kubernetes_version",
            "it is neither a minor nor a patch release",
            f'set it to "{versions.KUBERNETES_VERSION}", in quotes',
            "AKS takes the numbers alone, without a v",
            "AKS docs, supported-kubernetes-versions",
        )
    elif minor not in versions.AKS_KUBERNETES_VERSIONS:
        yield refusal(
            settings,
            "kubernetes_version",
            f"AKS creates clusters of {', '.join(versions.AKS_KUBERNETES_VERSIONS)}",
            f'set it to "{versions.KUBERNETES_VERSION}", in quotes',
            "AKS supports three minors at a time, and YAML drops a trailing zero",
            "AKS docs, supported-kubernetes-versions",
        )


def _node_count(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "node_count",
        1,
        limits.NODES_PER_POOL,
        "a system pool is never empty, and AKS ends a pool there",
        "AKS docs, quotas-skus-regions",
    )


def _node_vm_size(settings: LabSettings) -> Iterator[Violation]:
    size = vm_sizes.parse(settings.node_vm_size)
    remedy = f"set it to '{versions.NODE_VM_SIZE}'"
    if size is None:
        yield unreadable_size(settings, "node_vm_size", versions.NODE_VM_SIZE)
    elif size.burstable:
        yield refusal(
            settings,
            "node_vm_size",
            "AKS does not support B-series sizes in a system pool",
            remedy,
            "their CPU is throttled once the credits are used up, and Calico with it",
            _SYSTEM_POOLS,
        )
    elif size.vcpus < limits.SYSTEM_POOL_VCPUS:
        yield refusal(
            settings,
            "node_vm_size",
            f"it has {size.vcpus} vCPU and a system pool needs {limits.SYSTEM_POOL_VCPUS}",
            remedy,
            "AKS's own pods take most of a smaller one",
            _SYSTEM_POOLS,
        )


def unreadable_size(settings: LabSettings, field: str, default: str) -> Violation:
    """Return the violation of a VM size that does not look like one."""
    return refusal(
        settings,
        field,
        "it is not in Azure's form Standard_<family><vCPUs>...",
        f"set it to '{default}'",
        "upper and lower case count",
        "az vm list-sizes",
    )


def _node_pool_name(settings: LabSettings) -> Iterator[Violation]:
    if not re.fullmatch(limits.LINUX_POOL_NAME, settings.node_pool_name, re.ASCII):
        yield refusal(
            settings,
            "node_pool_name",
            "a Linux pool's name is a lower-case letter and up to 11 more letters or digits",
            "set it to 'system'",
            "AKS makes host names from it",
            _SYSTEM_POOLS,
        )
    elif catalogue.get(settings.lab).labelled_nodes and settings.node_pool_name == SECOND_POOL:
        yield refusal(
            settings,
            "node_pool_name",
            f"lab '{settings.lab}' names the pool of its other nodes so",
            "set it to 'system'",
            "pools of a cluster are found by name",
        )


def _control_plane_replicas(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "control_plane_replicas",
        1,
        limits.CONTROL_PLANE_REPLICAS,
        "the operator needs one, and more only cost memory in a lab",
        "tigera/operator, installation/validation.go",
    )


def _wait_minutes(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "wait_minutes",
        1,
        limits.WAIT_MINUTES,
        "a wait has to end, and Calico is up in minutes or never",
    )


RULES: tuple[Rule, ...] = (
    _location,
    _owner,
    _ttl_hours,
    _kubernetes_version,
    _node_count,
    _node_vm_size,
    _node_pool_name,
    _control_plane_replicas,
    _wait_minutes,
)
