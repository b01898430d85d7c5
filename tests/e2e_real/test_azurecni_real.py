"""The azurecni lab on two real nodes: pods come by the nodes' own CNI plugin, and Calico is the policy engine.

Azure's plugin cannot be built (docs/real-nodes.md); a small routed plugin stands in its place. What Calico does is the
same in both cases: it finds the pods' interfaces by their names and puts policies on them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.home import PROJECT
from sandbox.tools import Toolbox
from tests.e2e_real.changing import without
from tests.e2e_real.conftest import RealLab, on
from tests.e2e_real.kubectl import namespace_body, on_machine, probe_pod, wait_for

pytestmark = on("azurecni")
SUBNET = ipaddress.ip_network("10.224.0.0/16")
_LINUX = "kubernetes.io/os=linux"
SERVER = {"app": "win-web-container"}
DEFAULT_DENY = "/apis/projectcalico.org/v3/globalnetworkpolicies/default-deny"


class TestPolicyOnly:
    """Azure CNI gives pods their addresses; Calico gives none and routes nothing."""

    def test_pods_have_addresses_of_the_nodes_own_subnet(self, real: RealLab) -> None:
        pods = real.kubectl.items("pods", "-n", "yaobank")
        assert len(pods) >= 3
        assert all(ipaddress.ip_address(pod["status"]["podIP"]) in SUBNET for pod in pods)
        assert real.kubectl.get("installation", "default")["spec"]["cni"]["type"] == "AzureVNET"
        assert real.kubectl.items("ippools.crd.projectcalico.org") == []

    def test_calico_has_every_pods_interface_under_its_policy(self, real: RealLab) -> None:
        for node in real.kubectl.items("nodes", "-l", _LINUX):
            name = node["metadata"]["name"]
            links = on_machine(real.home, f"node {name}", "ip", "-o", "link").stdout
            interfaces = {line.split()[1].split("@")[0] for line in links.splitlines() if ": azv" in line}
            assert interfaces
            rules = on_machine(real.home, f"node {name}", "iptables-nft-save", "-t", "filter").stdout
            dispatched = {
                words[words.index("-o") + 1]
                for words in (line.split() for line in rules.splitlines())
                if "-o" in words and words[1].startswith("cali-to-wl-dispatch")
            }
            assert interfaces <= dispatched


def pages(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*.yaml"))
    assert files
    return [dict(b) for f in files for b in yaml.safe_load_all(f.read_text(encoding="utf-8")) if b]


class TestWindowsPolicies:
    """The windows lab's policies on Linux pods in the place of its server: the words are the same, HNS is not seen."""

    SPACE, STRANGERS = "win-web-demo", "strangers"

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, real: RealLab) -> Iterator[str]:
        """A pod with the server's labels, one beside it and one elsewhere; no policy yet. Its address."""
        spaces = [namespace_body(cls.SPACE), namespace_body(cls.STRANGERS)]
        ports = ["80", "81"]
        pods = [
            probe_pod(cls.SPACE, "web", SERVER, ports),
            probe_pod(cls.SPACE, "beside", {"app": "beside"}, ports),
            probe_pod(cls.STRANGERS, "stranger", {"app": "stranger"}, ports),
        ]
        real.kubectl.apply(*spaces, *pods)
        try:
            for pod in pods:
                space, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
                real.kubectl.run(
                    "wait", "-n", space, f"pod/{name}", "--for=condition=Ready", "--timeout=120s"
                )
            yield str(real.kubectl.get("pod", "web", "-n", cls.SPACE)["status"]["podIP"])
        finally:
            real.kubectl.delete(*spaces)

    def everything(self, real: RealLab, toolbox: Toolbox, server: str) -> dict[str, str]:
        """Ask for everything that the policies could tell apart; return who -> what, and the word."""
        other = real.kubectl.get("pod", "stranger", "-n", self.STRANGERS)["status"]["podIP"]
        name = "kubernetes.default.svc.cluster.local:443"
        asked = {
            (self.STRANGERS, "stranger"): [f"{server}:80", f"{server}:81"],
            (self.SPACE, "beside"): [f"{server}:80", f"{other}:80", name],
            (self.SPACE, "web"): [f"{other}:80", name],
        }
        found = {}
        for (space, pod), targets in asked.items():
            for target, word in real.kubectl.probe(space, pod, *targets).items():
                what = target.replace(server, "web").replace(other, "stranger").replace(name, "api")
                found[f"{pod} -> {what}"] = word
        for port in (80, 81):
            probe = (str(toolbox.path("lab-programs")), "probe", f"{server}:{port}")
            found[f"outside -> web:{port}"] = on_machine(real.home, "router", *probe).stdout.strip()
        return found

    def test_they_decide_as_they_say(self, real: RealLab, toolbox: Toolbox, server: str) -> None:
        def become(wanted: dict[str, str]) -> None:
            wait_for(str(wanted), lambda: self.everything(real, toolbox, server) == wanted)

        policies = pages(PROJECT / "policies" / "windows")
        # The default deny of all namespaces is the same text in both labs, and this lab's is there already.
        (whole,) = [body for body in policies if body["kind"] == "GlobalNetworkPolicy"]
        assert whole in pages(PROJECT / "policies" / "azurecni")
        own = [body for body in policies if body is not whole]
        closed = {
            "stranger -> web:80": "CONNECTED",
            "stranger -> web:81": "TIMEOUT",
            "beside -> web:80": "TIMEOUT",  # let in, but not let out
            "beside -> stranger:80": "TIMEOUT",
            "beside -> api": "TIMEOUT",  # the name is looked up, the way is closed
            "web -> stranger:80": "TIMEOUT",
            "web -> api": "TIMEOUT",
            "outside -> web:80": "CONNECTED",
            "outside -> web:81": "TIMEOUT",
        }
        with without(real.lab.api(), DEFAULT_DENY):
            become(dict.fromkeys(closed, "CONNECTED"))
            real.kubectl.apply(*own)
            become(closed)
        try:
            become({**closed, "stranger -> web:80": "TIMEOUT"})  # strangers may not go out any more
        finally:
            real.kubectl.delete(*own)
