"""What each lab of the catalogue is made of, as the engine would receive it; test_compose.py has byocni in depth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import compose as compose_module
from components.compose import compose
from labs.enums import (
    CalicoApiGroup,
    CalicoManagement,
    CalicoSource,
    Dataplane,
    Encapsulation,
    Lab,
    PolicySet,
    Switch,
)
from labs.errors import RulesError
from labs.kubeconfig import KubeconfigError
from labs.settings import LabSettings
from tests.components.conftest import resolved, run, use_mocks
from tests.components.recorder import FQDN, Recorder, Registration
from tests.labs.cases import AZURE, BASELINES, MANAGED, NKE, WINDOWS

NAMED = replace(NKE, node_names="a, b")
_INSIDE = ("operator", "calico", "app-namespaces", "policies", "app")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the kubeconfig that the nke stack names."""
    config = {
        "contexts": [{"name": "plain", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    (tmp_path / "kubeconfig-plain").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def composed(settings: LabSettings) -> tuple[Recorder, dict[str, Any]]:
    recorder = use_mocks()
    outputs = resolved(run(lambda: compose(settings)))
    return recorder, {name: value for name, (value, _) in outputs.items()}


def components(recorder: Recorder) -> set[str]:
    """Return the names of the parts; the order in which independent ones arrive is nobody's promise."""
    return {r.name for r in recorder.registrations if not r.custom}


def one(recorder: Recorder, kind: str) -> Registration:
    return recorder.one(f":{kind}")


@pytest.mark.parametrize("lab", [lab for lab in Lab if lab is not Lab.NKE])
def test_a_lab_on_aks_has_the_same_parts_and_everything_inside_goes_with_the_cluster(lab: Lab) -> None:
    recorder, outputs = composed(BASELINES[lab])
    assert components(recorder) == {"lab", "aks", *_INSIDE}
    cluster = one(recorder, "ManagedCluster").urn
    assert {r.deleted_with for r in recorder.registrations if r.name in _INSIDE} == {cluster}
    assert outputs["ipPlan"]["nodes"] >= 2


class TestAzureCni:
    def test_its_second_pool_is_a_resource_and_both_carry_their_label(self) -> None:
        recorder, _ = composed(AZURE)
        [system] = one(recorder, "ManagedCluster").inputs["agentPoolProfiles"]
        pool = one(recorder, "AgentPool").inputs
        assert (system["count"], system["nodeLabels"]) == (1, {"node": "first"})
        assert (pool["count"], pool["nodeLabels"]) == (1, {"node": "second"})

    @pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 3), (3, 5)])
    def test_scaling_leaves_the_cluster_and_everything_in_it_alone(self, before: int, after: int) -> None:
        one_way, other = (
            {
                r.urn: {key: value for key, value in r.inputs.items() if key != "tags"}
                for r in composed(replace(AZURE, node_count=count))[0].registrations
            }
            for count in (before, after)
        )
        changed = {urn for urn in {*one_way, *other} if one_way.get(urn) != other.get(urn)}
        assert {urn.rpartition("::")[2] for urn in changed} == {"aks-pool-second"}

    def test_a_planned_subnet_brings_a_network_and_a_role(self) -> None:
        recorder, _ = composed(replace(AZURE, subnet_cidr="10.224.0.0/24"))
        assert components(recorder) == {"lab", "network", "aks", *_INSIDE}
        kinds = Counter(r.type.rpartition(":")[2] for r in recorder.registrations)
        assert (kinds["VirtualNetwork"], kinds["Subnet"], kinds["RoleAssignment"]) == (1, 1, 1)
        provider = recorder.one("pulumi:providers:kubernetes")
        assert one(recorder, "RoleAssignment").urn in recorder.waits_for(provider)


class TestManagedByAks:
    def test_aks_gets_its_policy_and_the_lab_installs_nothing_of_calico(self) -> None:
        recorder, outputs = composed(MANAGED)
        assert one(recorder, "ManagedCluster").inputs["networkProfile"]["networkPolicy"] == "calico"
        assert components(recorder) == {"lab", "aks", "app-namespaces", "policies", "app"}
        assert "calicoVersion" not in outputs

    def test_only_kubernetes_own_policies_are_written(self) -> None:
        recorder, _ = composed(MANAGED)
        policies = [r.type for r in recorder.registrations if r.name.startswith("policies-")]
        assert policies == ["kubernetes:networking.k8s.io/v1:NetworkPolicy"] * 7


