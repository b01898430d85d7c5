"""The life of probe pods and the matrix they fill, over a cluster in memory whose pods answer by the lab's policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from checks.catalogue import checks_of
from checks.errors import ApiError, CouldNotTestError
from checks.lab import Lab
from checks.result import Report, Skip, Status
from checks.runner import run_all
from checks.traffic import asking, pods
from checks.traffic.mask import body as mask_body
from checks.traffic.session import Options, Phases, Session
from tests.checks.fakes import Body, FakeApi, lab_of, node

RIGHT = {("customer", "summary"), ("summary", "database")}
"""Who reaches whom in the byocni lab, but for the nodes."""


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PAUSE", 0.01)
    monkeypatch.setattr(asking.ask_until, "__defaults__", (0.01, lambda: False))
    monkeypatch.setattr(pods, "_POLL", 0.01)


class Cluster(FakeApi):
    """Pods run at once; a probe's answer follows `allowed`, and everything is open while a mask is there."""

    def __init__(self, allowed: set[tuple[str, str]]) -> None:
        super().__init__()
        self.allowed = allowed
        self.address = 10
        self.objects["/api/v1/nodes/a"] = node("a")
        for name in ("yaobank-customer", "yaobank-summary", "yaobank-database", "kube-system"):
            self.namespace(name)
        self.run_pod("kube-system", "coredns", {"k8s-app": "kube-dns"})
        for tier in ("customer", "summary", "database"):
            self.run_pod(f"yaobank-{tier}", f"{tier}-1", {"app": tier})

    def namespace(self, name: str) -> None:
        body = {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}}
        self.objects[f"/api/v1/namespaces/{name}"] = body

    def run_pod(self, namespace: str, name: str, labels: dict[str, str]) -> None:
        body: Body = {
            "metadata": {"namespace": namespace, "name": name, "labels": labels},
            "spec": {"nodeName": "a"},
        }
        self.objects[f"/api/v1/namespaces/{namespace}/pods/{name}"] = self.running(body)

    def running(self, body: Body) -> Body:
        self.address += 1
        status = {
            "podIP": f"10.244.0.{self.address}",
            "phase": "Running",
            "containerStatuses": [{"state": {"running": {}}}],
        }
        return {**body, "status": status, "spec": {"nodeName": "a", **body["spec"]}}

    def create(self, path: str, body: Body) -> Body:
        super().create(path, body)
        name = body["metadata"]["name"]
        if body["kind"] == "Namespace":
            labels = {**body["metadata"]["labels"], "kubernetes.io/metadata.name": name}
            self.objects[f"{path}/{name}"] = {**body, "metadata": {**body["metadata"], "labels": labels}}
            self.objects[f"{path}/{name}/serviceaccounts/default"] = {"metadata": {"name": "default"}}
        if body["kind"] == "Pod":
            self.objects[f"{path}/{name}"] = self.running(body)
        return body

    def execute(
        self,
        namespace: str,
        pod: str,
        container: str,
        command: Sequence[str],
        seconds: float,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        super().execute(namespace, pod, container, command, seconds, stop)
        source = pod.removeprefix("check-r1-").removesuffix("-a")
        open_ = any("globalnetworkpolicies" in path for path in self.objects)
        lines = []
        for line in command[2].splitlines():
            if line.startswith("p "):
                _, number, address, _ = line.split(" ")
                target = address.strip("'").partition(".")[0]
                good = open_ or source == "node" or (source, target) in self.allowed
                lines.append(f"probe {number} " + ("0" if good else "1 TIMEOUT"))
        return "\n".join([*lines, f"complete {len(lines)}"])


def make(cluster: FakeApi, **options: Any) -> tuple[Session, Lab]:
    session = Session(Options(run="r1", patience=0, **options))
    return session, lab_of("byocni", cluster, session)


def run(lab: Lab) -> Report:
    wanted = [check for check in checks_of(lab) if check.name.startswith("traffic")]
    return run_all(wanted, lab, 0)


def by_name(report: Report) -> dict[str, Status]:
    return {result.name: result.status for result in report.results}


class TestMatrix:
    def test_a_lab_that_does_what_its_files_say_passes(self) -> None:
        _, lab = make(Cluster(RIGHT))
        assert set(by_name(run(lab)).values()) == {Status.PASSED}

    def test_a_pair_that_gets_through_and_should_not_fails_its_target_alone(self) -> None:
        _, lab = make(Cluster({*RIGHT, ("outsider", "summary")}))
        assert by_name(run(lab)) == {
            "traffic/database.yaobank-database:2379": Status.PASSED,
            "traffic/summary.yaobank-summary:80": Status.FAILED,
            "traffic/customer.yaobank-customer:80": Status.PASSED,
        }

    def test_a_pair_that_should_get_through_and_does_not_fails_and_takes_its_neighbours_control_away(
        self,
    ) -> None:
        _, lab = make(Cluster({("customer", "summary")}))
        report = run(lab)
        result = next(r for r in report.results if "database" in r.name)
        assert result.status is Status.FAILED
        actual = {row.subject.partition(" ")[0]: row.actual for row in result.rows}
        assert re.fullmatch(r"denied \(2 attempts in \d+\.\d s\)", actual["summary"])
        assert actual["outsider"].startswith("could not test: nothing reached database.yaobank-database:2379")

    def test_a_target_that_no_pod_may_reach_is_controlled_from_its_node(self) -> None:
        cluster = Cluster(RIGHT)
        _, lab = make(cluster)
        run(lab)
        controls = [pod for pod, _ in cluster.executed if "node" in pod]
        assert controls == ["calico-labs-check-r1/check-r1-node-a"]
        body = cluster.objects["/api/v1/namespaces/calico-labs-check-r1/pods/check-r1-node-a"]
        assert (body["spec"]["hostNetwork"], body["spec"]["nodeName"]) == (True, "a")

    def test_all_probes_of_one_pod_run_in_one_command(self) -> None:
        cluster = Cluster(RIGHT)
        _, lab = make(cluster)
        run(lab)
        assert sorted(pod for pod, _ in cluster.executed if "node" not in pod) == [
            "calico-labs-check-r1/check-r1-outsider",
            "yaobank-customer/check-r1-customer",
            "yaobank-database/check-r1-database",
            "yaobank-summary/check-r1-summary",
        ]

    def test_by_hand_is_a_command_that_needs_no_pod_of_the_run(self) -> None:
        session, lab = make(Cluster(RIGHT))
        phases = session.phases(lab)
        assert isinstance(phases, Phases)
        cell = next(c for c in phases.enforced.cells if (c.source, c.target[:7]) == ("customer", "summary"))
        assert cell.reproduce == (
            "kubectl --kubeconfig kubeconfig-byocni -n yaobank-customer run probe --rm -i --restart=Never "
            f"--image={pods.IMAGE} --labels=app=customer "
            "-- connect summary.yaobank-summary.svc.cluster.local:80 --timeout=3s"
        )


class TestFullRun:
    def test_everything_connects_before_and_after_and_the_denies_are_controlled_pair_by_pair(self) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster, full=True)
        report = run(lab)
        assert set(by_name(report).values()) == {Status.PASSED}
        assert {"traffic-baseline", "traffic-baseline-again"} <= set(by_name(report))
        assert not [pod for pod, _ in cluster.executed if "node" in pod]
        assert not [path for path in cluster.objects if "globalnetworkpolicies" in path]
        assert session.close() == []

    def test_the_mask_is_asked_before_every_policy_of_the_labs(self) -> None:
        lab = lab_of("byocni", FakeApi())
        orders = [policy.body["spec"].get("order", 1000) for policy in lab.policies]
        body = mask_body(lab.settings, "r1", ["a", "b"])
        assert body["spec"]["order"] < min(orders)
        assert body["spec"]["namespaceSelector"] == "kubernetes.io/metadata.name in {'a', 'b'}"
        assert body["spec"]["types"] == ["Ingress", "Egress"]


