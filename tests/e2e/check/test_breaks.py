"""`labctl check` against a real API server and a real operator: what is right passes, what is broken is found.

Every break is made for real, seen by the checks that guard it and by no others, and mended again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checks.catalogue import checks_of
from checks.lab import Lab
from checks.result import Status
from checks.traffic import pods
from sandbox.kube_api import KubeApi
from tests.e2e import harness
from tests.e2e.check.breaking import (
    Break,
    added,
    container_changed,
    first,
    found_by,
    must_find,
    patch,
    removed,
    revive,
    scaled,
    settle,
)
from tests.e2e.checking import failing, run, told

_OPERATOR = "/apis/operator.tigera.io/v1"
_V3 = "/apis/projectcalico.org/v3"
_APPS = "/apis/apps/v1/namespaces"
_TYPHA = f"{_APPS}/calico-system/deployments/calico-typha"
_CUSTOMER = f"{_APPS}/yaobank-customer/deployments/customer"
_COREDNS = f"{_APPS}/kube-system/deployments/coredns"
_POLICY = "/apis/networking.k8s.io/v1/namespaces/yaobank-summary/networkpolicies/allow-from-customer"
_PAGE = "/api/v1/namespaces/yaobank-customer/services/yaobank-customer"
_GROUP = "/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org"


class TestWhatIsRight:
    def test_every_check_passes_or_skips_with_its_reason(self, admin: Lab, up: harness.Lab) -> None:
        settle(admin, up, 60)
        report = run(admin, patience=20)
        assert failing(report) == set(), told(report)
        assert report.exit_code == 0
        assert report.count(Status.PASSED) >= 35
        skipped = {result.name: result.reason for result in report.results if result.status is Status.SKIPPED}
        assert "node-addresses" in skipped
        assert all(
            "nodes are simulated: no kubelet answers for aks-system-" in reason for reason in skipped.values()
        )

    def test_sixty_checks_take_less_time_side_by_side(self, admin: Lab) -> None:
        checks = checks_of(admin)
        several = [*checks, *checks][:60]
        assert len(several) == 60
        report = run(admin, checks=several)
        assert len(report.results) == 60
        assert report.seconds < sum(result.seconds for result in report.results)

    def test_nothing_is_left_in_the_cluster(self, admin: Lab) -> None:
        run(admin)
        assert admin.api.list("/api/v1/namespaces", labelSelector=pods.LABEL) == []
        assert admin.api.list("/api/v1/pods", labelSelector=pods.LABEL) == []


def _degrade(api: KubeApi) -> Any:
    """IPIP needs BGP: the operator calls itself Degraded, as on a cluster."""
    old = api.get(f"{_OPERATOR}/installations/default")
    assert old is not None
    pools = [{**pool, "encapsulation": "IPIP"} for pool in old["spec"]["calicoNetwork"]["ipPools"]]
    api.merge(f"{_OPERATOR}/installations/default", {"spec": {"calicoNetwork": {"ipPools": pools}}})
    return old["spec"]["calicoNetwork"]["ipPools"]


def _undegrade(api: KubeApi, pools: Any) -> None:
    api.merge(f"{_OPERATOR}/installations/default", {"spec": {"calicoNetwork": {"ipPools": pools}}})


def _not_ready(api: KubeApi) -> Any:
    node = api.list("/api/v1/nodes")[0]
    conditions = [
        {**c, "status": "False", "reason": "KubeletNotReady"} if c["type"] == "Ready" else c
        for c in node["status"]["conditions"]
    ]
    name = node["metadata"]["name"]
    api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}})
    return name


def _ready(api: KubeApi, name: str) -> None:
    conditions = [
        {**c, "status": "True", "reason": "KubeletReady"} if c["type"] == "Ready" else c
        for c in (api.get(f"/api/v1/nodes/{name}") or {})["status"]["conditions"]
    ]
    api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}})
    revive(api)


def _unserved(api: KubeApi) -> Any:
    """Point the group at a Service that is not there, as when Calico's API server is down."""
    api.merge(
        _GROUP,
        {
            "metadata": {"labels": {"kube-aggregator.kubernetes.io/automanaged": None}},
            "spec": {
                "service": {"namespace": "calico-system", "name": "nobody"},
                "insecureSkipTLSVerify": True,
            },
        },
    )


