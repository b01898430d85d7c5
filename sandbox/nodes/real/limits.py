"""What real nodes cannot carry out is refused by the API server at once, and not waited for in vain.

Felix without eBPF objects, or on a kernel without WireGuard or IPIP, says so in its log only: a lab would wait for a
data plane that never comes. The words of the API are Calico's, the refusals ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kube_api import Body, KubeApi
from sandbox.nodes.real.preflight import IPIP, WIREGUARD, try_alone

_API = "admissionregistration.k8s.io/v1"
_OPERATOR, _CALICO = "operator.tigera.io", "crd.projectcalico.org"
_REMEDY = "start the sandbox with --nodes simulated"


@dataclass(frozen=True)
class Limit:
    """One thing that real nodes cannot do everywhere."""

    name: str
    group: str
    resource: str
    allowed: str
    """CEL over the object; what it is false for is refused."""
    message: str
    kernel: str | None = None
    """A command that works where the kernel can do it; None: no kernel helps."""


LIMITS = (
    Limit(
        "no-ebpf",
        _OPERATOR,
        "installations",
        "object.?spec.calicoNetwork.linuxDataplane.orValue('Iptables') != 'BPF'",
        f"linuxDataplane is 'BPF' but Calico's Go module has no compiled eBPF programs; {_REMEDY}",
    ),
    Limit(
        "no-wireguard",
        _CALICO,
        "felixconfigurations",
        "!object.?spec.wireguardEnabled.orValue(false)",
        f"wireguardEnabled is true but this machine's kernel has no WireGuard; {_REMEDY}",
        WIREGUARD,
    ),
    Limit(
        "no-ipip",
        _CALICO,
        "ippools",
        "object.?spec.ipipMode.orValue('Never') in ['', 'Never']",
        f"ipipMode asks for IPIP but this machine's kernel has no such tunnels; {_REMEDY}",
        IPIP,
    ),
)


def in_force(kernel: Callable[[str], str | None] = try_alone) -> list[Limit]:
    """Return the limits that hold on this machine; `kernel` tries a command and returns its error."""
    return [limit for limit in LIMITS if limit.kernel is None or kernel(limit.kernel) is not None]


def bodies(limit: Limit) -> tuple[Body, Body]:
    """Return the policy of the API server that refuses it, and its binding."""
    name = f"sandbox-real-nodes-{limit.name}"
    rule = {
        "apiGroups": [limit.group],
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [limit.resource],
    }
    policy = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": limit.allowed, "message": limit.message}],
        },
    }
    binding = {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    return policy, binding


def install(api: KubeApi) -> None:
    """Tell the API server of every limit of this machine."""
    for limit in in_force():
        policy, binding = bodies(limit)
        for kind, body in (("policies", policy), ("policybindings", binding)):
            path = f"/apis/{_API}/validatingadmission{kind}/{body['metadata']['name']}"
            api.apply(path, body, "calico-labs-sandbox")