class TestWireguardAndEbpf:
    def test_wireguard_is_one_field_of_felix(self) -> None:
        recorder, _ = composed(BASELINES[Lab.WIREGUARD])
        assert one(recorder, "FelixConfigurationPatch").inputs["spec"] == {"wireguardEnabled": True}

    def test_ebpf_is_the_installations_choice_with_felix_told_to_spare_kube_proxy(self) -> None:
        recorder, _ = composed(BASELINES[Lab.EBPF])
        network = one(recorder, "Installation").inputs["spec"]["calicoNetwork"]
        assert network["linuxDataplane"] == str(Dataplane.BPF)
        assert "bpfEnabled" not in one(recorder, "FelixConfigurationPatch").inputs["spec"]


class TestWindows:
    def test_the_cluster_knows_the_administrator_and_the_pool_is_its_own_resource(self) -> None:
        recorder, _ = composed(WINDOWS)
        cluster = one(recorder, "ManagedCluster")
        assert cluster.inputs["windowsProfile"]["adminUsername"] == "azureuser"
        assert "windowsProfile" in cluster.secret_inputs
        pool = one(recorder, "AgentPool").inputs
        assert (pool["agentPoolName"], pool["osType"], pool["osSKU"], pool["mode"]) == (
            "calico",
            "Windows",
            "Windows2022",
            "User",
        )

    def test_calico_is_told_the_api_servers_name(self) -> None:
        recorder, _ = composed(WINDOWS)
        assert one(recorder, "ConfigMap").inputs["data"]["KUBERNETES_SERVICE_HOST"] == FQDN
        assert one(recorder, "ConfigMap").urn in recorder.waits_for(one(recorder, "Installation"))

    def test_without_windows_nodes_no_pod_of_theirs_is_deployed(self) -> None:
        recorder, outputs = composed(replace(WINDOWS, windows_node_count=0))
        assert recorder.all(":Deployment") == []
        assert recorder.all(":AgentPool") == []
        assert outputs["applicationAddress"] is None
        assert "windowsProfile" in one(recorder, "ManagedCluster").inputs


