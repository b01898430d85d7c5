"""The story of the byocni lab, step by step: 0 up, 1 nothing to do, 2 one more node, 3 destroy.

The tests of this file run in order and share one stack, as a learner would take the steps.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import time

import psutil
import yaml

from sandbox.calico.companions import is_true
from sandbox.home import PROJECT
from sandbox.status import programs
from tests.e2e.harness import Lab, Outcome

_UP: list[Outcome] = []


def nodes(lab: Lab) -> list[dict[str, object]]:
    return lab.api().list("/api/v1/nodes")


class TestStep0Up:
    def test_up_creates_every_resource(self, lab: Lab) -> None:
        outcome = lab.must_up()
        _UP.append(outcome)
        assert set(outcome.changes) == {"create"}
        made = [
            r for r in lab.resources() if "::default_" not in r["urn"]
        ]  # the engine does not count default providers
        assert outcome.changes["create"] == len(made)

    def test_installation_is_ready_in_the_operator_own_words(self, lab: Lab) -> None:
        api = lab.api()
        for status in ("calico", "apiserver"):
            found = api.get(f"/apis/operator.tigera.io/v1/tigerastatuses/{status}")
            assert found is not None
            assert is_true(found, "Available"), found["status"]
        installation = api.get("/apis/operator.tigera.io/v1/installations/default")
        assert installation is not None
        assert is_true(installation, "Ready")
        assert (
            "tigera.io/operator-cleanup" in installation["metadata"]["finalizers"]
        )  # the real operator was there

    def test_pool_is_the_one_of_the_course_and_of_aks(self, lab: Lab) -> None:
        pool = lab.api().get("/apis/projectcalico.org/v3/ippools/default-ipv4-ippool")
        assert pool is not None
        spec = pool["spec"]
        found = (spec["cidr"], spec["vxlanMode"], spec["ipipMode"], spec["natOutgoing"], spec["blockSize"])
        assert found == ("10.244.0.0/16", "Always", "Never", True, 26)
        (cluster,) = [body for id, body in lab.azure().items() if re.search("/managedclusters/[^/]+$", id)]
        assert cluster["properties"]["networkProfile"]["podCidr"] == spec["cidr"]
        assert cluster["properties"]["networkProfile"]["networkPlugin"] == "none"

    def test_nodes_became_ready_only_after_calico_node(self, lab: Lab) -> None:
        found = nodes(lab)
        assert len(found) == 2
        assert all(is_true(node, "Ready") for node in found)

    def test_application_runs_inside_the_pool_with_an_address(self, lab: Lab) -> None:
        pool = ipaddress.ip_network("10.244.0.0/16")
        pods = [
            p for p in lab.api().list("/api/v1/pods") if p["metadata"]["namespace"].startswith("yaobank-")
        ]
        assert len(pods) == 4
        assert all(ipaddress.ip_address(pod["status"]["podIP"]) in pool for pod in pods)
        assert ipaddress.ip_address(lab.outputs()["applicationAddress"]) in ipaddress.ip_network(
            "203.0.113.0/24"
        )

    def test_every_policy_file_is_an_object_in_the_cluster(self, lab: Lab) -> None:
        api = lab.api()
        wanted = set()
        files = sorted((lab.project / "policies" / "byocni").glob("*.yaml"))
        assert files
        for file in files:
            for body in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                wanted.add((body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]))
        found = {
            ("NetworkPolicy", p["metadata"]["namespace"], p["metadata"]["name"])
            for p in api.list("/apis/networking.k8s.io/v1/networkpolicies")
        } | {
            ("GlobalNetworkPolicy", None, p["metadata"]["name"])
            for p in api.list("/apis/projectcalico.org/v3/globalnetworkpolicies")
        }
        assert wanted <= found

    def test_in_cluster_resources_go_with_the_cluster(self, lab: Lab) -> None:
        resources = lab.resources()
        (cluster,) = [r["urn"] for r in resources if r["type"].endswith(":ManagedCluster")]
        inside = [r for r in resources if r["type"].startswith("kubernetes:")]
        assert inside
        assert {r.get("deletedWith") for r in inside} == {cluster}

    def test_kubernetes_resources_use_the_explicit_provider(self, lab: Lab) -> None:
        inside = [r for r in lab.resources() if r["type"].startswith("kubernetes:")]
        assert {r["provider"].split("::")[-2] for r in inside} == {"aks-provider"}


class TestKubeconfigIsSecret:
    """Not in the exported state, the event log, the outputs or what a user sees."""

    def test_no_key_material_anywhere_in_the_clear(self, lab: Lab) -> None:
        config = yaml.safe_load(lab.kubeconfig())
        user = config["users"][0]["user"]
        key = user["client-key-data"]
        secrets = [
            key,
            key[-60:],
            base64.b64decode(key).decode().splitlines()[1],
            user["client-certificate-data"][:80],
        ]
        places = {
            "exported state": json.dumps(lab.export()),
            "event log": _UP[0].events,
            "outputs": json.dumps(lab.outputs()),
            "output table": lab.pulumi("stack", "output").stdout,
            "preview": lab.pulumi("preview", "--diff", "--show-config").stdout,
        }
        for place, text in places.items():
            assert len(text) > 20, place
            for secret in secrets:
                assert secret not in text, place
        daemon_log = lab.home.daemon_log.read_text(encoding="utf-8")
        assert key[-60:] not in daemon_log

    def test_positive_control_the_secret_is_there_when_asked_for(self, lab: Lab) -> None:
        key = yaml.safe_load(lab.kubeconfig())["users"][0]["user"]["client-key-data"]
        assert key[-60:] in lab.pulumi("stack", "output", "--json", "--show-secrets").stdout

    def test_outputs_in_the_clear_are_names_and_commands(self, lab: Lab) -> None:
        outputs = lab.outputs()
        assert outputs["kubeconfig"] == "[secret]"
        assert outputs["calicoVersion"] == "v3.32.4"
        assert outputs["podCidr"] == "10.244.0.0/16"
        assert outputs["fqdn"].endswith(".hcp.canadacentral.azmk8s.io")
        assert outputs["getCredentialsCommand"].startswith("az aks get-credentials --admin")


class TestStep1NothingToDo:
    def test_preview_finds_no_changes(self, lab: Lab) -> None:
        lab.preview_finds_no_changes()

    def test_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}

    def test_refresh_then_up_changes_nothing(self, lab: Lab) -> None:
        refreshed = lab.run("refresh")
        assert refreshed.exit_code == 0, refreshed.errors
        assert refreshed.changed == {}
        assert set(lab.must_up().changes) == {"same"}

    def test_expiry_is_not_moved_by_an_up(self, lab: Lab) -> None:
        group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/calico-labs-byocni"
        before = lab.azure()[group]["tags"]["expires"]
        time.sleep(1.1)
        lab.must_up()
        assert lab.azure()[group]["tags"]["expires"] == before

    def test_stack_files_stay_as_committed(self, lab: Lab) -> None:
        for name in ("Pulumi.yaml", "Pulumi.byocni.yaml", "Pulumi.dev.yaml"):
            assert (lab.project / name).read_bytes() == (PROJECT / name).read_bytes()


class TestStep2OneMoreNode:
    def test_node_count_updates_one_resource_and_a_third_node_appears(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "nodeCount=3")
        assert outcome.changes.get("update") == 1
        assert set(outcome.changes) == {"same", "update"}
        (urn,) = [urn for urn, operation in outcome.changed.items() if operation == "update"]
        assert "ManagedCluster" in urn
        assert len(nodes(lab)) == 3

    def test_third_node_becomes_ready_through_calico(self, lab: Lab) -> None:
        deadline = time.monotonic() + 60
        while not all(is_true(node, "Ready") for node in nodes(lab)):
            assert time.monotonic() < deadline
            time.sleep(0.5)

    def test_back_to_two_nodes(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "nodeCount=2")
        assert outcome.changes.get("update") == 1
        assert len(nodes(lab)) == 2


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        assert [p for p in programs(lab.home) if "kube-apiserver" in p.name]
        running = [p.pid for p in programs(lab.home)]
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []
        assert lab.azure() == {}
        assert programs(lab.home) == []
        assert not [pid for pid in running if psutil.pid_exists(pid)]
        assert list(lab.home.clusters.iterdir()) == []
