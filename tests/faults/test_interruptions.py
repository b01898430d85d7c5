"""Less than a killed engine: Ctrl-C, and what `up` needs going away under it for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import daemon
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.nodes.choice import NodesKind
from sandbox.status import process_of, programs
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import running
from tests.e2e.test_lifecycle import Arm
from tests.faults.agreement import azure_in_state, azure_there, in_cluster, in_state
from tests.faults.killing import Moment, Run, during
from tests.faults.mending import mend


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in running(home, toolbox, tmp_path_factory.mktemp("interrupted"), "dev"):
        yield lab
        mend(lab)


@pytest.fixture
def gone_before(lab: Lab) -> None:
    """Each test begins without anything."""
    outcome = lab.run("destroy")
    assert outcome.exit_code == 0, outcome.errors
    assert lab.azure() == {}


def in_order(lab: Lab) -> None:
    """The stack is up, and state, Azure and cluster agree."""
    lab.must_up()
    assert set(lab.must_up().changes) == {"same"}
    assert azure_in_state(lab) == azure_there(lab)
    assert in_state(lab) == in_cluster(lab.api())


@pytest.mark.usefixtures("gone_before")
class TestCtrlC:
    """In `up`, while Calico is waited for: the moment in which people lose patience."""

    def start(self, lab: Lab) -> Run:
        """Bring the stack up until the Installation is being created."""
        run = Run(lab, "up")
        seen = 0
        while not any('"resourcePreEvent"' in line and "calico-installation" in line for line in run.lines):
            seen += 1
            assert run.reach(Moment(seen)), "".join(run.lines[-3:])
        return run

    def test_once_finishes_what_is_under_way_and_the_next_up_goes_on(self, lab: Lab) -> None:
        run = self.start(lab)
        run.interrupt()
        assert run.end() != 0
        assert mend(lab) == [], "nothing is left to be mended"
        in_order(lab)

    def test_twice_ends_at_once_and_the_doctor_knows_how_to_go_on(self, lab: Lab) -> None:
        run = self.start(lab)
        run.interrupt(2)
        assert run.end() != 0
        mend(lab)
        in_order(lab)

    def test_twice_and_then_destroy(self, lab: Lab) -> None:
        run = self.start(lab)
        run.interrupt(2)
        run.end()
        mend(lab)
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.azure() == {}


def killed(lab: Lab, program: str) -> Callable[[], None]:
    """Return the deed that kills a program of the cluster."""

    def deed() -> None:
        pid = process_of(lab.home, f"{program} of ")
        assert pid is not None, program
        os.kill(pid, signal.SIGKILL)

    return deed


def stopped(lab: Lab, program: str, seconds: float) -> Callable[[], None]:
    """Return the deed that lets a program stand still for a while."""

    def deed() -> None:
        pid = process_of(lab.home, f"{program} of ")
        assert pid is not None, program
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    return deed


@pytest.mark.usefixtures("gone_before")
class TestTheClusterUnderUp:
    """A program of the control plane goes away while `up` waits for Calico."""

    @pytest.mark.parametrize(
        ("program", "seconds"),
        [
            pytest.param("kube-apiserver", 0, id="api-server-killed"),
            pytest.param("etcd", 0, id="etcd-killed"),
            pytest.param("kube-controller-manager", 0, id="controllers-killed"),
            pytest.param("kube-apiserver", 8, id="api-server-stands-still"),
            pytest.param("etcd", 8, id="etcd-stands-still"),
        ],
    )
    def test_up_ends_or_says_why_and_the_next_one_finishes(
        self, lab: Lab, program: str, seconds: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deed = stopped(lab, program, seconds) if seconds else killed(lab, program)
        run = TestCtrlC().start(lab)
        deed()
        code = run.end()
        print(f"{program}: the interrupted up ended with {code}")
        mend(lab)
        outcome = lab.up()
        if outcome.exit_code:
            # A server that dies between the deed and the answer leaves an object that the state does not know.
            assert "already exists" in outcome.errors, outcome.errors
            print(f"{program}: an object was made and the answer lost; it is taken over")
            monkeypatch.setenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true")
            lab.must_up()
            monkeypatch.delenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS")
        in_order(lab)

    def test_operator_killed_again_and_again(self, lab: Lab) -> None:
        """As a kubelet would, the sandbox starts it again; the Installation gets Ready all the same."""
        run = TestCtrlC().start(lab)
        for _ in range(3):
            deadline = time.monotonic() + 60
            while process_of(lab.home, "tigera-operator of ") is None:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            killed(lab, "tigera-operator")()
            time.sleep(0.5)
        assert run.end() == 0, "".join(run.lines[-5:])
        in_order(lab)

    def test_sandbox_killed_under_up_and_started_again(self, lab: Lab) -> None:
        def deed() -> None:
            process = daemon.running(lab.home)
            assert process is not None
            process.kill()
            process.wait(30)

        run = TestCtrlC().start(lab)
        deed()
        assert run.end() != 0
        daemon.stop(lab.home)
        assert programs(lab.home) == []
        assert daemon.start(lab.home)
        mend(lab)
        in_order(lab)


_STAGES = (
    "daemon",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "serving",
)


class TestSandboxStart:
    """The daemon killed at every stage of its start, with a cluster to bring back: the next start does it all."""

    @pytest.fixture(scope="class")
    @classmethod
    def own(cls, tmp_path_factory: pytest.TempPathFactory, toolbox: Toolbox) -> Iterator[tuple[Home, str]]:
        assert toolbox is not None
        home = Home(tmp_path_factory.mktemp("own") / "sandbox")
        home.create()
        daemon.start(home)
        arm = Arm(home)
        arm.make_cluster("group", "one")
        config = arm.kubeconfig("group", "one")
        KubeApi(config).create("/api/v1/namespaces", {"metadata": {"name": "kept"}})
        yield home, config
        daemon.stop(home)
        assert programs(home) == []

    def reached(self, home: Home, stage: str) -> bool:
        if stage == "daemon":
            return home.daemon_record.exists()
        if stage == "serving":
            return home.arm_endpoint.exists()
        return process_of(home, f"{stage} of ") is not None

    @pytest.mark.parametrize("stage", _STAGES)
    def test_killed_start_leaves_nothing_and_the_next_one_continues(
        self, own: tuple[Home, str], stage: str
    ) -> None:
        home, config = own
        daemon.stop(home)
        assert programs(home) == []
        process = self.spawn(home)
        deadline = time.monotonic() + 120
        while not self.reached(home, stage):
            assert process.poll() is None
            assert time.monotonic() < deadline, stage
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(30)
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == [], [p.cmdline() for p in alive]

        daemon.stop(home)
        assert programs(home) == []
        assert daemon.start(home)
        assert Arm(home).kubeconfig("group", "one") == config
        assert KubeApi(config).get("/api/v1/namespaces/kept") is not None

    def spawn(self, home: Home) -> subprocess.Popen[bytes]:
        """Start the daemon as `daemon.start` does, without waiting for it."""
        with home.daemon_log.open("ab") as output:
            return subprocess.Popen(
                daemon.command(home, 0.0, NodesKind.SIMULATED),
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def test_during_is_what_the_other_tests_take_it_for(lab: Lab) -> None:
    """A deed that never happened would make every test here say nothing."""
    happened: list[int] = []
    code = during(lab, "up", Moment(2), lambda: happened.append(1))
    assert (code, happened) == (0, [1])
