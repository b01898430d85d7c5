"""Random small clusters against Calico's own calculation graph: its recorded verdicts everywhere, the program itself
where it is there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.reach.oracle import ask, cluster, comparable, ours
from tests.reach.recorded import BLOCK, clusters_of, line_of, lines

ORACLE = os.environ.get("CALICO_LABS_ORACLE", "")
CLUSTERS = int(os.environ.get("CALICO_LABS_ORACLE_CLUSTERS", "200"))
SEED = int(os.environ.get("CALICO_LABS_ORACLE_SEED", "1"))
RECORDED = int(os.environ.get("CALICO_LABS_RECORDED_CLUSTERS", "300"))

needs_oracle = pytest.mark.skipif(
    not ORACLE,
    reason="CALICO_LABS_ORACLE does not name the oracle's program, which is built from ../shared/oracle",
)


class TestRecordedVerdicts:
    """What Calico said once about clusters that can be made again, flow by flow."""

    def test_there_are_many(self) -> None:
        found = lines()
        assert len(found) * BLOCK >= 2000
        assert len({line.digest for line in found}) == len(found)
        assert RECORDED >= BLOCK

    def test_calico_has_said_the_same(self) -> None:
        for number, recorded in enumerate(lines()[: RECORDED // BLOCK]):
            cases = clusters_of(number)
            found = line_of(cases, [flow["allow"] for case in cases for flow in case["expect"]])
            assert found.digest == recorded.digest, (
                "these are other clusters than those that Calico was asked about; ask it again (recorded.py)"
            )
            assert found.verdicts == recorded.verdicts, f"clusters {BLOCK * number} to {BLOCK * number + 9}"

    def test_one_other_verdict_would_be_noticed(self) -> None:
        cases = clusters_of(0)
        allowed = [flow["allow"] for case in cases for flow in case["expect"]]
        allowed[17] = not allowed[17]
        assert line_of(cases, allowed).verdicts != lines()[0].verdicts


@needs_oracle
def test_calico_agrees_and_for_the_same_reasons() -> None:
    """Not the verdict alone: the policy, the rule, the tier's end or the profile that decides, on both sides."""
    cases = [cluster(SEED, number) for number in range(CLUSTERS)]
    theirs = ask(Path(ORACLE), cases)
    mine = [answer for case in cases for answer in ours(case)]
    assert len(mine) == len(theirs)
    pairs = [(comparable(one), comparable(other)) for one, other in zip(theirs, mine, strict=True)]
    found = [f"Calico: {one}\nours:   {other}" for one, other in pairs if one != other]
    assert not found, "\n".join(found[:10])


@needs_oracle
def test_calico_does_not_just_say_what_is_expected() -> None:
    case = cluster(SEED, 1)
    before = ask(Path(ORACLE), [case])
    for flow in case["expect"]:
        flow["allow"] = not flow["allow"]
    assert ask(Path(ORACLE), [case]) == before


def test_random_clusters_hold_everything_that_is_compared() -> None:
    text = json.dumps([cluster(SEED, number) for number in range(200)])
    for word in (
        *(
            "GlobalNetworkPolicy",
            "networking.k8s.io/v1",
            "NetworkSet",
            "GlobalNetworkSet",
            "services",
            "endPort",
        ),
        *(
            "notSelector",
            "namespaceSelector",
            "serviceAccounts",
            "notNets",
            "notPorts",
            "notProtocol",
            "notICMP",
        ),
        *("ipBlock", "except", "matchExpressions", '"Pass"', '"Log"', '"Deny"', "fd00::", "global()"),
    ):
        assert word in text, word
