"""The two exercises of the NKE course, on packets: a Kubernetes policy by namespace, a Calico pair by order.

They run beside the byocni lab, in namespaces of their own: the exercises do not depend on how Calico was installed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.home import PROJECT
from sandbox.tools import Toolbox
from tests.e2e_real.conftest import RealLab
from tests.e2e_real.kubectl import namespace_body, probe_pod, wait_for
from tests.e2e_real.outside import outside_host

POLICIES = PROJECT / "policies" / "nke"
FRONTEND = "frontend.guestbook.svc.cluster.local:80"
BLOCKED, CLOSE, FAR = "192.0.2.10:80", "198.18.0.10:80", "198.19.0.10:80"
"""Hosts outside: documentation and benchmark ranges. The course blocks 8.0.0.0/8, which is somebody's."""


def documents(path: Path) -> list[dict[str, Any]]:
    return [dict(body) for body in yaml.safe_load_all(path.read_text(encoding="utf-8")) if body]


@pytest.fixture(scope="module")
def guestbook(real: RealLab) -> Iterator[RealLab]:
    files = sorted((PROJECT / "apps" / "guestbook").glob("*.yaml"))
    assert files
    bodies = [body for file in files for body in documents(file)]
    namespaces = [body for body in bodies if body["kind"] == "Namespace"]
    visitors = [
        probe_pod("testns", "visitor", {"app": "visitor"}),
        probe_pod("guestbook-strangers", "visitor", {"app": "visitor"}),
    ]
    spaces = [*namespaces, namespace_body("guestbook-strangers")]
    real.kubectl.apply(*spaces)
    try:
        real.kubectl.apply(*(body for body in bodies if body["kind"] != "Namespace"), *visitors)
        for deployment in ("redis-leader", "redis-follower", "frontend"):
            real.kubectl.run(
                "rollout", "status", "-n", "guestbook", f"deployment/{deployment}", "--timeout=120s"
            )
        for space in ("testns", "guestbook-strangers"):
            real.kubectl.run("wait", "-n", space, "pod/visitor", "--for=condition=Ready", "--timeout=60s")
        yield real
    finally:
        real.kubectl.delete(*spaces)


@contextlib.contextmanager
def applied(real: RealLab, *bodies: dict[str, Any]) -> Iterator[None]:
    real.kubectl.apply(*bodies)
    try:
        yield
    finally:
        real.kubectl.delete(*bodies)


class TestGuestbook:
    def test_what_is_written_on_the_leader_is_read_from_a_follower(self, guestbook: RealLab) -> None:
        def page(query: str) -> str:
            url = f"http://{FRONTEND}/guestbook.php?{query}"
            return guestbook.kubectl.run(
                *("exec", "-n", "testns", "visitor", "--", "wget", "-qO-", url)
            ).stdout

        assert "Updated" in page("cmd=set&key=messages&value=hello")
        assert '"data":"hello"' in page("cmd=get&key=messages")


class TestKubernetesPolicy:
    """Part 2: only testns may use the guestbook."""

    def test_testns_connects_and_another_namespace_times_out(self, guestbook: RealLab) -> None:
        strangers = ("guestbook-strangers", "visitor", FRONTEND)
        assert guestbook.kubectl.probe(*strangers) == {FRONTEND: "CONNECTED"}  # before the policy
        with applied(guestbook, *documents(POLICIES / "01-mypolicy.yaml")):
            wait_for(
                "the strangers' time-out",
                lambda: guestbook.kubectl.probe(*strangers)[FRONTEND] == "TIMEOUT",
                seconds=15,
            )
            assert guestbook.kubectl.probe("testns", "visitor", FRONTEND) == {FRONTEND: "CONNECTED"}
        wait_for(
            "the way back",
            lambda: guestbook.kubectl.probe(*strangers)[FRONTEND] == "CONNECTED",
            seconds=15,
        )


class TestCalicoPolicies:
    """Part 3: a deny at order 10 before an allow at order 20."""

    @pytest.fixture
    def hosts(self, guestbook: RealLab, toolbox: Toolbox) -> Iterator[None]:
        programs = toolbox.path("lab-programs")
        with contextlib.ExitStack() as stack:
            for number, target in enumerate((BLOCKED, CLOSE, FAR)):
                address = target.split(":")[0]
                gateway = address.rsplit(".", 1)[0] + ".1"
                host = outside_host(guestbook.home, programs, f"outside{number}", address, gateway, 80)
                stack.enter_context(host)
            yield

    @pytest.mark.usefixtures("hosts")
    def test_the_egress_pair_blocks_one_host_and_lets_two_others_through(self, guestbook: RealLab) -> None:
        asker = probe_pod("guestbook", "asker", {"app": "asker"})
        targets = (BLOCKED, CLOSE, FAR)
        deny, allow = documents(POLICIES / "11-custom-deny-egress.yaml") + documents(
            POLICIES / "12-default-allow-egress.yaml"
        )
        deny["spec"]["egress"][0]["destination"]["nets"] = ["192.0.2.0/24"]
        guestbook.kubectl.apply(asker)
        guestbook.kubectl.run(
            "wait", "-n", "guestbook", "pod/asker", "--for=condition=Ready", "--timeout=60s"
        )
        try:
            before = guestbook.kubectl.probe("guestbook", "asker", *targets)
            assert before == dict.fromkeys(targets, "CONNECTED")
            with applied(guestbook, allow, deny):
                expected = {BLOCKED: "TIMEOUT", CLOSE: "CONNECTED", FAR: "CONNECTED"}
                wait_for(
                    "one host blocked, two not",
                    lambda: guestbook.kubectl.probe("guestbook", "asker", *targets) == expected,
                    seconds=15,
                )
        finally:
            guestbook.kubectl.delete(asker)
