"""What a machine lacks for real nodes is named, each thing with its remedy, before anything starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sandbox.errors import SandboxError
from sandbox.home import PROJECT
from sandbox.nodes import choice
from sandbox.nodes.choice import NodesKind
from sandbox.nodes.real import preflight
from sandbox.nodes.real.preflight import Machine, Missing
from tests.e2e_real import conftest

GOOD = Machine(
    platform="linux",
    user=lambda: 0,
    program=lambda name: f"/usr/bin/{name}",
    exists=lambda path: True,
    hierarchies=lambda: [Path("/sys/fs/cgroup/cpu")],
    writable=lambda path: True,
    kernel=lambda script: None,
)


def without(name: str) -> Machine:
    return replace(GOOD, program=lambda asked: None if asked == name else f"/usr/bin/{asked}")


def words(machine: Machine) -> list[str]:
    return [str(item) for item in preflight.missing(machine)]


class TestMissing:
    def test_a_good_machine_lacks_nothing(self) -> None:
        assert words(GOOD) == []

    def test_another_system_is_told_to_simulate(self) -> None:
        assert words(replace(GOOD, platform="darwin")) == [
            "real nodes need Linux, this is darwin; use --nodes simulated"
        ]

    def test_an_ordinary_user_is_told_to_be_root(self) -> None:
        assert words(replace(GOOD, user=lambda: 1000)) == [
            "real nodes need root; run the command with sudo, or use --nodes simulated"
        ]

    @pytest.mark.parametrize("name", sorted(preflight.PACKAGES))
    def test_a_missing_program_is_named_with_its_package(self, name: str) -> None:
        package = preflight.PACKAGES[name]
        assert words(without(name))[0] == (
            f"{name} of the Debian package {package} missing; run: apt-get install {package} "
            "(make node-packages installs all)"
        )

    def test_missing_plugins_are_named_together(self) -> None:
        assert words(replace(GOOD, exists=lambda path: False)) == [
            (
                "/usr/lib/cni/loopback, /usr/lib/cni/portmap, /usr/lib/cni/bandwidth of the Debian package "
                "containernetworking-plugins missing; run: apt-get install containernetworking-plugins "
                "(make node-packages installs all)"
            )
        ]

    def test_no_cgroups_are_named(self) -> None:
        assert words(replace(GOOD, hierarchies=list)) == [
            "no cgroup hierarchy is mounted; mount one at /sys/fs/cgroup"
        ]

    def test_cgroups_that_cannot_be_written_are_named(self) -> None:
        assert words(replace(GOOD, writable=lambda path: False)) == [
            (
                "the cgroup hierarchy /sys/fs/cgroup/cpu cannot be written; "
                "run outside a container, or give it a writable one"
            )
        ]

    def test_each_thing_the_kernel_cannot_do_is_named_with_its_own_word(self) -> None:
        found = words(replace(GOOD, kernel=lambda script: "RTNETLINK answers: Unknown device type"))
        assert len(found) == 6
        assert (
            "the kernel has no VXLAN devices (RTNETLINK answers: Unknown device type); load it with `modprobe vxlan`"
        ) in found

    def test_all_is_told_at_once(self) -> None:
        machine = replace(without("runc"), kernel=lambda script: "no")
        assert len(words(machine)) == 7

    def test_the_kernel_is_not_asked_with_a_program_that_is_missing(self) -> None:
        asked: list[str] = []
        machine = replace(without("ipset"), kernel=asked.append)
        preflight.missing(machine)
        assert asked
        assert not any("ipset" in script for script in asked)


class TestChoice:
    """`--nodes auto` takes real nodes where they can run at once, and says why it did not."""

    @pytest.fixture(autouse=True)
    def machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(preflight, "missing", lambda machine=None: [])
        monkeypatch.setattr(choice.tools, "has_real", lambda: True)

    def test_auto_takes_real_nodes_where_all_is_there(self) -> None:
        assert choice.choose(NodesKind.AUTO) == (
            NodesKind.REAL,
            "real nodes: this machine has all they need, and their programs are built",
        )

    def test_auto_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(preflight, "missing", lambda machine=None: [Missing("no root", "use sudo")])
        assert choice.choose(NodesKind.AUTO) == (
            NodesKind.SIMULATED,
            "simulated nodes: no root; use sudo",
        )

    def test_auto_builds_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(choice.tools, "has_real", lambda: False)
        kind, why = choice.choose(NodesKind.AUTO)
        assert kind is NodesKind.SIMULATED
        assert "build them with `labctl sandbox tools --nodes real`" in why

    def test_real_nodes_that_were_asked_for_are_refused_where_they_cannot_run(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lacking = [Missing("no root", "use sudo"), Missing("no runc", "install it")]
        monkeypatch.setattr(preflight, "missing", lambda machine=None: lacking)
        with pytest.raises(SandboxError) as caught:
            choice.choose(NodesKind.REAL)
        assert str(caught.value) == "real nodes cannot run here:\n- no root; use sudo\n- no runc; install it"

    def test_a_lab_that_they_cannot_run_is_simulated_or_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(preflight, "missing", lambda machine=None: [])
        monkeypatch.setattr(choice.tools, "has_real", lambda: True)
        assert choice.choose(NodesKind.AUTO)[0] is NodesKind.REAL
        assert choice.choose(NodesKind.AUTO, "x is 'y'") == (NodesKind.SIMULATED, "simulated nodes: x is 'y'")
        with pytest.raises(SandboxError) as caught:
            choice.choose(NodesKind.REAL, "x is 'y'")
        assert str(caught.value) == "real nodes cannot run this lab: x is 'y'; use --nodes simulated"

    def test_simulated_nodes_ask_nothing_of_the_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def must_not_be_called(machine: object = None) -> list[Missing]:
            raise AssertionError("must not be called")

        monkeypatch.setattr(preflight, "missing", must_not_be_called)
        assert choice.choose(NodesKind.SIMULATED)[0] is NodesKind.SIMULATED


class TestMustRun:
    """The tests on real nodes are skipped where those cannot run, and fail there if somebody counts on them."""

    def collected(self, monkeypatch: pytest.MonkeyPatch, must_run: str) -> list[pytest.MarkDecorator]:
        marks: list[pytest.MarkDecorator] = []
        monkeypatch.setenv("CALICO_LABS_MUST_RUN", must_run)
        monkeypatch.setattr(
            preflight, "missing", lambda: [Missing("no root", "use sudo"), Missing("no x", "")]
        )
        item = SimpleNamespace(path=Path(conftest.__file__).with_name("test_x.py"), add_marker=marks.append)
        conftest.pytest_collection_modifyitems([cast("pytest.Item", item)])
        return marks

    def test_what_is_missing_skips_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reasons = [mark.kwargs.get("reason") for mark in self.collected(monkeypatch, "")]
        assert "real nodes cannot run here: no root; use sudo" in reasons

    def test_what_is_missing_fails_where_they_must_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(pytest.UsageError, match=r"^real nodes cannot run here: no root; no x$"):
            self.collected(monkeypatch, "1")

    def test_the_workflow_counts_on_them(self) -> None:
        workflow = (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
        assert "CALICO_LABS_MUST_RUN=1 make e2e-real\n" in workflow
