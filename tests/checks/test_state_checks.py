"""Checks of the API whose subject the tests on a real API server cannot break: each row changes one thing.

One cluster in memory that is right, then one that differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checks.check import Check
from checks.errors import ApiError, CouldNotTestError
from checks.result import Skip, Status, conclude
from checks.state import (
    address_plan,
    api_servers,
    autodetection,
    bgp_mesh,
    bpf_log,
    bpf_switch,
    node_addresses,
    node_labels,
    node_status,
    operator,
    pod_addresses,
    policies_alone,
    services_endpoint,
    typha,
    windows_build,
    windows_nodes,
    wireguard_keys,
    wireguard_mtu,
)
from tests.checks.fakes import Body, FakeApi, lab_of, node, with_nodes

_OPERATOR = "/apis/operator.tigera.io/v1"
_V3 = "/apis/projectcalico.org/v3"
_APPS = "/apis/apps/v1/namespaces"
_DAEMON_SET = f"{_APPS}/calico-system/daemonsets/calico-node"
_KEY = "projectcalico.org/WireguardPublicKey"


def bad(check: Check, stack: str, api: FakeApi) -> list[tuple[str, str, str]]:
    """Return subject, expected and actual of every row that did not pass."""
    findings = check.run(lab_of(stack, api))
    assert not isinstance(findings, Skip), findings
    assert findings
    return [(row.subject, row.expected, row.actual) for row in findings if not row.passed]


def container(**env: str) -> Body:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    return {"spec": {"template": {"spec": {"containers": [{"name": "calico-node", "env": variables}]}}}}


class TestTypha:
    def test_windows_nodes_count(self) -> None:
        api = with_nodes(node("a"), node("b"), node("w", os="windows"))
        api.objects[f"{_APPS}/calico-system/deployments/calico-typha"] = {
            "spec": {"replicas": 1},
            "status": {"readyReplicas": 1},
        }
        assert bad(typha.CHECK, "windows", api) == [
            ("Deployment calico-typha: replicas", "2", "1"),
            ("Deployment calico-typha: ready", "2", "1"),
        ]


class TestAddressPlan:
    def cluster(self, address: str = "10.224.0.4", service: str = "10.0.0.1") -> FakeApi:
        body = node("a")
        body["status"]["addresses"] = [{"type": "InternalIP", "address": address}]
        api = with_nodes(body)
        api.objects["/api/v1/namespaces/default/services/kubernetes"] = {"spec": {"clusterIP": service}}
        return api

    def test_the_labs_own_plan_is_right(self) -> None:
        assert bad(address_plan.CHECK, "byocni", self.cluster()) == []

    @pytest.mark.parametrize(
        ("changed", "row"),
        [
            ({"address": "192.168.0.4"}, ("node a: address", "in 10.224.0.0/12", "192.168.0.4")),
            ({"service": "10.96.0.1"}, ("Service kubernetes: address", "10.0.0.1", "10.96.0.1")),
        ],
        ids=["node outside its range", "Services of another range"],
    )
    def test_another_address_is_found(self, changed: dict[str, str], row: tuple[str, str, str]) -> None:
        assert bad(address_plan.CHECK, "byocni", self.cluster(**changed)) == [row]


class TestPodAddresses:
    def cluster(self, *addresses: str, **spec: Any) -> FakeApi:
        return FakeApi(
            {
                f"/api/v1/namespaces/x/pods/p{index}": {
                    "metadata": {"namespace": "x", "name": f"p{index}"},
                    "spec": spec,
                    "status": {"podIP": address, "phase": "Running"},
                }
                for index, address in enumerate(addresses)
            }
        )

    @pytest.mark.parametrize(
        ("stack", "address", "inside"),
        [
            ("byocni", "10.244.3.4", True),
            ("byocni", "10.224.3.4", False),
            ("azurecni", "10.224.3.4", True),
            ("azurecni", "10.244.3.4", False),
        ],
    )
    def test_the_range_is_the_pools_or_the_vnets(self, stack: str, address: str, inside: bool) -> None:
        found = bad(pod_addresses.CHECK, stack, self.cluster(address))
        assert (found == []) is inside
        if not inside:
            assert found[0][2] == f"x/p0 {address}"

    def test_two_pods_of_one_address_are_found(self) -> None:
        found = bad(pod_addresses.CHECK, "byocni", self.cluster("10.244.0.1", "10.244.0.1"))
        assert found == [("addresses of more than one pod", "none", "10.244.0.1")]

    def test_a_cluster_without_pods_has_not_passed(self) -> None:
        found = bad(pod_addresses.CHECK, "byocni", self.cluster("10.224.0.4", hostNetwork=True))
        assert found == [("pods with an address of their own", "1 or more", "0")]


class TestAutodetection:
    @pytest.mark.parametrize(
        ("method", "argument", "variable"),
        [
            ("kubernetes", "NodeInternalIP", "kubernetes-internal-ip"),
            ("firstFound", True, "first-found"),
            ("interface", "eth0", "interface=eth0"),
            ("skipInterface", "docker.*", "skip-interface=docker.*"),
            ("canReach", "1.1.1.1", "can-reach=1.1.1.1"),
            ("cidrs", ["10.0.0.0/8", "192.168.0.0/16"], "cidr=10.0.0.0/8,192.168.0.0/16"),
        ],
    )
    def test_methods_are_rendered_as_the_operator_does(
        self, method: str, argument: object, variable: str
    ) -> None:
        assert autodetection._variable(method, argument) == variable

    def test_another_method_is_found(self) -> None:
        api = FakeApi({_DAEMON_SET: container(IP_AUTODETECTION_METHOD="first-found")})
        assert bad(autodetection.CHECK, "byocni", api) == [
            ("calico-node: IP_AUTODETECTION_METHOD", "kubernetes-internal-ip", "first-found")
        ]


class TestNodeAddresses:
    def test_an_address_that_differs_from_the_nodes_is_found(self) -> None:
        wrong = node("a", annotations={"projectcalico.org/IPv4Address": "172.17.0.1/16"})
        right = node("b", annotations={"projectcalico.org/IPv4Address": "10.224.0.4/16"})
        assert bad(node_addresses.CHECK, "byocni", with_nodes(wrong, right)) == [
            ("node a: projectcalico.org/IPv4Address", "10.224.0.4", "172.17.0.1")
        ]


class TestApiServers:
    @pytest.mark.parametrize("namespace", ["calico-system", "calico-apiserver"])
    def test_too_few_copies_are_found_wherever_the_operator_puts_them(self, namespace: str) -> None:
        ready = {"spec": {"replicas": 1}, "status": {"readyReplicas": 1}}
        api = FakeApi(
            {
                f"{_APPS}/calico-system/deployments/calico-kube-controllers": ready,
                f"{_APPS}/{namespace}/deployments/calico-apiserver": {"status": {}},
            }
        )
        assert bad(api_servers.CHECK, "byocni", api) == [("Deployment calico-apiserver: ready", "1", "0")]


@pytest.mark.parametrize(
    ("check", "path"),
    [
        (operator.CHECK, f"{_APPS}/tigera-operator/deployments/tigera-operator"),
        (api_servers.CHECK, f"{_APPS}/calico-system/deployments/calico-kube-controllers"),
    ],
    ids=["operator", "kube-controllers"],
)
def test_a_deployment_scaled_to_nothing_is_not_all_ready(check: Check, path: str) -> None:
    found = bad(check, "byocni", FakeApi({path: {"spec": {"replicas": 0}, "status": {}}}))
    assert found[0][1:] == ("1", "0")


class TestBpfSwitch:
    def cluster(self, by_object: bool | None = None, annotation: str | None = None, **env: str) -> FakeApi:
        felix: Body = {"metadata": {"annotations": {}}, "spec": {}}
        if by_object is not None:
            felix["spec"]["bpfEnabled"] = by_object
        if annotation is not None:
            felix["metadata"]["annotations"]["operator.tigera.io/bpfEnabled"] = annotation
        return FakeApi({f"{_V3}/felixconfigurations/default": felix, _DAEMON_SET: container(**env)})

    @pytest.mark.parametrize(
        ("stack", "cluster", "count"),
        [
            pytest.param("ebpf", {"by_object": True, "annotation": "true"}, 0, id="on, by the operator"),
            pytest.param("ebpf", {"FELIX_BPFENABLED": "true"}, 0, id="on, by an old operator"),
            pytest.param("ebpf", {}, 1, id="still off"),
            pytest.param("ebpf", {"by_object": True}, 1, id="on, by hand"),
            pytest.param("byocni", {}, 0, id="off"),
            pytest.param("byocni", {"by_object": False, "annotation": "false"}, 0, id="off again"),
            pytest.param("byocni", {"by_object": True, "annotation": "true"}, 1, id="still on"),
        ],
    )
    def test_on_and_off(self, stack: str, cluster: dict[str, Any], count: int) -> None:
        assert len(bad(bpf_switch.CHECK, stack, self.cluster(**cluster))) == count


class TestServicesEndpoint:
    PATH = "/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint"
    WHAT = "ConfigMap tigera-operator/kubernetes-services-endpoint"

    def cluster(self, host: str = "lab.hcp.example", port: str = "443") -> FakeApi:
        data = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        return FakeApi({self.PATH: {"data": data}})

    @pytest.mark.parametrize(
        ("stack", "api", "rows"),
        [
            pytest.param("ebpf", cluster, [], id="eBPF"),
            pytest.param("windows", cluster, [], id="Windows"),
            pytest.param("byocni", lambda _: FakeApi(), [], id="neither"),
            pytest.param(
                "byocni", cluster, [(WHAT, "not there", "there")], id="left over on the way back from eBPF"
            ),
            pytest.param("ebpf", lambda _: FakeApi(), [(WHAT, "there", "not there")], id="missing"),
            pytest.param(
                "ebpf",
                lambda self: self.cluster("https://lab.hcp.example"),
                [(f"{WHAT}: host", "a bare host name", "https://lab.hcp.example")],
                id="as the course writes it",
            ),
            pytest.param(
                "ebpf", lambda self: self.cluster("a", "6443"), [(f"{WHAT}: port", "443", "6443")], id="port"
            ),
        ],
    )
    def test_it_is_there_where_it_is_needed_and_only_there(
        self, stack: str, api: Callable[[Any], FakeApi], rows: list[tuple[str, str, str]]
    ) -> None:
        assert bad(services_endpoint.CHECK, stack, api(self)) == rows


class TestWireguard:
    KEYS = ("A" * 43 + "=", "B" * 43 + "=")

    def nodes(self, *keys: str) -> FakeApi:
        return with_nodes(
            *(node(f"n{i}", annotations={_KEY: key} if key else {}) for i, key in enumerate(keys))
        )

    @pytest.mark.parametrize(
        ("stack", "keys", "rows"),
        [
            pytest.param("wireguard", KEYS, [], id="on"),
            pytest.param(
                "wireguard", ("", KEYS[1]), [("node n0: key", "44 characters", "none")], id="one without"
            ),
            pytest.param("wireguard", (KEYS[0],) * 2, [("different keys", "2", "1")], id="one key twice"),
            pytest.param("azurecni", ("", ""), [], id="off"),
            pytest.param(
                "azurecni", ("", KEYS[1]), [("node n1: key", "none", KEYS[1])], id="off, but one has a key"
            ),
        ],
    )
    def test_keys(self, stack: str, keys: tuple[str, ...], rows: list[tuple[str, str, str]]) -> None:
        assert bad(wireguard_keys.CHECK, stack, self.nodes(*keys)) == rows

    @pytest.mark.parametrize(
        ("stack", "own", "mtu", "good"),
        [
            ("wireguard", 0, 1340, True),
            ("wireguard", 0, 1341, False),
            ("nke", 0, 8940, True),
            ("nke", 0, 8941, False),
            ("nke", 1400, 1400, True),
            ("nke", 1400, 1440, False),
        ],
    )
    def test_mtu_leaves_room_in_what_the_network_carries(
        self, stack: str, own: int, mtu: int, good: bool
    ) -> None:
        api = with_nodes(node("a"))
        api.objects[f"{_OPERATOR}/installations/default"] = {"status": {"mtu": mtu}}
        lab = lab_of(stack, api)
        findings = wireguard_mtu.CHECK.run(replace(lab, settings=replace(lab.settings, mtu=own)))
        assert conclude("x", findings, 0, 1).status is (Status.PASSED if good else Status.FAILED)

    def test_mtu_that_nobody_reports_could_not_be_tested(self) -> None:
        findings = wireguard_mtu.CHECK.run(lab_of("wireguard", with_nodes(node("a"))))
        assert conclude("x", findings, 0, 1).status is Status.UNTESTED


class TestPoliciesAlone:
    @pytest.mark.parametrize(
        "namesake", [False, True], ids=["the stack's own", "a namesake in the other group"]
    )
    def test_a_policy_is_known_by_its_api_group_too(self, namesake: bool) -> None:
        api = FakeApi()
        own = next(p for p in lab_of("byocni", api).policies if p.api_version == "networking.k8s.io/v1")
        path = f"namespaces/{own.namespace}/networkpolicies/{own.name}"
        api.objects[f"/apis/networking.k8s.io/v1/{path}"] = dict(own.body)
        if namesake:
            api.objects[f"{_V3}/{path}"] = {"metadata": dict(own.body["metadata"])}
        assert bad(policies_alone.CHECK, "byocni", api) == (
            [
                (
                    f"NetworkPolicy of projectcalico.org/v3 in {own.namespace}: not of this stack",
                    "none",
                    own.name,
                )
            ]
            if namesake
            else []
        )

    def test_a_policy_of_the_whole_cluster_is_found(self) -> None:
        """Since Calico 3.32 it can deny what the stack's own policies allow."""
        path = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/deny-all"
        api = FakeApi({path: {"metadata": {"name": "deny-all"}}})
        (row,) = policies_alone.CHECK.run(lab_of("byocni", api))[-1:]  # type: ignore[index]
        assert (row.subject, row.passed, row.actual) == (
            "ClusterNetworkPolicy: not of this stack",
            False,
            "deny-all",
        )
        assert row.reproduce.endswith(" get clusternetworkpolicies.policy.networking.k8s.io")


