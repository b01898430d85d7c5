"""Why a flow is decided as it is: policy, rule, line, on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from reach.ends import find_points, parse_port
from reach.engine import Engine
from reach.errors import ReachError
from reach.explain import explain
from reach.render.diff_text import explanation_as_text
from reach.topology import load_lab
from reach.traffic import Flow
from sandbox.home import PROJECT
from tests.reach.project import DENY, make_project

ALLOW = """\
# A comment, so that lines count.
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: allow-web, namespace: shop}
spec:
  order: 10
  selector: app == 'web'
  types: [Ingress]
  ingress:
    - action: Log
    - action: Allow
      protocol: TCP
      destination:
        ports: [http]
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(load_lab(make_project(tmp_path, DENY, ALLOW), "byocni").cluster)


def test_both_sides_are_explained_with_file_and_line(engine: Engine) -> None:
    found = explain(engine, find_points(engine, "db"), find_points(engine, "web"), parse_port("8080"))
    assert explanation_as_text("db -> web", found) == (
        "db -> web: allow\n"
        "  allow this flow\n"
        "      egress:  allowed by default, as no policy decides\n"
        "      ingress: allowed by NetworkPolicy shop/allow-web ingress[1] (policies/byocni/01.yaml:11)\n"
        "policies asked for egress of the source: none\n"
        "policies asked for ingress of the destination:\n"
        "  1. NetworkPolicy shop/allow-web (tier default, order 10, policies/byocni/01.yaml:2)\n"
        "  2. KubernetesNetworkPolicy shop/deny (tier default, order 1000, policies/byocni/00.yaml:1)\n"
    )


def test_all_traffic_is_explained_in_as_few_parts_as_there_are_reasons(engine: Engine) -> None:
    found = explain(engine, find_points(engine, "db"), find_points(engine, "web"))
    assert found.verdict == "mixed"
    assert [(part.allow, part.traffic) for part in found.parts] == [
        (True, "TCP 8080"),
        (False, "all but TCP 8080"),
    ]
    assert (
        found.parts[1].ingress == "denied at the end of tier default, where no rule of its policies matched"
    )


def test_an_address_is_an_end(engine: Engine) -> None:
    found = explain(
        engine, find_points(engine, "198.51.100.7"), find_points(engine, "shop/web"), parse_port("tcp/8080")
    )
    assert found.verdict == "allow"
    assert found.asked_egress == ()


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("80", Flow(6, 80, 45678)),
        ("udp/53", Flow(17, 53, 45678)),
        ("53/UDP", Flow(17, 53, 45678)),
        ("sctp:9", Flow(132, 9, 45678)),
        ("icmp", Flow(1, icmp=(8, 0))),
        ("47", Flow(6, 47, 45678)),
        ("protocol/47", Flow(47)),
        ("protocol/1", Flow(1, icmp=(8, 0))),
    ],
)
def test_a_port_is_read(text: str, flow: Flow) -> None:
    assert parse_port(text) == flow


@pytest.mark.parametrize(
    "text",
    ["", "tcp", "70000", "icmp/8", "tcp/80/udp", "http", "-1", "protocol/6", "protocol/256", "protocol/"],
)
def test_a_port_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ReachError, match="is not a port; write 80, udp/53, 53/UDP, icmp or protocol/47"):
        parse_port(text)


def test_an_end_that_means_nothing_is_refused_with_the_nearest(engine: Engine) -> None:
    with pytest.raises(ReachError) as refused:
        find_points(engine, "wbe")
    assert str(refused.value) == "'wbe' is neither a workload, a region nor an address; did you mean web"


def test_a_region_without_an_address_is_refused_and_not_called_denied() -> None:
    engine = Engine(load_lab(PROJECT, "azurecni").cluster)
    with pytest.raises(ReachError) as refused:
        find_points(engine, "nodes")
    assert str(refused.value) == (
        "'nodes' is a region but no address of this lab is in it; name another, or an address "
        "(with Azure CNI nodes and pods have theirs in one range, the pod range)"
    )


def test_ends_of_two_ip_versions_are_refused_and_not_called_denied(engine: Engine) -> None:
    with pytest.raises(
        ReachError, match="the two ends have no IP version in common; name two of one version"
    ):
        explain(engine, find_points(engine, "2001:db8::1"), find_points(engine, "web"))