@pytest.mark.usefixtures("here")
class TestNke:
    def test_it_makes_no_azure_resource(self) -> None:
        recorder, outputs = composed(NAMED)
        assert components(recorder) == {
            "existing",
            "operator",
            "calico",
            "bgp",
            "app-namespaces",
            "policies",
            "app",
        }
        assert not [r for r in recorder.registrations if r.type.startswith("azure-native:")]
        assert (outputs["clusterName"], outputs["reportedNodes"]) == ("plain", ["a", "b"])
        assert "fqdn" not in outputs

    def test_nothing_is_deleted_with_a_cluster_that_stays(self) -> None:
        recorder, _ = composed(NAMED)
        assert {r.deleted_with for r in recorder.registrations} == {""}

    def test_everything_waits_in_the_order_whose_reverse_is_the_destroy(self) -> None:
        recorder, _ = composed(NAMED)
        steps = [
            one(recorder, "Release"),
            one(recorder, "Installation"),
            one(recorder, "APIServer"),
            recorder.all(":CalicoNodeStatus")[0],
            recorder.all(":Namespace")[-1],
            next(r for r in recorder.registrations if r.name == "policies-guestbook-mypolicy"),
            recorder.all(":Deployment")[0],
        ]
        for earlier, later in pairwise(steps):
            assert earlier.urn in recorder.waits_for(later), (earlier.name, later.name)

    def test_existing_calico_gets_status_requests_and_policies_and_no_operator(self) -> None:
        recorder, outputs = composed(replace(NAMED, calico=CalicoSource.EXISTING))
        assert components(recorder) == {"existing", "bgp", "app-namespaces", "policies", "app"}
        assert "calicoVersion" not in outputs

    def test_without_an_api_server_calicos_objects_go_into_its_own_group(self) -> None:
        recorder, _ = composed(
            replace(NAMED, calico=CalicoSource.EXISTING, calico_api_group=CalicoApiGroup.V1)
        )
        groups = {r.type.split(":")[1] for r in recorder.registrations if "projectcalico" in r.type}
        assert groups == {"crd.projectcalico.org/v1"}

    def test_with_vxlan_and_no_bgp_there_is_no_status_to_ask_for(self) -> None:
        settings = replace(NAMED, bgp=Switch.DISABLED, encapsulation=Encapsulation.VXLAN)
        recorder, outputs = composed(settings)
        assert recorder.all(":CalicoNodeStatus") == []
        assert "reportedNodes" not in outputs

    def test_reflectors_are_there_before_anything_uses_the_network(self) -> None:
        recorder, _ = composed(replace(NAMED, route_reflectors="a"))
        assert one(recorder, "BGPConfiguration").urn in recorder.waits_for(recorder.all(":Deployment")[0])

    @pytest.mark.parametrize(
        ("reflectors", "message"),
        [
            pytest.param(
                "plain-mastr-0, plain-worker-0",
                "1 setting cannot be built:\n  calico-labs:routeReflectors is 'plain-mastr-0, plain-worker-0' but the "
                "cluster has no Linux node 'plain-mastr-0'; did you mean 'plain-master-0' (the patch would make a node "
                "of that name, and the full mesh would end)",
                id="typo",
            ),
            pytest.param(
                "x",
                "1 setting cannot be built:\n  calico-labs:routeReflectors is 'x' but the cluster has no Linux node "
                "'x'; set it to names that `kubectl get nodes` prints (the patch would make a node of that name, and "
                "the full mesh would end)",
                id="nothing like it",
            ),
        ],
    )
    def test_a_reflector_that_the_cluster_does_not_have_costs_nothing(
        self, monkeypatch: pytest.MonkeyPatch, reflectors: str, message: str
    ) -> None:
        monkeypatch.setattr(compose_module, "linux_nodes", lambda _: ["plain-master-0", "plain-worker-0"])
        recorder = use_mocks()
        with pytest.raises(RulesError) as caught:
            run(lambda: compose(replace(NKE, route_reflectors=reflectors)))
        assert str(caught.value) == message
        assert recorder.registrations == []

    def test_reflectors_of_the_cluster_are_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compose_module, "linux_nodes", lambda _: ["a", "b"])
        recorder, _ = composed(replace(NKE, route_reflectors="b"))
        assert one(recorder, "NodePatch").inputs["metadata"]["name"] == "b"

    def test_named_nodes_need_not_be_all_so_a_reflector_is_not_looked_for_among_them(self) -> None:
        """Where nobody may ask the cluster, as in a preview, the names are stand-ins."""
        recorder, _ = composed(replace(NAMED, route_reflectors="c"))
        assert one(recorder, "NodePatch").inputs["metadata"]["name"] == "c"

    def test_no_policies_at_all(self) -> None:
        recorder, _ = composed(replace(NAMED, policies=PolicySet.NONE))
        assert not [r for r in recorder.registrations if r.name.startswith("policies-")]

    @pytest.mark.parametrize("bgp", list(Switch), ids=str)
    def test_a_kubeconfig_that_cannot_be_used_costs_nothing(self, bgp: Switch) -> None:
        recorder = use_mocks()
        settings = replace(NAMED, context="other", bgp=bgp, encapsulation=Encapsulation.VXLAN)
        with pytest.raises(KubeconfigError, match="context is 'other' but"):
            run(lambda: compose(settings))
        assert recorder.registrations == []


def test_the_managed_add_on_is_a_choice_of_the_windows_lab_too() -> None:
    managed = replace(WINDOWS, calico_management=CalicoManagement.AKS, policies=PolicySet.KUBERNETES)
    recorder, _ = composed(managed)
    assert one(recorder, "ManagedCluster").inputs["networkProfile"]["networkPolicy"] == "calico"
    assert recorder.all(":Installation") == []