def _served(api: KubeApi, _: Any) -> None:
    api.delete(_GROUP)  # the API server registers it again


def _no_key(value: str | None) -> Callable[[Any], Any]:
    def change(_: Any) -> Any:
        def key(text: str | None) -> Any:
            return {"metadata": {"annotations": {"projectcalico.org/WireguardPublicKey": text}}}

        return key(value), key(None)

    return change


def _address(body: Any) -> Any:
    old = body["status"]["addresses"]
    moved = [{**item, "address": "192.168.9.9"} if item["type"] == "InternalIP" else item for item in old]
    return {"status": {"addresses": moved}}, {"status": {"addresses": old}}


def _pod_address(body: Any) -> Any:
    def at(address: str) -> Any:
        return {"status": {"podIP": address, "podIPs": [{"ip": address}]}}

    return at("192.168.9.9"), at(body["status"]["podIP"])


def _first_found(container: Any) -> None:
    for item in container["env"]:
        if item["name"] == "IP_AUTODETECTION_METHOD":
            item["value"] = "first-found"


_STRAY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "by-hand"},
    "spec": {"podSelector": {}},
}
_ENDPOINT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "kubernetes-services-endpoint"},
    "data": {"KUBERNETES_SERVICE_HOST": "lab.example", "KUBERNETES_SERVICE_PORT": "443"},
}


def _image(image: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "customer", "image": image}]}}}}


_NOWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"nowhere": "at-all"}}}}}
_EVERYWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"nowhere": None}}}}}
_POOL = f"{_V3}/ippools/default-ipv4-ippool"
_FELIX = f"{_V3}/felixconfigurations/default"
_KUBE_PROXY = f"{_APPS}/kube-system/daemonsets/kube-proxy"
_CALICO_NODE = f"{_APPS}/calico-system/daemonsets/calico-node"
_V3_CHECKS = frozenset(
    {
        "api-group",
        "ip-pool",
        "felix",
        "bpf-switch",
        "policies-alone",
        "policy-tiers",
        "policy/31-customer-not-from-pods",
    }
)