class TestWindows:
    def cluster(self, build: str, dataplane: str | None = "HNS") -> FakeApi:
        body = node("w", os="windows")
        body["status"]["nodeInfo"]["kernelVersion"] = build
        api = with_nodes(body)
        network = {"calicoNetwork": {"windowsDataplane": dataplane} if dataplane else {}}
        api.objects[f"{_OPERATOR}/installations/default"] = {"spec": network}
        return api

    @pytest.mark.parametrize(("build", "good"), [("10.0.20348.4294", True), ("10.0.17763.1", False)])
    def test_image_and_node_are_of_one_build(self, build: str, good: bool) -> None:
        assert (bad(windows_build.CHECK, "windows", self.cluster(build)) == []) is good

    def test_a_cluster_without_its_data_plane_is_found(self) -> None:
        found = bad(windows_nodes.CHECK, "windows", self.cluster("10.0.20348.1", None))
        assert found == [("Installation default: windowsDataplane", "HNS", "None")]


class TestBgp:
    """Node a has address 10.224.0.4 and hosts no pod of the pod network; b has .5 and pod 10.244.2.9."""

    def status(
        self, established: int = 1, other: int = 0, kind: str = "NodeMesh", gateway: str = "10.224.0.5"
    ) -> Body:
        route = {
            "type": "FIB",
            "destination": "10.244.2.0/26",
            "gateway": gateway,
            "learnedFrom": {"sourceType": kind},
        }
        return {
            "status": {
                "bgp": {
                    "numberEstablishedV4": established,
                    "numberNotEstablishedV4": other,
                    "peersV4": [{"type": kind}] * established,
                },
                "routes": {"routesV4": [route] if gateway else []},
            }
        }

    def cluster(self, **changed: Any) -> FakeApi:
        a, b = node("a"), node("b")
        b["status"]["addresses"] = [{"type": "InternalIP", "address": "10.224.0.5"}]
        api = with_nodes(a, b)
        for name, address, host in (("web", "10.244.2.9", False), ("proxy", "10.224.0.5", True)):
            api.objects[f"/api/v1/namespaces/x/pods/{name}"] = {
                "metadata": {"namespace": "x", "name": name},
                "spec": {"nodeName": "b", "hostNetwork": host},
                "status": {"podIP": address, "phase": "Running"},
            }
        api.objects[f"{_V3}/caliconodestatuses/a-status"] = self.status(**changed)
        api.objects[f"{_V3}/caliconodestatuses/b-status"] = self.status(gateway="")
        return api

    @pytest.mark.parametrize(
        ("changed", "rows"),
        [
            pytest.param({}, [], id="right"),
            pytest.param({"other": 1}, [("other peers", "0", "1")], id="one peer is down"),
            pytest.param({"gateway": ""}, [("route", "none", "10.244.2.9 on b")], id="no route"),
            pytest.param(
                {"gateway": "10.224.0.6"}, [("route", "none", "10.244.2.9 on b")], id="route elsewhere"
            ),
            pytest.param(
                {"kind": "NodePeer"},
                [("type of peers", "NodeMesh", "NodePeer"), ("route", "none", "10.244.2.9 on b")],
                id="of another type",
            ),
        ],
    )
    def test_peers_and_routes(self, changed: dict[str, Any], rows: list[tuple[str, str, str]]) -> None:
        found = bad(node_status.CHECK, "nke", self.cluster(**changed))
        subjects = {"route": "pods of other nodes without a route that was learned"}
        assert found == [(f"node a: {subjects.get(what, what)}", *rest) for what, *rest in rows]

    def test_no_report_at_all_has_not_passed(self) -> None:
        api = self.cluster()
        for name in ("a", "b"):
            del api.objects[f"{_V3}/caliconodestatuses/{name}-status"]
        assert [subject for subject, _, _ in bad(node_status.CHECK, "nke", api)] == [
            "node a: established peers",
            "node a: type of peers",
            "node a: pods of other nodes without a route that was learned",
            "node b: established peers",
            "node b: type of peers",
        ]

    def test_a_mesh_that_is_off_without_reflectors_is_found(self) -> None:
        api = with_nodes(node("a"))
        api.objects[f"{_V3}/bgpconfigurations/default"] = {"spec": {"nodeToNodeMeshEnabled": False}}
        assert bad(bgp_mesh.CHECK, "nke", api) == [("full mesh of nodes", "True", "False")]


