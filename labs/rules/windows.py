"""Rules about Windows nodes. Those of the pool are silent while `windowsNodeCount` is 0; those of the
administrator are not, for a cluster can only be made ready for Windows nodes when it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import catalogue, limits, typha, versions, vm_sizes
from labs.enums import ClusterKind, Dataplane, Lab, NetworkPlugin, Switch, WindowsOsSku
from labs.errors import Violation
from labs.rules.cluster import kubernetes_minor, minor_number, unreadable_size
from labs.rules.wording import Rule, changed, fact, name, outside, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_POOLS = "AKS docs, use-system-pools"
_PASSWORD_KINDS = 3


def _node_count(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "windows_node_count",
        0,
        limits.NODES_PER_POOL,
        "AKS ends a pool there",
        "AKS docs, quotas-skus-regions",
    )


def _network_plugin(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.network_plugin is NetworkPlugin.NONE:
        yield refusal(
            settings,
            "windows_node_count",
            "the lab's network plugin is 'none'",
            "set it to 0",
            "AKS puts Windows nodes on Azure CNI only (AzureCNIOnlyForWindows)",
            "Azure/AKS#2839; Calico docs, AKS",
        )
    elif 0 < settings.windows_node_count <= limits.NODES_PER_POOL and not catalogue.get(settings.lab).windows:
        yield refusal(
            settings,
            "windows_node_count",
            f"lab '{settings.lab}' makes its cluster without a Windows administrator",
            f"set it to 0, or use lab '{Lab.WINDOWS}'",
            "AKS takes the administrator only when the cluster is made (WindowsProfileMissing)",
            "Azure/AKS#2839",
        )


def _dataplane(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.dataplane is Dataplane.BPF:
        yield refusal(
            settings,
            "dataplane",
            fact(settings, "windows_node_count"),
            f"set it to '{Dataplane.IPTABLES}' or {name('windows_node_count')} to 0",
            "eBPF and Windows nodes cannot share a cluster",
            "Calico docs, enabling-ebpf",
        )


def _wireguard(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.wireguard is Switch.ENABLED:
        yield refusal(
            settings,
            "wireguard",
            fact(settings, "windows_node_count"),
            f"set it to '{Switch.DISABLED}' or {name('windows_node_count')} to 0",
            "Calico encrypts between Linux nodes only, so that traffic would stay in clear",
            "Calico docs, encrypt-cluster-pod-traffic",
        )


def _os_sku(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    remedy = f"set it to '{WindowsOsSku.WINDOWS_2022}'"
    if settings.windows_os_sku is WindowsOsSku.WINDOWS_2019:
        yield refusal(
            settings,
            "windows_os_sku",
            "AKS ended it on 2026-03-01",
            remedy,
            "no supported Kubernetes minor has images of it",
            "AKS docs, Windows Server 2019 retirement",
        )
    elif settings.windows_os_sku is WindowsOsSku.WINDOWS_2025:
        yield refusal(
            settings,
            "windows_os_sku",
            "Calico does not support it yet",
            remedy,
            "its requirements name 2022 as the newest",
            "projectcalico/calico#11691",
        )


def _os_sku_and_kubernetes(settings: LabSettings) -> Iterator[Violation]:
    minor = kubernetes_minor(settings.kubernetes_version)
    if settings.windows_node_count <= 0 or minor is None:
        return
    newest = versions.WINDOWS_2022_KUBERNETES_NEWEST
    if settings.windows_os_sku is WindowsOsSku.WINDOWS_2022 and minor_number(minor) > minor_number(newest):
        yield refusal(
            settings,
            "windows_os_sku",
            fact(settings, "kubernetes_version"),
            f'set {name("kubernetes_version")} to "{newest}"',
            "AKS offers that edition no further, and Calico supports no later one",
            "AKS docs, Windows Server 2022 retirement",
        )


def _pool_name(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    if not re.fullmatch(limits.WINDOWS_POOL_NAME, settings.windows_pool_name, re.ASCII):
        yield refusal(
            settings,
            "windows_pool_name",
            "a Windows pool's name is a lower-case letter and up to 5 more letters or digits",
            "set it to 'calico'",
            "a Windows host name has 15 characters, and AKS needs nine",
            _POOLS,
        )
    elif settings.windows_pool_name == settings.node_pool_name:
        yield refusal(
            settings,
            "windows_pool_name",
            f"{fact(settings, 'node_pool_name')} too",
            "set one of them to another name",
            "pools of a cluster are found by name",
            _POOLS,
        )


def _vm_size(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    size = vm_sizes.parse(settings.windows_vm_size)
    if size is None:
        yield unreadable_size(settings, "windows_vm_size", versions.WINDOWS_VM_SIZE)
    elif size.vcpus < limits.USER_POOL_VCPUS:
        yield refusal(
            settings,
            "windows_vm_size",
            f"it has {size.vcpus} vCPU and a user pool needs {limits.USER_POOL_VCPUS}",
            f"set it to '{versions.WINDOWS_VM_SIZE}'",
            "AKS refuses smaller ones",
            _POOLS,
        )


def _typha(settings: LabSettings) -> Iterator[Violation]:
    if not 0 < settings.windows_node_count <= limits.NODES_PER_POOL or settings.node_count < 1:
        return
    needed = typha.replicas(settings.node_count + settings.windows_node_count)
    if needed > settings.node_count:
        yield refusal(
            settings,
            "node_count",
            f"{fact(settings, 'windows_node_count')}, so the operator wants {needed} copies of typha",
            f"set it to {needed} or more",
            "each copy takes a Linux node of its own, and the operator counts Windows nodes too",
            "tigera/operator, installation/typha_autoscaler.go",
        )


def _profile(settings: LabSettings) -> Iterator[Violation]:
    """The profile can only be given when the cluster is made, so it is asked for before there is a pool."""
    wanted = catalogue.get(settings.lab).windows
    for field, limit in (("windows_admin_username", ""), ("windows_admin_password", "--secret ")):
        value = getattr(settings, field)
        key = name(field)
        command = f"pulumi config set {limit}{key.partition(':')[2]}"
        if not wanted and value and settings.cluster is ClusterKind.AKS:
            yield Violation(
                key,
                "(hidden)",
                f"lab '{settings.lab}' has no Windows nodes",
                f"remove it, or use lab '{Lab.WINDOWS}'",
                "the key would change nothing",
            )
        elif wanted and not value:
            yield Violation(
                key,
                "",
                f"lab '{settings.lab}' makes the cluster ready for Windows nodes",
                f"set it with `{command}`",
                "AKS takes the Windows administrator only when the cluster is made (WindowsProfileMissing)",
                "Azure/AKS#2839",
            )


def _pool_keys(settings: LabSettings) -> Iterator[Violation]:
    if catalogue.get(settings.lab).windows or settings.cluster is not ClusterKind.AKS:
        return
    for field in changed(settings, ("windows_pool_name", "windows_os_sku", "windows_vm_size")):
        yield refusal(
            settings,
            field,
            f"lab '{settings.lab}' has no Windows nodes",
            f"remove it, or use lab '{Lab.WINDOWS}'",
            "the key would change nothing",
        )


def _username(settings: LabSettings) -> Iterator[Violation]:
    username = settings.windows_admin_username
    if not catalogue.get(settings.lab).windows or not username:
        return
    if (
        len(username) > limits.WINDOWS_USERNAME_LENGTH
        or not username.isprintable()
        or username.endswith(".")
        or username.lower() in limits.WINDOWS_RESERVED_USERNAMES
    ):
        yield refusal(
            settings,
            "windows_admin_username",
            "Windows reserves it or does not take it",
            f"set it to a name of up to {limits.WINDOWS_USERNAME_LENGTH} characters such as 'azureuser'",
            "the node could not be set up",
            "azure-native SDK, ManagedClusterWindowsProfile",
        )


def _password(settings: LabSettings) -> Iterator[Violation]:
    password = settings.windows_admin_password
    if not catalogue.get(settings.lab).windows or not password:
        return
    lengths = limits.WINDOWS_PASSWORD_LENGTHS
    kinds = sum(
        any(test(character) for character in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    )
    if len(password) not in lengths or kinds < _PASSWORD_KINDS:
        # Neither the value nor its length is shown.
        yield Violation(
            name("windows_admin_password"),
            "(hidden)",
            f"AKS takes {lengths[0]} to {lengths[-1]} characters, of three kinds at least",
            "set another with `pulumi config set --secret windowsAdminPassword`",
            "small and capital letters, digits and signs are the four kinds",
            "azure-native SDK, ManagedClusterWindowsProfile",
        )


RULES: tuple[Rule, ...] = (
    _profile,
    _pool_keys,
    _username,
    _password,
    _node_count,
    _network_plugin,
    _dataplane,
    _wireguard,
    _os_sku,
    _os_sku_and_kubernetes,
    _pool_name,
    _vm_size,
    _typha,
)