class TestPods:
    def test_everything_is_labelled_with_the_run_and_removed_in_reverse_order(self) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster)
        run(lab)
        made = [path for verb, path in cluster.calls if verb == "CREATE"]
        assert len(made) == 6
        assert all(cluster.objects[path]["metadata"]["labels"][pods.LABEL] == "r1" for path in made)
        assert session.close() == []
        assert [path for verb, path in cluster.calls if verb == "DELETE"] == made[::-1]
        assert session.close() == []

    def test_what_cannot_be_removed_is_said_and_the_rest_is_removed(self) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster)
        run(lab)
        stuck = "/api/v1/namespaces/yaobank-customer/pods/check-r1-customer"
        cluster.refusals[stuck] = ApiError(403, "forbidden")
        assert session.close() == [f"{stuck} is still there (forbidden); labctl check --clean removes it"]
        assert [p for p in cluster.objects if "check-r1" in p and "serviceaccounts" not in p] == [stuck]

    def test_a_probe_pod_is_never_ready_has_no_token_and_ends_by_itself(self) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster)
        run(lab)
        spec = cluster.objects["/api/v1/namespaces/yaobank-customer/pods/check-r1-customer"]["spec"]
        assert spec["readinessGates"] == [{"conditionType": "calico-labs.check/never-ready"}]
        assert spec["automountServiceAccountToken"] is False
        assert spec["activeDeadlineSeconds"] == pods.LIFETIME
        assert spec["serviceAccountName"] == "customer"
        session.close()

    def test_a_pod_that_does_not_start_says_why_and_nothing_has_passed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cluster = Cluster(RIGHT)
        waiting = {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}
        monkeypatch.setattr(
            cluster, "running", lambda body: {**body, "status": {"containerStatuses": [{"state": waiting}]}}
        )
        monkeypatch.setattr(pods.wait_running, "__defaults__", (0.05, lambda: False))
        session, lab = make(cluster)
        report = run(lab)
        assert set(by_name(report).values()) == {Status.UNTESTED}
        assert (
            report.results[0].reason
            == "probe pod of database did not start in 0 s: ErrImagePull no such image"
        )
        assert session.close() == []

    def test_nothing_is_made_on_simulated_nodes(self) -> None:
        cluster = Cluster(RIGHT)
        cluster.objects["/api/v1/nodes/a"] = node("a", port=0)
        session, lab = make(cluster)
        assert session.phases(lab) == Skip(
            "traffic checks need real nodes; 1 of 1 nodes are simulated: no kubelet answers for a"
        )
        assert not [call for call in cluster.calls if call[0] == "CREATE"]

    def test_nothing_is_made_or_asked_after_an_interrupt(self) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster)
        session.stop()
        with pytest.raises(CouldNotTestError, match="the run was interrupted"):
            session.phases(lab)
        assert not [call for call in cluster.calls if call[0] == "CREATE"]

    def test_an_interrupt_between_two_pods_removes_the_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cluster = Cluster(RIGHT)
        session, lab = make(cluster)
        create = cluster.create

        def then_stop(path: str, body: Body) -> Body:
            if body["kind"] == "Pod":
                session.stop()
            return create(path, body)

        monkeypatch.setattr(cluster, "create", then_stop)
        with pytest.raises(CouldNotTestError):
            session.phases(lab)
        assert session.close() == []
        assert [path for verb, path in cluster.calls if verb == "DELETE"] == [
            "/api/v1/namespaces/yaobank-database/pods/check-r1-database",
            "/api/v1/namespaces/calico-labs-check-r1",
        ]

    def test_clean_removes_only_what_carries_the_label(self) -> None:
        cluster = Cluster(RIGHT)
        _, lab = make(cluster)
        run(lab)
        gone, failures = pods.clean(lab.api)
        assert (len(gone), failures) == (6, [])
        assert "/api/v1/namespaces/yaobank-customer/pods/customer-1" in cluster.objects
        assert not [p for p in cluster.objects if "check-r1" in p and "serviceaccounts" not in p]
        assert pods.clean(lab.api) == ([], [])

    def test_clean_removes_the_rest_where_a_part_cannot_be_looked_at(self) -> None:
        cluster = Cluster(RIGHT)
        _, lab = make(cluster)
        run(lab)
        policies = "/apis/projectcalico.org/v3/globalnetworkpolicies"
        cluster.refusals[policies] = ApiError(503, "the server is currently unable")
        gone, failures = pods.clean(lab.api)
        assert len(gone) == 6
        assert failures == [f"{policies} cannot be cleaned up: the server is currently unable"]