BREAKS: dict[str, Break] = {
    "operator degraded": Break(
        _degrade,
        _undegrade,
        found_by("tigera-status", "installation"),
        may_follow=found_by(
            "ip-pool"
        ),  # the pool follows the Installation for as long as that is called Ready
    ),
    "pool with another encapsulation": Break(
        *patch(_POOL, {"spec": {"vxlanMode": "CrossSubnet"}}, {"spec": {"vxlanMode": "Always"}}),
        found_by("ip-pool"),
        frozen=True,
    ),
    "pool without NAT": Break(
        *patch(_POOL, {"spec": {"natOutgoing": False}}, {"spec": {"natOutgoing": True}}),
        found_by("ip-pool"),
        frozen=True,
    ),
    "missing policy": Break(*removed(_POLICY), found_by("policy/23-summary-from-customer")),
    "policy that lets in somebody else": Break(
        *patch(
            _POLICY,
            {"spec": {"podSelector": {"matchLabels": {"app": "sumary"}}}},
            {"spec": {"podSelector": {"matchLabels": {"app": "summary"}}}},
        ),
        found_by("policy/23-summary-from-customer"),
    ),
    "policy turned round": Break(
        *patch(
            f"{_V3}/globalnetworkpolicies/customer-not-from-pods",
            {"spec": {"ingress": [{"action": "Allow"}]}},
        ),
        found_by("policy/31-customer-not-from-pods"),
    ),
    "policy that no file holds": Break(
        *added("/apis/networking.k8s.io/v1/namespaces/yaobank-database/networkpolicies", _STRAY),
        found_by("policies-alone"),
    ),
    "tier that is gone": Break(*removed(f"{_V3}/tiers/default"), found_by("policy-tiers"), frozen=True),
    "wrong typha count": Break(*scaled(_TYPHA, 2, 1), found_by("typha"), frozen=True),
    "API service unavailable": Break(_unserved, _served, _V3_CHECKS, frozen=True),
    "calico-node on no node": Break(
        *patch(_CALICO_NODE, _NOWHERE, _EVERYWHERE),
        found_by("calico-node"),
        frozen=True,
        may_follow=found_by("tigera-status", "installation"),
    ),
    "operator gone": Break(
        *scaled(f"{_APPS}/tigera-operator/deployments/tigera-operator", 0, 1), found_by("operator")
    ),
    "application tier gone": Break(*scaled(_CUSTOMER, 0, 1), found_by("application-rollout", "endpoints")),
    "another image": Break(
        *patch(_CUSTOMER, _image("example.invalid/customer")),
        found_by("application-images"),
        may_follow=found_by("application-rollout", "endpoints"),
    ),
    "no load balancer address": Break(
        *patch(
            f"{_PAGE}/status",
            {"status": {"loadBalancer": {"ingress": None}}},
            {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}},
        ),
        found_by("application-address"),
        frozen=True,
    ),
    "no cluster DNS": Break(*scaled(_COREDNS, 0, 2), found_by("cluster-dns")),
    "no kube-proxy": Break(*patch(_KUBE_PROXY, _NOWHERE, _EVERYWHERE), found_by("kube-proxy")),
    "WireGuard switched on by hand": Break(
        *patch(_FELIX, {"spec": {"wireguardEnabled": True}}, {"spec": {"wireguardEnabled": None}}),
        found_by("felix"),
    ),
    "WireGuard key that should be gone": Break(
        *first("/api/v1/nodes", "", _no_key("A" * 44)), found_by("wireguard-keys")
    ),
    "eBPF switched on by hand": Break(
        *patch(_FELIX, {"spec": {"bpfEnabled": True}}, {"spec": {"bpfEnabled": None}}),
        found_by("bpf-switch"),
        frozen=True,
    ),
    "services endpoint left over": Break(
        *added("/api/v1/namespaces/tigera-operator/configmaps", _ENDPOINT),
        found_by("services-endpoint"),
        frozen=True,
    ),
    "another way to find the node's address": Break(
        *container_changed(_CALICO_NODE, _first_found),
        found_by("autodetection"),
        frozen=True,
        may_follow=found_by("calico-node"),
    ),
    "Calico's controllers gone": Break(
        *scaled(f"{_APPS}/calico-system/deployments/calico-kube-controllers", 0, 1),
        found_by("api-servers"),
        frozen=True,
    ),
    "node outside its range": Break(
        *first("/api/v1/nodes", "", _address, status=True), found_by("address-plan"), frozen=True
    ),
    "pod outside the pool": Break(
        *first("/api/v1/namespaces/yaobank-summary/pods", "app=summary", _pod_address, status=True),
        found_by("pod-addresses"),
    ),
    "namespace without its label": Break(
        *patch(
            "/api/v1/namespaces/yaobank-summary",
            {"metadata": {"labels": {"app.kubernetes.io/part-of": None}}},
            {"metadata": {"labels": {"app.kubernetes.io/part-of": "yaobank-org"}}},
        ),
        found_by("namespaces"),
    ),
    # Last: the node controller marks the node's pods, which then have to be made again.
    "node not ready": Break(
        _not_ready,
        _ready,
        found_by("nodes"),
        frozen=True,
        may_follow=frozenset(
            {
                *("calico-node", "typha", "api-servers", "application-rollout", "endpoints", "cluster-dns"),
                *("kube-proxy", "operator", "pod-addresses"),
            }
        ),
    ),
}


class TestWhatIsBroken:
    """The table of breaks: each is found by the checks that guard it, and by no other."""

    @pytest.fixture
    def whole(self, admin: Lab, up: harness.Lab) -> Iterator[None]:
        settle(admin, up, 120)
        yield
        settle(admin, up, 240)

    @pytest.mark.usefixtures("whole")
    @pytest.mark.parametrize("name", BREAKS, ids=[name.replace(" ", "-") for name in BREAKS])
    def test_a_break_is_found(self, name: str, admin: Lab, up: harness.Lab) -> None:
        must_find(BREAKS[name], admin, up)

    def test_every_check_that_passes_here_is_shown_to_fail(self, admin: Lab) -> None:
        covered = {name for broken in BREAKS.values() for name in broken.found_by}
        able = {
            result.name
            for result in run(admin).results
            if result.status is Status.PASSED and not result.name.startswith("policy/")
        }
        assert able - covered == set()
        # One policy each of Kubernetes and of Calico stands for all of them: one function reads them all.
        assert {name for name in covered if name.startswith("policy/")} == {
            "policy/23-summary-from-customer",
            "policy/31-customer-not-from-pods",
        }
