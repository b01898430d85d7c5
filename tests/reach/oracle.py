"""Calico's own calculation graph, asked about random clusters: a Go program that reads case files.

It says for every flow whether Calico v3.28.5 lets it through and which rule, tier end or profile decides on each side.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reach.engine import Decision
from reach.model import Direction
from tests.reach.clusters import Case, Generator, judged

_AT_ONCE = 500
"""Clusters in one file; a file of them is read in a few seconds."""

_LINE = re.compile(
    r"(?:ok|MISMATCH) (?P<case>[^:]+): \S+ -> \S+ \S+ (?:expected allow=\w+ got )?(?P<allow>true|false) "
    r"\((?:egress: (?P<egress>.*?))? ?(?:ingress: (?P<ingress>.*))?\)"
)
_TIER_END = re.compile(r" \(last [^)]*\)")


@dataclass(frozen=True)
class Answer:
    """What Calico says about one flow; a side without a pod decides nothing and is empty."""

    case: str
    allow: bool
    egress: str
    ingress: str


def cluster(seed: int, number: int) -> Case:
    """Return one random cluster, as Calico v3.28 would sort its policies."""
    return Generator(seed * 1_000_000 + number).case(f"random-{seed}-{number}")


def ask(oracle: Path, cases: Sequence[Case]) -> list[Answer]:
    """Return Calico's answers to all flows of all cases, in their order.

    Raises:
        RuntimeError: the program could not judge all of them, so its answers would prove less than they seem to.
    """
    answers: list[Answer] = []
    for start in range(0, len(cases), _AT_ONCE):
        answers += _ask(oracle, cases[start : start + _AT_ONCE])
    return answers


def _ask(oracle: Path, cases: Sequence[Case]) -> list[Answer]:
    with tempfile.TemporaryDirectory(prefix="calico-labs-oracle-") as folder:
        file = Path(folder) / "random.yaml"
        known = [{key: value for key, value in case.items() if key != "release"} for case in cases]
        file.write_text(json.dumps({"cases": known}), encoding="utf-8")
        done = subprocess.run(
            [str(oracle), str(file)],
            env={**os.environ, "V": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=590,
        )
    lines = done.stdout.splitlines()
    flows = sum(len(case["expect"]) for case in cases)
    problems = [line for line in lines if line.startswith("PROBLEM")]
    answers = [
        Answer(
            found["case"],
            found["allow"] == "true",
            _TIER_END.sub("", found["egress"] or ""),
            _TIER_END.sub("", found["ingress"] or ""),
        )
        for line in lines
        if (found := _LINE.fullmatch(line))
    ]
    whole = f"skipped(tiers/staged)=0 TOTAL cases={len(cases)} expectations={flows} "
    if problems or len(answers) != flows or not lines[-1].startswith(whole):
        raise RuntimeError("\n".join(["the oracle did not judge every flow", *problems[:20], lines[-1]]))
    return answers


def ours(case: Case) -> list[Answer]:
    """Return this engine's answers, in Calico's words."""
    found = []
    for expected, verdict in judged(case):
        egress, ingress = (
            "" if end.startswith("ip:") else _words(decision, direction, end.partition("/")[0])
            for end, decision, direction in (
                (expected.source, verdict.egress, Direction.EGRESS),
                (expected.destination, verdict.ingress, Direction.INGRESS),
            )
        )
        found.append(Answer(str(case["id"]), verdict.allow, egress, ingress))
    return found


def _words(decision: Decision, direction: Direction, namespace: str) -> str:
    """Return a reason as Calico has it; the rules of a Kubernetes policy are numbered otherwise there."""
    policy, rule = decision.reason.policy, decision.reason.rule
    if policy is None or rule is None:
        tier = decision.reason.tier
        return f"end of tier {tier.name}" if tier else f"profile kns.{namespace}[0] allow"
    prefix = f"{policy.namespace}/" if policy.namespace else ""
    if policy.kind == "KubernetesNetworkPolicy":
        return f"default/{prefix}knp.default.{policy.name} allow"
    path = ("spec", direction.lower())
    assert rule.rule.path[:2] == path, rule.rule.path
    return (
        f"default/{prefix}default.{policy.name}[{rule.rule.path[2]}] {'allow' if decision.allow else 'deny'}"
    )


_OF_KUBERNETES = re.compile(r"(knp\.default\.[^\[]+)\[\d+\]")


def comparable(answer: Answer) -> Answer:
    """Return an answer without the numbers of Kubernetes rules, which Calico multiplies out in its own way."""
    return Answer(
        answer.case,
        answer.allow,
        _OF_KUBERNETES.sub(r"\1", answer.egress),
        _OF_KUBERNETES.sub(r"\1", answer.ingress),
    )
