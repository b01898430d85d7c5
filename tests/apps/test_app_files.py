"""The demo applications and policies as files: loadable, complete, and every selector meets something.

A misspelt label is the mistake that Kubernetes never reports: the policy exists, selects nothing and protects
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labs import catalogue
from labs.catalogue import LabSpec
from labs.manifests import Manifest, containers, load_folder

ROOT = Path(__file__).resolve().parents[2]
APP_FOLDERS = sorted(path for path in (ROOT / "apps").iterdir() if path.is_dir())
POLICY_FOLDERS = sorted(path for path in (ROOT / "policies").iterdir() if path.is_dir())
LABS = catalogue.entries()

_OUTSIDE_THE_LAB = {"k8s-app": "kube-dns"}
"""Labels of the only pods that a policy may name though no lab deploys them: the cluster's DNS."""

_CLOSED_AS_A_WHOLE = ("azurecni", "windows")
"""Policy folders with a default deny for the whole cluster; on lab byocni each namespace has its own."""


def name_of(value: Path | LabSpec) -> str:
    return value.name if isinstance(value, Path) else str(value.lab)


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest.kind in kinds]


def pods(manifests: list[Manifest]) -> list[tuple[str, Mapping[str, str]]]:
    """Return namespace and labels of the pods that the workloads would run."""
    found = []
    for manifest in of_kind(manifests, "Deployment", "StatefulSet", "DaemonSet", "Job"):
        labels = manifest.body["spec"]["template"]["metadata"]["labels"]
        found.append((str(manifest.namespace), labels))
    return found


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a Kubernetes selector made of matchLabels picks these labels; an empty one picks
    everything."""
    assert set(selector) <= {"matchLabels"}, (
        "this test reads matchLabels only; teach it the rest before using it"
    )
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def test_there_is_something_to_check() -> None:
    assert APP_FOLDERS
    assert POLICY_FOLDERS
    assert LABS


def test_every_folder_belongs_to_a_lab() -> None:
    assert {path.name for path in APP_FOLDERS} == {lab.app for lab in LABS}
    assert {path.name for path in POLICY_FOLDERS} == {lab.policies for lab in LABS}


@pytest.mark.parametrize("folder", [*APP_FOLDERS, *POLICY_FOLDERS], ids=name_of)
class TestFiles:
    """What every YAML file of a lab owes its reader."""

    def test_it_loads_strictly_and_holds_something(self, folder: Path) -> None:
        assert load_folder(folder)

    def test_it_starts_with_a_comment_that_says_what_it_is_for(self, folder: Path) -> None:
        for path in folder.glob("*.yaml"):
            assert path.read_text().startswith("# "), path.name

    def test_its_name_starts_with_its_place_in_the_order(self, folder: Path) -> None:
        for path in folder.glob("*.yaml"):
            assert path.name[:2].isdigit(), path.name
            assert path.name[2] == "-", path.name


@pytest.mark.parametrize("folder", APP_FOLDERS, ids=name_of)
class TestApplications:
    """An application that starts, is found by its Services and asks for no more than it needs."""

    def test_namespaces_come_first_and_cover_everything(self, folder: Path) -> None:
        """The guestbook has one more, for the visitors that its policy lets in."""
        manifests = load_folder(folder)
        namespaces = of_kind(manifests, "Namespace")
        assert manifests[: len(namespaces)] == namespaces
        visitors = {"testns"} if folder.name == "guestbook" else set()
        used = {m.namespace for m in manifests if m.kind != "Namespace"}
        assert used | visitors == {n.name for n in namespaces}

    def test_every_service_with_pods_finds_some(self, folder: Path) -> None:
        manifests = load_folder(folder)
        services = [s for s in of_kind(manifests, "Service") if s.body["spec"].get("type") != "ExternalName"]
        assert services
        for service in services:
            selector = {"matchLabels": service.body["spec"]["selector"]}
            found = [
                labels
                for ns, labels in pods(manifests)
                if ns == service.namespace and matches(selector, labels)
            ]
            assert found, service.where

    def test_every_service_port_is_one_that_a_container_listens_on(self, folder: Path) -> None:
        manifests = load_folder(folder)
        for service in of_kind(manifests, "Service"):
            for port in service.body["spec"].get("ports", []):
                listening = [
                    declared["containerPort"]
                    for workload in of_kind(manifests, "Deployment", "StatefulSet", "DaemonSet")
                    if workload.namespace == service.namespace
                    and matches(
                        {"matchLabels": service.body["spec"]["selector"]},
                        workload.body["spec"]["template"]["metadata"]["labels"],
                    )
                    for container in containers(workload.body)
                    for declared in container["ports"]
                ]
                assert port["targetPort"] in listening, service.where

    def test_every_alias_points_at_a_service_that_exists(self, folder: Path) -> None:
        services = of_kind(load_folder(folder), "Service")
        hosts = {f"{s.name}.{s.namespace}.svc.cluster.local" for s in services}
        for service in services:
            if service.body["spec"].get("type") == "ExternalName":
                assert service.body["spec"]["externalName"] in hosts, service.where

    def test_every_host_that_a_container_is_told_is_a_service_that_exists(self, folder: Path) -> None:
        manifests = load_folder(folder)
        hosts = {f"{s.name}.{s.namespace}.svc.cluster.local" for s in of_kind(manifests, "Service")}
        told = [
            variable["value"]
            for manifest in manifests
            for container in containers(manifest.body)
            for variable in container.get("env", [])
            if variable["name"].endswith("_URL")
        ]
        assert bool(told) == (folder.name == "yaobank-org")
        assert set(told) <= hosts

    def test_every_workload_selects_its_own_pods(self, folder: Path) -> None:
        for workload in of_kind(load_folder(folder), "Deployment", "StatefulSet", "DaemonSet"):
            spec = workload.body["spec"]
            assert matches(spec["selector"], spec["template"]["metadata"]["labels"]), workload.where

    def test_every_pod_has_a_service_account_of_its_own_without_a_token(self, folder: Path) -> None:
        manifests = load_folder(folder)
        accounts = {(a.namespace, a.name): a.body for a in of_kind(manifests, "ServiceAccount")}
        for workload in of_kind(manifests, "Deployment", "StatefulSet", "DaemonSet"):
            account = accounts[
                workload.namespace, workload.body["spec"]["template"]["spec"]["serviceAccountName"]
            ]
            assert account["automountServiceAccountToken"] is False

    def test_every_container_asks_for_cpu_and_memory(self, folder: Path) -> None:
        found = [container for manifest in load_folder(folder) for container in containers(manifest.body)]
        assert found
        for container in found:
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, container["name"]

    def test_container_names_are_unique_because_images_are_exchanged_by_name(self, folder: Path) -> None:
        found = [c["name"] for manifest in load_folder(folder) for c in containers(manifest.body)]
        assert len(found) == len(set(found))

    def test_exactly_one_service_gets_an_address_where_there_is_a_cloud_to_give_one(
        self, folder: Path
    ) -> None:
        services = of_kind(load_folder(folder), "Service")
        outside = [s for s in services if s.body["spec"].get("type") == "LoadBalancer"]
        assert len(outside) == (0 if folder.name == "guestbook" else 1)

    def test_the_load_balancer_keeps_the_policy_that_the_source_address_lesson_needs(
        self, folder: Path
    ) -> None:
        for service in of_kind(load_folder(folder), "Service"):
            if service.body["spec"].get("type") == "LoadBalancer":
                assert service.body["spec"]["externalTrafficPolicy"] == "Cluster"
                assert all("appProtocol" not in port for port in service.body["spec"]["ports"])


@pytest.mark.parametrize("lab", LABS, ids=name_of)
class TestPolicies:
    """Policies that meet the pods they are written for, and a pod that no policy forgot."""

    def test_each_file_holds_one_policy(self, lab: LabSpec) -> None:
        policies = load_folder(ROOT / "policies" / lab.policies)
        assert len({policy.path for policy in policies}) == len(policies)

    def test_kubernetes_policies_come_before_calicos(self, lab: LabSpec) -> None:
        calico = [
            p.api_version == "projectcalico.org/v3" for p in load_folder(ROOT / "policies" / lab.policies)
        ]
        assert calico == sorted(calico)
        assert any(calico)

    def test_every_kubernetes_policy_selects_a_pod(self, lab: LabSpec) -> None:
        found = pods(load_folder(ROOT / "apps" / lab.app))
        for policy in kubernetes_policies(lab):
            selector = policy.body["spec"]["podSelector"]
            assert any(ns == policy.namespace and matches(selector, ls) for ns, ls in found), policy.where

    def test_calicos_policy_names_its_tier_and_its_place_beside_kubernetes(self, lab: LabSpec) -> None:
        """Kubernetes' policies count as order 1000; no order comes after them, which is where a default deny
        belongs and nothing else."""
        for policy in calico_policies(lab):
            spec = policy.body["spec"]
            assert spec["tier"] == "default", policy.where
            if "default-deny" in policy.path.stem:
                assert "order" not in spec, policy.where
            else:
                assert spec["order"] < 1000, policy.where

    def test_calicos_policy_of_a_few_pods_meets_one(self, lab: LabSpec) -> None:
        found = pods(load_folder(ROOT / "apps" / lab.app))
        for policy in calico_policies(lab):
            spec = policy.body["spec"]
            selector = spec.get("selector", "all()")
            namespaces = {ns for ns, _ in found}
            if policy.namespace is not None:
                namespaces &= {policy.namespace}
            elif "==" in spec["namespaceSelector"]:
                namespaces = {ns for ns in namespaces if spec["namespaceSelector"].endswith(f"== '{ns}'")}
            assert any(
                ns in namespaces and selector in ("all()", f"app == '{labels['app']}'")
                for ns, labels in found
            ), policy.where

    def test_a_global_default_deny_spares_what_the_cluster_runs_on_and_name_lookups(
        self, lab: LabSpec
    ) -> None:
        found = [
            policy
            for policy in calico_policies(lab)
            if policy.kind == "GlobalNetworkPolicy" and "default-deny" in policy.path.stem
        ]
        assert len(found) == (lab.policies in _CLOSED_AS_A_WHOLE)
        for policy in found:
            spec = policy.body["spec"]
            assert set(spec["types"]) == {"Ingress", "Egress"}
            for spared in (
                "kube-system",
                "calico-system",
                "tigera-operator",
                "gatekeeper-system",
                "kube-public",
            ):
                assert f"'{spared}'" in spec["namespaceSelector"], policy.where
            assert " not in {" in spec["namespaceSelector"]
            assert [(r["action"], r["protocol"], r["destination"]["ports"]) for r in spec["egress"]] == [
                ("Allow", "UDP", [53]),
                ("Allow", "TCP", [53]),
            ]


CLOSED = [lab for lab in LABS if lab.policies != "nke"]
"""Labs that close everything before they open anything; the NKE course only ever forbids something."""


@pytest.mark.parametrize("lab", CLOSED, ids=name_of)
class TestClosedByDefault:
    """Nothing talks that no policy opened, even where Calico's own policies cannot be written."""

    def test_every_pod_is_closed_in_both_directions_by_kubernetes_alone(self, lab: LabSpec) -> None:
        found = pods(load_folder(ROOT / "apps" / lab.app))
        assert found
        for namespace, labels in found:
            directions = {
                direction
                for policy in kubernetes_policies(lab)
                if policy.namespace == namespace and matches(policy.body["spec"]["podSelector"], labels)
                for direction in policy.body["spec"]["policyTypes"]
            }
            assert directions == {"Ingress", "Egress"}, (namespace, labels)

    def test_every_namespace_has_a_default_deny_before_anything_is_opened(self, lab: LabSpec) -> None:
        namespaces = [m.name for m in of_kind(load_folder(ROOT / "apps" / lab.app), "Namespace")]
        closing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        first = kubernetes_policies(lab)[: len(namespaces)]
        assert [policy.body["spec"] for policy in first] == [closing] * len(namespaces)
        assert {policy.namespace for policy in first} == set(namespaces)

    def test_every_peer_of_a_kubernetes_policy_is_a_pod_of_the_lab_or_the_clusters_dns(
        self, lab: LabSpec
    ) -> None:
        found = pods(load_folder(ROOT / "apps" / lab.app))
        peers = 0
        for policy in kubernetes_policies(lab):
            for peer in peers_of(policy):
                peers += 1
                assert set(peer) == {"namespaceSelector", "podSelector"}, policy.where
                wanted = peer["podSelector"]["matchLabels"]
                namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
                if wanted == _OUTSIDE_THE_LAB:
                    assert namespace == "kube-system", policy.where
                else:
                    selector = peer["podSelector"]
                    assert any(ns == namespace and matches(selector, ls) for ns, ls in found), policy.where
        assert peers

    def test_what_one_end_opens_the_other_end_opens_too(self, lab: LabSpec) -> None:
        """A flow is judged twice; one forgotten end looks like a broken application."""
        opened = flows(lab, "egress")
        assert opened == flows(lab, "ingress")
        assert bool(opened) == (len(pods(load_folder(ROOT / "apps" / lab.app))) > 1)


