"""`destroy` ends, whatever state the cluster is in: at once where Azure takes the cluster away, and else within the
time limit, with a message that names what stayed; then what the doctor says is done, and `destroy` finishes.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from sandbox import door, engine, plain_clusters
from sandbox.arm.managed_clusters import AKS_VERSION
from sandbox.home import Home, write_private
from sandbox.kube_api import KubeApi
from sandbox.status import process_of
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project
from tests.e2e.labs import running
from tests.faults.agreement import azure_there, in_cluster
from tests.faults.mending import diagnosis, mend

_LIMIT = 1
"""Minutes that anything in the cluster is waited for, set as `waitMinutes`."""
_BOUND = 8 * 60.0
"""Seconds in which a destroy has ended, also on a loaded machine: a few time limits, one after the other."""
_OPERATOR = "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator"
_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
_CLUSTER = "stubborn"


def timed(lab: Lab, *arguments: str) -> tuple[int, str, float]:
    """Destroy, and return exit code, error and seconds."""
    began = time.monotonic()
    outcome = lab.run("destroy", *arguments)
    seconds = time.monotonic() - began
    assert seconds < _BOUND
    assert "Traceback" not in outcome.errors
    return outcome.exit_code, outcome.errors, seconds


def up_with_short_limits(lab: Lab) -> None:
    """Bring the stack up with all the time it wants, then set the limit that deletions keep."""
    lab.must_up()
    assert lab.pulumi("config", "set", "waitMinutes", str(_LIMIT)).returncode == 0
    lab.must_up()


def hold(api: KubeApi, path: str, finalizer: str = "example.org/hold") -> None:
    api.merge(path, {"metadata": {"finalizers": [finalizer]}})


def extra_objects(api: KubeApi) -> None:
    """Put a user's own objects into the cluster: a namespace, a policy, a load balancer."""
    api.create("/api/v1/namespaces", {"metadata": {"name": "mine"}})
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "own"}, "spec": {"podSelector": {}}}
    api.create("/apis/networking.k8s.io/v1/namespaces/mine/networkpolicies", policy)
    service = {"metadata": {"name": "own"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
    api.create("/api/v1/namespaces/mine/services", service)


def without_operator(api: KubeApi) -> None:
    """Scale the operator away and ask for the Installation's deletion, as somebody does who tidies up by hand."""
    api.merge(_OPERATOR, {"spec": {"replicas": 0}})
    _until(lambda: not (api.get(_OPERATOR) or {}).get("status", {}).get("availableReplicas"))
    api.delete(_INSTALLATION)


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


class TestOnAzure:
    """The cluster goes with its group, and everything in it with the cluster: nothing inside is waited for."""

    @pytest.fixture
    def lab(self, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        for lab in running(home, toolbox, tmp_path_factory.mktemp("azure"), "dev"):
            up_with_short_limits(lab)
            yield lab

    def gone(self, lab: Lab) -> None:
        cluster = next(
            body["id"] for id, body in lab.azure().items() if "/managedclusters/calico-labs-dev" in id
        )
        path = str(cluster).partition(door.SUBSCRIPTION)[2]
        door.call(lab.home, "DELETE", path, AKS_VERSION)

    def silent(self, lab: Lab) -> None:
        pid = process_of(lab.home, "kube-apiserver of ")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)

    def expired(self, lab: Lab) -> None:
        name = "calico-labs-dev"
        path = f"/resourceGroups/{name}/providers/Microsoft.ContainerService/managedClusters/{name}"
        door.call(lab.home, "POST", f"{path}/rotateClusterCertificates", AKS_VERSION, {})

    def stuck(self, lab: Lab) -> None:
        api = lab.api()
        without_operator(api)
        hold(api, "/api/v1/namespaces/yaobank-customer")
        extra_objects(api)

    @pytest.mark.parametrize("state", ["gone", "silent", "expired", "stuck"])
    def test_destroy_takes_everything_away_at_the_first_try(self, lab: Lab, state: str) -> None:
        getattr(self, state)(lab)
        code, errors, seconds = timed(lab)
        print(f"AKS, {state}: destroy ended with {code} after {seconds:.0f} s")
        assert code == 0, errors
        assert (lab.resources(), lab.azure()) == ([], {})
        assert diagnosis(lab).findings == ()

    def test_a_new_up_after_the_credentials_were_rotated_replaces_nothing(self, lab: Lab) -> None:
        self.expired(lab)
        assert set(lab.must_up().changed.values()) <= {"update"}
        assert set(lab.must_up().changes) == {"same"}

    def test_a_new_up_after_the_cluster_was_deleted_by_hand(self, lab: Lab) -> None:
        self.gone(lab)
        (finding,) = diagnosis(lab).findings
        assert "is in the state but not in Azure" in finding.what
        mend(lab)
        lab.must_up()
        assert set(lab.must_up().changes) == {"same"}


class TestOnAClusterOfYourOwn:
    """Nobody takes the cluster away, so what holds on inside has to be named."""

    @pytest.fixture
    def there(
        self, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[Lab, KubeApi]]:
        project = make_project(tmp_path_factory.mktemp("own") / "calico-labs")
        engine.prepare(home, toolbox, project)
        file = f"kubeconfig-{_CLUSTER}"
        write_private(project / file, plain_clusters.start(home, _CLUSTER, 1))
        lab = Lab(home, project, "nke")
        for key, value in (("kubeconfig", file), ("context", _CLUSTER)):
            assert lab.pulumi("config", "set", key, value).returncode == 0
        up_with_short_limits(lab)
        yield lab, KubeApi((project / file).read_text(encoding="utf-8"))
        plain_clusters.remove(home, _CLUSTER)

    def finished(self, lab: Lab) -> None:
        code, errors, _ = timed(lab)
        assert code == 0, errors
        assert lab.resources() == []
        assert azure_there(lab) == set()

    def test_cluster_that_is_gone_for_good(self, there: tuple[Lab, KubeApi]) -> None:
        lab, _ = there
        plain_clusters.remove(lab.home, _CLUSTER)
        code, errors, seconds = timed(lab)
        print(f"gone: destroy ended with {code} after {seconds:.0f} s: {errors[:200]}")
        assert code != 0
        assert "unreachable" in errors
        (finding,) = diagnosis(lab).findings
        assert "if the cluster is gone for good" in finding.what
        _, forget, finish = finding.commands
        from tests.faults.killing import shell

        shell(lab, forget)
        shell(lab, finish)
        assert lab.resources() == []

    def test_cluster_that_does_not_answer_for_a_while(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        pid = process_of(lab.home, f"kube-apiserver of {_CLUSTER}")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            before = len(lab.resources())
            code, errors, seconds = timed(lab)
        finally:
            os.kill(pid, signal.SIGCONT)
        print(f"silent: destroy ended with {code} after {seconds:.0f} s")
        assert code != 0
        assert "unreachable" in errors
        assert len(lab.resources()) == before, "nothing is forgotten that is still there"
        self.finished(lab)
        assert in_cluster(api) == set()

    def test_credentials_that_have_expired(self, there: tuple[Lab, KubeApi]) -> None:
        lab, _ = there
        new = plain_clusters.rotate(lab.home, _CLUSTER)
        code, errors, seconds = timed(lab)
        print(f"expired: destroy ended with {code} after {seconds:.0f} s: {errors[:200]}")
        assert code != 0
        assert "unreachable" in errors
        (finding,) = diagnosis(lab).findings
        assert "if the credentials have expired put new ones into kubeconfig-stubborn" in finding.what
        write_private(lab.project / f"kubeconfig-{_CLUSTER}", new)
        from tests.faults.killing import shell

        shell(lab, finding.commands[0])
        assert lab.resources() == []
        assert in_cluster(KubeApi(new)) == set()

    def test_operator_that_was_scaled_away(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        without_operator(api)
        code, errors, seconds = timed(lab)
        print(f"operator scaled away: destroy ended with {code} after {seconds:.0f} s")
        assert code != 0
        assert "finalizers still there" in errors
        assert any("Installation default is being deleted" in f.what for f in diagnosis(lab).findings)
        print(mend(lab))
        self.finished(lab)
        _until(lambda: in_cluster(api) == set())

    def test_operator_that_was_deleted(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        api.delete(_OPERATOR)
        code, errors, seconds = timed(lab)
        print(f"operator deleted: destroy ended with {code} after {seconds:.0f} s")
        assert code != 0
        assert "finalizers still there" in errors
        print(mend(lab))
        self.finished(lab)
        _until(lambda: in_cluster(api) == set())

    def test_namespace_with_a_finalizer_and_an_object_with_one(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        body = {"metadata": {"name": "held", "finalizers": ["example.org/keep"]}, "data": {}}
        api.create("/api/v1/namespaces/guestbook/configmaps", body)
        hold(api, "/api/v1/namespaces/guestbook")
        code, errors, seconds = timed(lab)
        print(f"namespace held: destroy ended with {code} after {seconds:.0f} s")
        assert code != 0
        assert "guestbook" in errors
        found = {finding.what for finding in diagnosis(lab).findings}
        assert found == {
            "namespace guestbook is being deleted and waits for example.org/hold",
            "namespace guestbook is being deleted and waits for configmaps held, which waits for example.org/keep",
        }
        mend(lab)
        self.finished(lab)
        _until(lambda: in_cluster(api) == set())

    def test_objects_of_the_users_own_stay_and_do_not_matter(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        extra_objects(api)
        body = {"metadata": {"name": "inside"}, "data": {}}
        api.create("/api/v1/namespaces/guestbook/configmaps", body)
        self.finished(lab)
        _until(
            lambda: (
                in_cluster(api)
                == {
                    ("v1", "Namespace", "", "mine"),
                    ("networking.k8s.io/v1", "NetworkPolicy", "mine", "own"),
                    ("v1", "Service", "mine", "own"),
                }
            )
        )
