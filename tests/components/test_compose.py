"""The whole lab as the engine would receive it: who belongs to whom, who waits for whom, and what leaves the
stack."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from components import compose as compose_module
from components.compose import compose
from components.kubernetes_object import child_name
from labs import catalogue, ip_plan, names, next_steps
from labs.enums import Dataplane, PolicySet, Switch
from labs.errors import ManifestError
from labs.manifests import load_folder
from labs.reading import defaults
from labs.settings import LabSettings
from tests.components.conftest import STACK, resolved, run, use_mocks
from tests.components.recorder import ADDRESS, FQDN, KUBECONFIG, Recorder, Registration

_KUBERNETES_PROVIDER = "pulumi:providers:kubernetes"

_WORKLOADS = (":Deployment", ":Service", ":ServiceAccount")
_POLICIES = (":NetworkPolicy", ":GlobalNetworkPolicy")


@dataclass(frozen=True)
class Lab:
    """One composed lab: what was registered, and what came out."""

    recorder: Recorder
    outputs: dict[str, tuple[Any, bool]]


@cache
def composed(**changes: Any) -> Lab:
    """Compose the byocni lab with some settings changed; once per set of changes, for it takes a moment."""
    settings = replace(defaults(STACK), **changes)
    recorder = use_mocks()
    outputs = run(lambda: compose(settings))
    return Lab(recorder, resolved(outputs))


def everything() -> Lab:
    """Compose the lab with every optional part switched on."""
    return composed(dataplane=Dataplane.BPF, wireguard=Switch.ENABLED)


def kinds(lab: Lab, *suffixes: str) -> list[Registration]:
    found = [registration for suffix in suffixes for registration in lab.recorder.all(suffix)]
    assert found, f"nothing of {suffixes} in the lab"
    return found


class TestBelonging:
    """A child without a parent loses its provider and lands in whatever cluster the user last looked at."""

    def test_every_resource_but_the_components_is_the_child_of_a_component(self) -> None:
        lab = everything()
        components = {r.urn: r.name for r in lab.recorder.registrations if not r.custom}
        for registration in lab.recorder.registrations:
            if registration.custom:
                assert registration.parent in components, registration.name
                assert registration.name.startswith(f"{components[registration.parent]}-")

    def test_every_kubernetes_resource_uses_the_clusters_own_provider(self) -> None:
        lab = everything()
        [provider] = kinds(lab, _KUBERNETES_PROVIDER)
        in_kubernetes = [r for r in lab.recorder.registrations if r.type.startswith("kubernetes:")]
        elsewhere = [r.name for r in lab.recorder.registrations if r.custom and r not in in_kubernetes]
        assert elsewhere == ["lab-group", "aks-cluster", "aks-provider"]
        for registration in in_kubernetes:
            assert registration.provider.rpartition("::")[0] == provider.urn, registration.name

    def test_nothing_of_ours_carries_an_alias_yet(self) -> None:
        ours = [r for r in everything().recorder.registrations if not r.type.startswith("azure-native:")]
        assert [r.aliases for r in ours if not r.type.endswith(":Release")] == [()] * (len(ours) - 1)


_ORDER: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("cluster after group", (":ManagedCluster",), (":ResourceGroup",)),
    ("provider after cluster", (_KUBERNETES_PROVIDER,), (":ManagedCluster",)),
    ("operator after provider", (":Release",), (_KUBERNETES_PROVIDER,)),
    ("services endpoint after operator", (":ConfigMap",), (":Release",)),
    ("Installation after operator", (":Installation",), (":Release",)),
    ("Installation after services endpoint", (":Installation",), (":ConfigMap",)),
    ("APIServer after Installation", (":APIServer",), (":Installation",)),
    ("Felix patch after APIServer", (":FelixConfigurationPatch",), (":APIServer",)),
    ("namespaces after Felix patch", (":Namespace",), (":FelixConfigurationPatch",)),
    ("policies after APIServer", _POLICIES, (":APIServer",)),
    ("policies after namespaces", _POLICIES, (":Namespace",)),
    ("workloads after policies", _WORKLOADS, _POLICIES),
]


class TestOrder:
    """Design decision 8. The same edges, backwards, are the order in which a destroy goes."""

    @pytest.mark.parametrize(
        ("later", "earlier"), [row[1:] for row in _ORDER], ids=[row[0] for row in _ORDER]
    )
    def test_each_step_waits_for_the_one_before(
        self, later: tuple[str, ...], earlier: tuple[str, ...]
    ) -> None:
        lab = everything()
        before = {registration.urn for registration in kinds(lab, *earlier)}
        for registration in kinds(lab, *later):
            assert before <= lab.recorder.waits_for(registration), registration.name

    @pytest.mark.parametrize(
        ("later", "earlier"), [row[1:] for row in _ORDER], ids=[row[0] for row in _ORDER]
    )
    def test_no_step_waits_for_a_later_one(self, later: tuple[str, ...], earlier: tuple[str, ...]) -> None:
        lab = everything()
        after = {registration.urn for registration in kinds(lab, *later)}
        for registration in kinds(lab, *earlier):
            assert not after & lab.recorder.waits_for(registration), registration.name

    def test_without_policies_the_application_still_waits_for_namespaces_and_calico(self) -> None:
        """An empty component passes no dependency on, so this edge has to be given twice."""
        lab = composed(policies=PolicySet.NONE)
        before = {registration.urn for registration in kinds(lab, ":Namespace", ":APIServer")}
        for registration in kinds(lab, *_WORKLOADS):
            assert before <= lab.recorder.waits_for(registration)

    def test_the_application_names_one_policy_not_all(self) -> None:
        """Each name is a line in the state."""
        lab = everything()
        policies = [registration.urn for registration in kinds(lab, *_POLICIES)]
        [app] = kinds(lab, ":DemoApp")
        assert [urn for urn in app.dependencies if urn in policies] == policies[-1:]


class TestDestroy:
    """Deleting the cluster takes what is inside along; asking Calico to leave first has hung for others."""

    def test_every_component_inside_the_cluster_is_deleted_with_it(self) -> None:
        lab = composed()
        [cluster] = kinds(lab, ":ManagedCluster")
        deleted_with = {r.name: r.deleted_with for r in lab.recorder.registrations if not r.custom}
        inside = dict.fromkeys(("operator", "calico", "app-namespaces", "policies", "app"), cluster.urn)
        assert deleted_with == {"lab": "", "aks": "", **inside}

    def test_calico_is_deleted_in_the_background(self) -> None:
        for registration in kinds(composed(), ":Installation", ":APIServer"):
            annotations = registration.inputs["metadata"]["annotations"]
            assert annotations["pulumi.com/deletionPropagationPolicy"] == "background"


class TestWaits:
    """A wait that has no end of its own hangs an `up`."""

    def test_all_that_is_waited_for_has_the_limit_of_the_settings(self) -> None:
        lab = composed(wait_minutes=3)
        waited_for = (":Release", ":Installation", ":APIServer", ":Namespace", *_WORKLOADS)
        assert {r.timeouts for r in kinds(lab, *waited_for)} == {("3m", "3m", "3m")}

    def test_calico_is_waited_for_until_it_says_ready(self) -> None:
        for registration in kinds(composed(), ":Installation", ":APIServer"):
            assert registration.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"


class TestWhatTheSettingsDecide:
    """One catalogue entry and a few settings, not a program a lab."""

    def test_the_pods_of_calicos_pool_are_where_azure_expects_them(self) -> None:
        lab = composed()
        [cluster] = kinds(lab, ":ManagedCluster")
        [installation] = kinds(lab, ":Installation")
        pool = installation.inputs["spec"]["calicoNetwork"]["ipPools"][0]
        assert cluster.inputs["networkProfile"]["podCidr"] == pool["cidr"] == "10.244.0.0/16"

    def test_the_cluster_comes_without_a_cni_and_without_azures_calico(self) -> None:
        [cluster] = kinds(composed(), ":ManagedCluster")
        profile = cluster.inputs["networkProfile"]
        assert (profile["networkPlugin"], profile["networkPolicy"]) == ("none", "none")

    def test_node_count_changes_the_cluster_and_nothing_else(self) -> None:
        two, three = (
            composed(node_count=2).recorder.registrations,
            composed(node_count=3).recorder.registrations,
        )
        inputs = {r.urn: without_expiry(r) for r in two}
        changed = [r.name for r in three if inputs[r.urn] != without_expiry(r)]
        assert changed == ["aks-cluster"]

    @pytest.mark.parametrize(
        ("policy_set", "kubernetes", "calico"),
        [(PolicySet.NONE, 0, 0), (PolicySet.KUBERNETES, 11, 0), (PolicySet.ALL, 11, 1)],
        ids=str,
    )
    def test_the_policy_set_decides_which_policies_exist(
        self, policy_set: PolicySet, kubernetes: int, calico: int
    ) -> None:
        recorder = composed(policies=policy_set).recorder
        counted = (len(recorder.all(":NetworkPolicy")), len(recorder.all(":GlobalNetworkPolicy")))
        assert counted == (kubernetes, calico)

    def test_policies_are_applied_in_file_order(self) -> None:
        files = load_folder(compose_module.ROOT / "policies" / "byocni")
        applied = [r.name for r in composed().recorder.registrations if r.name.startswith("policies-")]
        assert applied == [child_name("policies", manifest.body) for manifest in files]

    def test_without_ebpf_and_wireguard_nothing_is_patched_and_no_endpoint_is_given(self) -> None:
        recorder = composed().recorder
        assert recorder.all(":FelixConfigurationPatch") == []
        assert recorder.all(":ConfigMap") == []

    def test_ebpf_tells_calico_the_clusters_own_host_name(self) -> None:
        [endpoint] = kinds(composed(dataplane=Dataplane.BPF), ":ConfigMap")
        assert endpoint.inputs["data"]["KUBERNETES_SERVICE_HOST"] == FQDN

    def test_ebpf_lets_the_operator_resolve_names_before_there_is_cluster_dns(self) -> None:
        [release] = kinds(composed(dataplane=Dataplane.BPF), ":Release")
        assert release.inputs["values"]["dnsPolicy"] == "Default"

    def test_the_names_in_azure_come_from_the_stack(self) -> None:
        settings = defaults(STACK)
        [group] = kinds(composed(), ":ResourceGroup")
        [cluster] = kinds(composed(), ":ManagedCluster")
        assert group.inputs["resourceGroupName"] == names.resource_group_name(settings)
        assert cluster.inputs["resourceName"] == names.cluster_name(settings)
        assert cluster.inputs["dnsPrefix"] == names.dns_prefix(settings)
        assert cluster.inputs["nodeResourceGroup"] == names.node_resource_group_name(settings)

    def test_group_and_cluster_carry_the_same_tags(self) -> None:
        [group] = kinds(composed(), ":ResourceGroup")
        [cluster] = kinds(composed(), ":ManagedCluster")
        assert set(group.inputs["tags"]) == {"lab", "owner", "expires", "managedBy"}
        assert group.inputs["tags"] == cluster.inputs["tags"]


class TestOutputs:
    """What a reader gets: everything in clear but the kubeconfig."""

    def test_their_names_and_values(self) -> None:
        settings = defaults(STACK)
        values = {name: value for name, (value, _) in composed().outputs.items()}
        assert values == {
            "resourceGroup": "calico-labs-byocni",
            "clusterName": "calico-labs-byocni",
            "fqdn": FQDN,
            "calicoVersion": settings.calico_version,
            "podCidr": "10.244.0.0/16",
            "ipPlan": ip_plan.plan(settings).as_output(),
            next_steps.KUBECONFIG_OUTPUT: KUBECONFIG,
            "getCredentialsCommand": next_steps.credentials_command(settings),
            next_steps.APPLICATION_OUTPUT: ADDRESS,
            "appUrl": f"http://{ADDRESS}/",
            "nextSteps": next_steps.next_steps(settings),
        }

    def test_only_the_kubeconfig_is_secret(self) -> None:
        assert [name for name, (_, secret) in composed().outputs.items() if secret] == ["kubeconfig"]

    def test_the_kubeconfig_goes_to_the_provider_as_a_secret_and_nowhere_else(self) -> None:
        lab = everything()
        holders = [r for r in lab.recorder.registrations if KUBECONFIG in str(r.inputs)]
        assert [(r.type, r.secret_inputs) for r in holders] == [(_KUBERNETES_PROVIDER, {"kubeconfig"})]


class TestRefusal:
    """A manifest that is not acceptable must cost nothing."""

    @pytest.mark.parametrize("field", ["app", "policies"])
    def test_a_missing_folder_is_noticed_before_anything_is_declared(
        self, recorder: Recorder, settings: LabSettings, monkeypatch: pytest.MonkeyPatch, field: str
    ) -> None:
        broken = replace(catalogue.get(settings.lab), **{field: "nowhere"})
        monkeypatch.setattr(catalogue, "get", lambda _: broken)
        with pytest.raises(ManifestError, match="nowhere"):
            run(lambda: compose(settings))
        assert recorder.registrations == []


def without_expiry(registration: Registration) -> dict[str, Any]:
    """Return the inputs but for the one tag that the clock decides and the engine is told to ignore."""
    inputs = dict(registration.inputs)
    if "tags" in inputs:
        inputs["tags"] = {key: value for key, value in inputs["tags"].items() if key != "expires"}
    return inputs