def kubernetes_policies(lab: LabSpec) -> list[Manifest]:
    policies = load_folder(ROOT / "policies" / lab.policies)
    found = [policy for policy in policies if policy.api_version == "networking.k8s.io/v1"]
    assert found
    return found


def calico_policies(lab: LabSpec) -> list[Manifest]:
    policies = load_folder(ROOT / "policies" / lab.policies)
    found = [policy for policy in policies if policy.api_version == "projectcalico.org/v3"]
    assert found
    return found


def peers_of(policy: Manifest) -> list[Mapping[str, Any]]:
    spec = policy.body["spec"]
    return [
        peer
        for rules, field in (("ingress", "from"), ("egress", "to"))
        for rule in spec.get(rules, [])
        for peer in rule.get(field, [])
    ]


def flows(lab: LabSpec, direction: str) -> set[tuple[str, str, str, int]]:
    """Return the pod-to-pod flows that one direction's policies open: both ends, protocol and port."""
    field = "to" if direction == "egress" else "from"
    found = set()
    for policy in kubernetes_policies(lab):
        for rule in policy.body["spec"].get(direction, []):
            for peer in rule.get(field, []):
                if peer["podSelector"]["matchLabels"] == _OUTSIDE_THE_LAB:
                    continue
                namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
                ours, theirs = str(policy.namespace), str(namespace)
                ends = (ours, theirs) if direction == "egress" else (theirs, ours)
                found |= {(*ends, port["protocol"], port["port"]) for port in rule["ports"]}
    return found