class TestNodeLabels:
    def test_a_second_first_node_is_found(self) -> None:
        nodes = [node("a"), node("b")]
        for body in nodes:
            body["metadata"]["labels"]["node"] = "first"
        assert bad(node_labels.CHECK, "azurecni", with_nodes(*nodes)) == [
            ("nodes with node=first", "1", "2"),
            ("nodes with node=second", "1", "0"),
        ]


class TestSimulatedNodes:
    """A node without a kubelet is told by the port that every kubelet publishes, not by a name."""

    @pytest.mark.parametrize(
        ("check", "stack"),
        [
            (node_addresses.CHECK, "byocni"),
            (bpf_log.CHECK, "ebpf"),
            (wireguard_keys.CHECK, "wireguard"),
            (wireguard_mtu.CHECK, "wireguard"),
            (node_status.CHECK, "nke"),
        ],
        ids=lambda value: value.name if isinstance(value, Check) else value,
    )
    def test_what_only_real_nodes_show_is_skipped_with_that_reason(self, check: Check, stack: str) -> None:
        findings = check.run(lab_of(stack, with_nodes(node("real"), node("fake", port=0))))
        assert isinstance(findings, Skip)
        assert findings.reason.endswith("; 1 of 2 nodes are simulated: no kubelet answers for fake")

    def test_a_node_that_says_nothing_about_its_kubelet_is_simulated(self) -> None:
        from checks.lab import is_simulated

        assert is_simulated({"metadata": {"name": "x"}, "status": {}})
        assert not is_simulated(node("x"))


REFUSED: list[tuple[Callable[[], Check], str, str]] = [
    (lambda: typha.CHECK, "byocni", "/api/v1/nodes"),
    (lambda: bpf_switch.CHECK, "byocni", f"{_V3}/felixconfigurations/default"),
    (lambda: pod_addresses.CHECK, "byocni", "/api/v1/pods"),
]


@pytest.mark.parametrize(("check", "stack", "path"), REFUSED, ids=["typha", "bpf-switch", "pod-addresses"])
def test_a_refusal_is_neither_good_nor_bad(check: Callable[[], Check], stack: str, path: str) -> None:
    api = FakeApi()
    api.refusals[path] = ApiError(403, "forbidden")
    with pytest.raises(CouldNotTestError, match="forbidden"):
        check().run(lab_of(stack, api))
