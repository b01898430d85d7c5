"""Checks that ask the API server: no packet is sent, so they are as true on simulated nodes as on real ones.

May live here: one check a file, each reading a few objects and comparing them with the stack's settings and files. May
not: anything that changes the cluster, and expectations that the files already hold.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.check import Check
from checks.lab import Lab
from checks.state import (
    address_plan,
    api_group,
    api_servers,
    application_address,
    application_images,
    application_rollout,
    autodetection,
    bgp_mesh,
    bpf_log,
    bpf_switch,
    calico_node,
    cluster_dns,
    endpoints,
    felix,
    installation,
    ip_pool,
    kube_proxy,
    namespaces,
    node_addresses,
    node_labels,
    node_status,
    node_status_requests,
    nodes,
    operator,
    pod_addresses,
    policies,
    policies_alone,
    policy_tiers,
    services_endpoint,
    tigera_status,
    typha,
    windows_build,
    windows_nodes,
    wireguard_keys,
    wireguard_mtu,
)

ONE_EACH: tuple[Check, ...] = (
    nodes.CHECK,
    node_labels.CHECK,
    cluster_dns.CHECK,
    address_plan.CHECK,
    operator.CHECK,
    tigera_status.CHECK,
    installation.CHECK,
    calico_node.CHECK,
    typha.CHECK,
    api_servers.CHECK,
    api_group.CHECK,
    ip_pool.CHECK,
    pod_addresses.CHECK,
    autodetection.CHECK,
    node_addresses.CHECK,
    felix.CHECK,
    services_endpoint.CHECK,
    bpf_switch.CHECK,
    bpf_log.CHECK,
    kube_proxy.CHECK,
    wireguard_keys.CHECK,
    wireguard_mtu.CHECK,
    windows_nodes.CHECK,
    windows_build.CHECK,
    node_status_requests.CHECK,
    node_status.CHECK,
    bgp_mesh.CHECK,
    namespaces.CHECK,
    application_rollout.CHECK,
    application_images.CHECK,
    application_address.CHECK,
    endpoints.CHECK,
    policies_alone.CHECK,
    policy_tiers.CHECK,
)
"""Checks that exist once, in the order of the catalogue."""

MADE_OF_FILES = (policies,)
"""Modules that make one check of each file; each has `checks(lab)`."""


def checks(lab: Lab) -> Sequence[Check]:
    """Return all checks of this folder for a lab, whether they apply or not."""
    return [*ONE_EACH, *(check for module in MADE_OF_FILES for check in module.checks(lab))]
