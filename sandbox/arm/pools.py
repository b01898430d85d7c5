"""One agent pool: what AKS fills in, what it refuses, what cannot change.

Owns the properties that an inline pool of a cluster and a separate agent pool share. Does not own what
depends on who asks (`managed_clusters.py`, `agent_pools.py`) nor the operating system's rules
(`pool_systems.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.arm.catalog import VM_SIZES, Version, allowed_sizes, parse_version, resolve_version
from sandbox.arm.errors import bad_request, missing_parameter, not_simulated, property_change
from sandbox.arm.labels import RESERVED_PREFIX, node_image
from sandbox.arm.pool_systems import check_system, default_os_sku

Pool = dict[str, Any]

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_MOST_NODES = 1000
_FIXED = [
    "osType",
    "osSKU",
    "maxPods",
    "osDiskSizeGB",
    "osDiskType",
    "kubeletDiskType",
    "type",
    "vnetSubnetID",
    "podSubnetID",
    "availabilityZones",
    "enableNodePublicIP",
    "nodePublicIPPrefixID",
    "enableUltraSSD",
    "enableEncryptionAtHost",
    "gpuInstanceProfile",
    "hostGroupID",
    "proximityPlacementGroupID",
    "scaleSetPriority",
    "kubeletConfig",
    "linuxOSConfig",
    "capacityReservationGroupID",
]


def complete(
    name: str, asked: Pool, cluster: Mapping[str, Any], region: str, existing: Pool | None = None
) -> Pool:
    """Return the pool's properties with AKS's defaults.

    `cluster` are the properties of its cluster, `existing` those of the pool if it is there already.

    Raises:
        ArmError: the pool is one that AKS refuses.
    """
    pool = {key: value for key, value in asked.items() if value is not None and key != "name"}
    for key in (*_FIXED, "vmSize", "orchestratorVersion"):
        if existing and key in existing:
            pool.setdefault(key, existing[key])
    pool.setdefault("mode", "User")  # Azure/AKS issue 1602: without a mode it is not a System pool
    pool.setdefault("osType", "Linux")
    pool.setdefault("type", "VirtualMachineScaleSets")
    pool.setdefault("enableAutoScaling", False)
    version = _version(pool.get("orchestratorVersion"), cluster, existing)
    _check_simulated(name, pool)
    _check_name(name, pool)
    _check_size(name, pool, region)
    pool.setdefault("osSKU", default_os_sku(pool["osType"], version.minor))
    check_system(name, pool, cluster, version.minor)
    _check_count(pool)
    _check_labels(pool)
    pool.setdefault("maxPods", _default_max_pods(cluster))
    _check_max_pods(pool)
    pool.setdefault("orchestratorVersion", cluster["kubernetesVersion"])
    pool.setdefault("osDiskSizeGB", 128)
    pool.setdefault("osDiskType", "Managed")
    pool.setdefault("kubeletDiskType", "OS")
    pool.setdefault("scaleDownMode", "Delete")
    pool.setdefault("enableFIPS", False)
    pool.setdefault("enableNodePublicIP", False)
    pool.setdefault("enableUltraSSD", False)
    pool.setdefault("enableEncryptionAtHost", False)
    pool.setdefault("upgradeSettings", {"maxSurge": "10%", "maxUnavailable": "0"})
    pool.setdefault("powerState", {"code": "Running"})
    pool["currentOrchestratorVersion"] = str(version)
    pool["nodeImageVersion"] = node_image(pool["osSKU"])
    return pool


def _version(asked: str | None, cluster: Mapping[str, Any], existing: Pool | None) -> Version:
    """Return what the pool will run: an unchanged wish never upgrades (SDK, `orchestratorVersion`)."""
    control_plane = parse_version(cluster["currentKubernetesVersion"])
    if existing and asked == existing["orchestratorVersion"]:
        return parse_version(existing["currentOrchestratorVersion"])
    version = _check_version(asked, control_plane)
    if existing and version < parse_version(existing["currentOrchestratorVersion"]):
        # Code from AKS's list of error codes, words ours.
        message = (
            f"Downgrading the agent pool from {existing['currentOrchestratorVersion']} to {version} is not"
            " allowed."
        )
        raise bad_request("AgentPoolUpgradeVersionNotAllowed", message)
    return version


def _check_simulated(name: str, pool: Pool) -> None:
    if pool.get("podSubnetID"):
        raise not_simulated(
            f"agent pool '{name}' has podSubnetID '{pool['podSubnetID']}'",
            "leave it out, so that pods are in the nodes' subnet",
        )
    if (pool.get("powerState") or {}).get("code", "Running") != "Running":
        raise not_simulated(f"agent pool '{name}' is to be stopped", "set its count to 0 instead")


def _check_name(name: str, pool: Pool) -> None:
    """Seen: Azure/AKS issue 3300 (2022-11); https://github.com/jenkins-infra/azure/pull/284 (2023-03)."""
    if not _NAME.fullmatch(name):
        message = (
            "The value of parameter agentPoolProfile.name is invalid. Please see"
            " https://aka.ms/aks-naming-rules for more details."
        )
        raise bad_request("InvalidParameter", message, "agentPoolProfile.name")
    if pool["osType"] == "Windows" and len(name) > 6:
        message = "Windows agent pool name can not be longer than 6 characters."
        raise bad_request("WindowsAgentPoolNameTooLong", message)


