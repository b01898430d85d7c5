"""`labctl check` as a learner and a CI job run it, on a cluster whose kubeconfig is the stack's secret output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from checks.lab import Lab
from checks.traffic import pods
from sandbox.home import PROJECT
from tests.e2e import harness
from tests.e2e.check.breaking import broken
from tests.e2e.check.test_breaks import BREAKS
from tests.e2e.checking import command, labctl


class TestCommand:
    def test_plain_lines_in_a_pipe(self, up: harness.Lab) -> None:
        result = labctl(up, "check", "byocni")
        assert result.returncode == 0, result.stdout + result.stderr
        lines = result.stdout.splitlines()
        assert "\x1b" not in result.stdout
        assert lines[-1].startswith("stack byocni: ")
        assert ", 0 failed, " in lines[-1]
        assert any(line.startswith("skipped traffic/summary.yaobank-summary:80") for line in lines)

    def test_a_failure_prints_expected_beside_actual_and_how_to_see_it(self, up: harness.Lab) -> None:
        api = up.api()
        with broken(BREAKS["missing policy"], api):
            result = labctl(up, "check", "byocni", "--patience", "0", CALICO_LABS_CHECK_ONLY="policy/*")
        api.close()
        assert result.returncode == 1
        assert (
            "NetworkPolicy allow-from-customer in yaobank-summary  as in the file  not there" in result.stdout
        )
        assert (
            "by hand: kubectl --kubeconfig kubeconfig-byocni get networkpolicies.networking.k8s.io "
            "allow-from-customer -n yaobank-summary -o yaml" in result.stdout
        )
        assert "policies/byocni/23-summary-from-customer.yaml" in result.stdout

    def test_output_for_programs_is_nothing_but_that(self, up: harness.Lab) -> None:
        report = json.loads(labctl(up, "check", "byocni", "--output", "json").stdout)
        assert (report["exitCode"], report["counts"]["failed"]) == (0, 0)
        assert all(check["reason"] for check in report["checks"] if check["status"] == "skipped")
        suite = ElementTree.fromstring(labctl(up, "check", "byocni", "--output", "junit").stdout)
        assert suite.get("failures") == "0"
        assert int(suite.get("tests", 0)) == len(report["checks"])

    def test_a_stack_that_is_not_up_is_an_environment_that_cannot_be_used(self, up: harness.Lab) -> None:
        result = labctl(up, "check", "azurecni")
        assert result.returncode == 3
        assert "stack azurecni gives no kubeconfig" in result.stderr

    def test_the_kubeconfig_is_not_printed_or_written(self, up: harness.Lab) -> None:
        key = yaml.safe_load(up.kubeconfig())["users"][0]["user"]["client-key-data"]
        result = labctl(up, "check", "byocni", "--output", "json")
        assert key not in result.stdout + result.stderr
        assert not list(up.project.glob("kubeconfig*"))


def left_over(admin: Lab) -> list[str]:
    """Return what carries the label of a run and is not on its way out."""
    found: list[dict[str, Any]] = []
    for path in ("/api/v1/namespaces", "/api/v1/pods"):
        found += admin.api.list(path, labelSelector=pods.LABEL)
    return [item["metadata"]["name"] for item in found if "deletionTimestamp" not in item["metadata"]]


class TestRunThatIsEnded:
    """Nodes claim a kubelet here, so that traffic checks make their pods; nobody answers for it.

    Whatever ends the run, a result, Ctrl-C or kill, nothing of it is left, or one command takes it away.
    """

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _nodes_claim_a_kubelet(cls, up: harness.Lab) -> Iterator[None]:
        api = up.api()
        paths = [f"/api/v1/nodes/{node['metadata']['name']}/status" for node in api.list("/api/v1/nodes")]

        def claim(port: int) -> None:
            for path in paths:
                api.merge(path, {"status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}})

        claim(10250)
        yield
        claim(0)
        api.close()

    @pytest.fixture
    def running(self, up: harness.Lab, admin: Lab) -> Iterator[subprocess.Popen[str]]:
        """A run whose pods are there."""
        line, environment = command(up, "check", "byocni", "--only", "traffic/*")
        with subprocess.Popen(
            line,
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            deadline = time.monotonic() + 120
            while len(left_over(admin)) < 5:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)

    def test_what_could_not_be_asked_is_unknown_and_never_good(self, up: harness.Lab, admin: Lab) -> None:
        result = labctl(up, "check", "byocni", "--only", "traffic/*", "--patience", "0")
        assert result.returncode == 3, result.stdout + result.stderr
        lines = result.stdout.splitlines()
        assert [line.split()[0] for line in lines if " traffic/" in line[:16]] == ["UNKNOWN"] * 3
        assert "0 passed, 0 failed, 0 skipped, 3 could not be tested" in lines[-1]
        assert left_over(admin) == []

    @pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
    def test_ctrl_c_takes_away_what_was_made(
        self, running: subprocess.Popen[str], admin: Lab, times: int
    ) -> None:
        for _ in range(times):
            os.kill(running.pid, signal.SIGINT)
            time.sleep(0.1)
        _, said = running.communicate(timeout=120)
        assert (running.returncode, said.splitlines()[-1]) == (130, "interrupted")
        assert "Traceback" not in said
        assert left_over(admin) == []

    def test_kill_takes_away_what_was_made(self, running: subprocess.Popen[str], admin: Lab) -> None:
        os.kill(running.pid, signal.SIGTERM)
        running.communicate(timeout=120)
        assert running.returncode == 130
        assert left_over(admin) == []

    def test_what_a_killed_run_leaves_one_command_removes(
        self, running: subprocess.Popen[str], up: harness.Lab, admin: Lab
    ) -> None:
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=120)
        count = len(left_over(admin))
        assert count >= 5
        result = labctl(up, "check", "byocni", "--clean")
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines()[-1] == f"{count} left-over object(s) removed"
        assert left_over(admin) == []
        assert labctl(up, "check", "byocni", "--clean").stdout == "nothing is left over\n"
