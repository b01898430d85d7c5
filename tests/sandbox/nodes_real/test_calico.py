"""What the sandbox does for Calico on real nodes, as plain functions."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from sandbox.nodes.real import calico
from sandbox.tools import pins


class FakeApi:
    def __init__(self, affinities: list[dict[str, Any]]) -> None:
        self.affinities = affinities

    def list(self, path: str) -> list[dict[str, Any]]:
        assert path == "/apis/crd.projectcalico.org/v1/blockaffinities"
        return self.affinities


def affinity(**spec: str) -> dict[str, Any]:
    given = {"cidr": "10.244.1.0/26", "node": "n1", "state": "confirmed", "deleted": "false", **spec}
    return {"spec": given}


def balancer(policy: str = "Cluster", address: str = "203.0.113.1") -> dict[str, Any]:
    return {
        "metadata": {"namespace": "a", "name": "s"},
        "spec": {"type": "LoadBalancer", "externalTrafficPolicy": policy},
        "status": {"loadBalancer": {"ingress": [{"ip": address}]}},
    }


def slice_of(node: str, ready: bool = True, service: str = "s") -> dict[str, Any]:
    return {
        "metadata": {"namespace": "a", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"nodeName": node, "conditions": {"ready": ready}}],
    }


NODES = {"n1": "10.224.0.4", "n2": "10.224.0.5"}


class TestBlockRoutes:
    def test_a_confirmed_block_is_reached_by_its_node(self) -> None:
        api: Any = FakeApi([affinity()])
        assert calico.block_routes(api, NODES) == {"10.244.1.0/26": ("10.224.0.4",)}

    @pytest.mark.parametrize("change", [{"state": "pending"}, {"deleted": "true"}, {"node": "gone"}], ids=str)
    def test_any_other_block_is_not_reached(self, change: dict[str, str]) -> None:
        api: Any = FakeApi([affinity(**change)])
        assert calico.block_routes(api, NODES) == {}


class TestBalancerRoutes:
    def test_every_ready_node_takes_traffic_in(self) -> None:
        assert calico.balancer_routes([balancer()], [], NODES) == {
            "203.0.113.1/32": ("10.224.0.4", "10.224.0.5")
        }

    def test_with_policy_local_only_nodes_with_an_endpoint_do(self) -> None:
        slices = [slice_of("n2"), slice_of("n1", ready=False), slice_of("n1", service="other")]
        assert calico.balancer_routes([balancer("Local")], slices, NODES) == {
            "203.0.113.1/32": ("10.224.0.5",)
        }


class TestTier:
    """v3.28 does not know `spec.tier`; the labs write it, and only `default` means the same there."""

    def crd(self, kind: str) -> dict[str, Any]:
        schema = {"properties": {"spec": {"properties": {"order": {}}}}}
        return {"spec": {"names": {"kind": kind}, "versions": [{"schema": {"openAPIV3Schema": schema}}]}}

    @pytest.mark.parametrize("kind", ["GlobalNetworkPolicy", "NetworkPolicy"])
    def test_policies_take_the_default_tier_and_no_other(self, kind: str) -> None:
        changed = calico.with_tier(self.crd(kind))
        spec = changed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        assert spec["properties"] == {"order": {}, "tier": {"type": "string", "enum": ["default"]}}

    def test_other_kinds_stay_as_they_are(self) -> None:
        assert calico.with_tier(self.crd("IPPool")) == self.crd("IPPool")

    def test_the_server_is_built_with_the_field_and_nothing_else_is(self) -> None:
        changed = [tool.name for tool in pins.REAL_TOOLS if tool.build and tool.build.additions]
        assert changed == ["calico-apiserver"]


class TestRights:
    def test_every_object_of_the_file_can_be_applied_and_names_real_accounts(self) -> None:
        bodies = list(yaml.safe_load_all(calico.RBAC.read_text(encoding="utf-8")))
        assert [body["kind"] for body in bodies] == ["ServiceAccount", "ClusterRole", "ClusterRoleBinding"]
        assert {body["kind"] for body in bodies} == set(calico._PLURALS)
        role, binding = bodies[1], bodies[2]
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
        assert "*" not in {verb for rule in role["rules"][1:] for verb in rule["verbs"]}