def _check_size(name: str, pool: Pool, region: str) -> None:
    asked = pool.get("vmSize")
    if not asked:
        raise missing_parameter("agentPoolProfile.vmSize")
    size = VM_SIZES.get(asked.lower())
    system = pool["mode"] == "System"
    if size is None or (system and not size.system):
        # https://github.com/jamesbannan/pluralsight/issues/10 (2021-04), microsoft/aspire issue 16283
        # (2026-04)
        message = (
            f"The VM size of {asked} is not allowed in your subscription in location '{region}'. The"
            f" available VM sizes are '{allowed_sizes()}'"
        )
        raise bad_request("BadRequest", message)
    if system and (size.cores < 2 or size.memory_gib < 4):
        # https://github.com/MicrosoftDocs/azure-dev-docs/issues/216 (2020-07); two cores pass, whatever the
        # words say.
        message = (
            f"System node pool must use VM sku with more than 2 cores and 4GB memory. Nodepool name: {name}."
        )
        raise bad_request("SystemPoolSkuTooLow", message)


def _check_count(pool: Pool) -> None:
    """Seen: rancher/hosted-providers-e2e, for 0 in a system pool; pulumi-azure-native issue 2943 for the
    missing count.

    The default of 1 is the SDK's words on `count`.
    """
    if pool["enableAutoScaling"]:
        for name in ("count", "minCount", "maxCount"):
            if pool.get(name) is None:
                raise missing_parameter(f"properties.{name}")
    least, most = (1 if pool["mode"] == "System" else 0), _MOST_NODES
    if pool["enableAutoScaling"]:
        least, most = max(least, pool["minCount"]), min(most, pool["maxCount"])
    count = pool.setdefault("count", 1)
    if not least <= count <= most:
        message = (
            f"agentPoolProfile.count was {count}. It must be greater or equal to minCount:{least} and less"
            f" than or equal to maxCount:{most}"
        )
        raise bad_request("InvalidParameter", message, "agentPoolProfile.count")


def _check_labels(pool: Pool) -> None:
    """https://learn.microsoft.com/azure/aks/use-labels ("reserved system labels"); the words are ours."""
    for label in pool.get("nodeLabels") or {}:
        if label.startswith(RESERVED_PREFIX):
            message = (
                f"The label '{label}' is not allowed, the prefix '{RESERVED_PREFIX}' is reserved by AKS."
            )
            raise bad_request("InvalidParameter", message, "agentPoolProfile.nodeLabels")


def _default_max_pods(cluster: Mapping[str, Any]) -> int:
    network = cluster["networkProfile"]
    flat = network["networkPlugin"] == "azure" and network.get("networkPluginMode") != "overlay"
    return 30 if flat else 250


def _check_max_pods(pool: Pool) -> None:
    """Limits of https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning; codes from AKS's
    list of error codes, words ours."""
    most = pool["maxPods"]
    if most > 250:
        message = f"maxPods {most} is larger than the limit of 250 pods a node."
        raise bad_request("MaxPodsLimitExceeded", message, "agentPoolProfile.maxPods")
    if most < 10 or (pool["mode"] == "System" and most * pool["count"] < 30):
        message = (
            f"maxPods {most} on {pool['count']} node(s) is too low: at least 10 pods a node and 30 pods in a"
            " system pool are required."
        )
        raise bad_request("InsufficientMaxPods", message, "agentPoolProfile.maxPods")


def _check_version(asked: str | None, control_plane: Version) -> Version:
    """Seen: https://github.com/dspace-group/simphera-reference-architecture-azure/issues/29 (2021-12), and
    MicrosoftDocs/SupportArticles-docs, "NodePoolMcVersionIncompatible" (2024-10). Its other half, a pool more
    than three minors behind, cannot happen while the catalogue has four."""
    if not asked or control_plane == resolve_version(asked):
        return control_plane
    if asked == f"1.{control_plane.minor}":
        return control_plane
    version = resolve_version(asked)
    if version is None:
        message = (
            f"Version {asked} is not supported in this region. Please use [az aks get-versions] command to"
            " get the supported version list in this region. For more information, please check"
            " https://aka.ms/supported-version-list"
        )
        raise bad_request("AgentPoolK8sVersionNotSupported", message)
    start = f"Node pool version {version} and control plane version {control_plane} are incompatible. "
    end = " For more information, please check https://aka.ms/version-skew-policy."
    if version > control_plane:
        why = (
            f"Minor version of node pool version {version.minor} is bigger than control plane version"
            f" {control_plane.minor}."
        )
        raise bad_request("NodePoolMcVersionIncompatible", start + why + end)
    return version


def check_change(old: Pool, new: Pool, prefix: str) -> None:
    """Refuse a change of what is decided at creation; `prefix` is how Azure names the pool in the request.

    Raises:
        ArmError: such a property differs.
    """
    if str(old["vmSize"]).lower() != str(new["vmSize"]).lower():
        # https://github.com/Azure/bicep-registry-modules/issues/7130 (2026-06)
        message = (
            f'Changing property "{prefix}.vmSize" is not allowed in an api-version before'
            ' "2026-01-02-preview".'
        )
        raise bad_request("PropertyChangeNotAllowed", message, f"{prefix}.vmSize")
    for name in _FIXED:
        if old.get(name) != new.get(name):
            raise property_change(f"{prefix}.{name}")
