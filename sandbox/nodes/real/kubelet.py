"""What the programs of a node are told: containerd's and kubelet's configuration, and the node's process list.

Flags and traps were measured with Kubernetes 1.34.1, containerd 1.6.20 and runc 1.1.5 (2026-11-22). Paths are those of
any Linux node: each node has a file tree of its own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.errors import ProcessError
from sandbox.nodes.real.images import PAUSE
from sandbox.nodes.real.store import configuration

PROGRAMS = "/opt/calico-labs"
KUBECONFIG = "/etc/kubernetes/kubelet.kubeconfig"
CONFIGURATION = "/etc/kubernetes/kubelet.yaml"
AUTHORITY = "/etc/kubernetes/ca.crt"
CONTAINERD = "/etc/containerd/calico-labs.toml"
SOCKET = "/run/containerd/containerd.sock"
AZURE_ADDRESSES = 32
"""Addresses set aside for a node with plugin `azure`; AKS's default is 30 pods a node."""
AZURE_PODS = 30
MAX_PODS = 110
_RESERVED = ("kubernetes.io", "k8s.io")
_NODE_PREFIXES = ("node.kubernetes.io/", "topology.kubernetes.io/", "kubelet.kubernetes.io/")


def containerd_configuration(limited: bool, apparmor: bool) -> str:
    """Return containerd's configuration; `limited`: without CAP_SYS_RESOURCE runc may not lower an OOM score."""
    cri = (
        '[plugins."io.containerd.grpc.v1.cri"]\n'
        f'  sandbox_image = "{PAUSE}"\n'
        f"  restrict_oom_score_adj = {str(limited).lower()}\n"
        f"  disable_apparmor = {str(not apparmor).lower()}\n"
        '  [plugins."io.containerd.grpc.v1.cri".cni]\n'
        '    bin_dir = "/opt/cni/bin"\n'
        '    conf_dir = "/etc/cni/net.d"\n'
        '  [plugins."io.containerd.grpc.v1.cri".containerd]\n'
        '    snapshotter = "overlayfs"\n'
        '  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\n'
        '    runtime_type = "io.containerd.runc.v2"\n'
        '  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\n'
        "    SystemdCgroup = false\n"
    )
    return configuration(Path("/var/lib/containerd"), Path("/run/containerd"), Path(SOCKET), cri)


def kubelet_configuration(address: str, cgroup: str, dns: str, max_pods: int) -> dict[str, Any]:
    """Return the KubeletConfiguration."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": AUTHORITY},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup,
        "clusterDNS": [dns],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "enforceNodeAllocatable": [],
        # Low: the disk and memory are the machine's, and it may be a busy one.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzBindAddress": "127.0.0.1",
        "imageGCHighThresholdPercent": 100,  # nothing can be pulled again
        "maxPods": max_pods,
        "readOnlyPort": 0,
        "resolvConf": "/etc/resolv.conf",
        "serializeImagePulls": False,
        "volumePluginDir": "/etc/kubernetes/volumeplugins",
    }


def azure_cni(address: str, subnet: str) -> dict[str, Any]:
    """Return the CNI configuration of a node with network plugin `azure`: 30 pods, with addresses of the subnet.

    Pods have the subnet's upper half, node after node. The node answers for its pods on the subnet (proxy ARP), so
    that nobody needs a route to them.

    Raises:
        ProcessError: the subnet is too small for that.
    """
    whole = ipaddress.ip_network(subnet)
    node = int(ipaddress.ip_address(address)) - int(whole.network_address)
    offset = whole.num_addresses // 2 + node * AZURE_ADDRESSES
    if offset + AZURE_ADDRESSES > whole.num_addresses - 1:
        raise ProcessError(
            f"the subnet {subnet} is too small for the pods of node {address}: a real node with plugin azure takes "
            f"{AZURE_ADDRESSES} addresses of its upper half; take a larger one, 10.224.0.0/16 as AKS does, or "
            "--nodes simulated"
        )
    first = whole.network_address + offset
    ranges = [[{"subnet": subnet, "rangeStart": str(first), "rangeEnd": str(first + AZURE_ADDRESSES - 1)}]]
    return {
        "cniVersion": "0.3.1",
        "name": "azure",
        "plugins": [
            {"type": "azure-routed", "ipam": {"type": "host-local", "ranges": ranges}},
            {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
        ],
    }


def kubelet_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return those of the labels that a kubelet may give itself; the rest are set afterwards."""
    return {
        key: value
        for key, value in labels.items()
        if not key.split("/")[0].endswith(_RESERVED) or key.startswith(_NODE_PREFIXES)
    }


def tasks(name: str, address: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the programs that the node's first process keeps running."""
    given = ",".join(f"{key}={value}" for key, value in sorted(kubelet_labels(labels).items()))
    return [
        {"path": "/usr/bin/containerd", "arguments": ["-c", CONTAINERD], "log": "/var/log/containerd.log"},
        {
            "path": f"{PROGRAMS}/kubelet",
            "arguments": [
                f"--config={CONFIGURATION}",
                f"--kubeconfig={KUBECONFIG}",
                f"--hostname-override={name}",
                f"--node-ip={address}",
                *([f"--node-labels={given}"] if given else []),
            ],
            "log": "/var/log/kubelet.log",
        },
    ]
