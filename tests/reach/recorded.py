"""Calico's own verdicts on random clusters, written down, so that they count where its program is not.

Recorded again, after a change of the random clusters, with the program of `oracle.py`:

    .venv/bin/python -m tests.reach.recorded ORACLE 3000
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.reach.clusters import Case
from tests.reach.oracle import Answer, ask, cluster

FILE = Path(__file__).with_name("calico_verdicts.txt")
SEED = 20261127
BLOCK = 10
"""Clusters of one line."""

_HEAD = (
    "# Verdicts of Calico v3.28.5 on random clusters, ten a line: a digest of the clusters, then one bit a flow.\n"
    "# Written by tests/reach/recorded.py; never by hand.\n"
)


@dataclass(frozen=True)
class Line:
    """Ten clusters: by which clusters they are known, and what Calico said about their flows."""

    digest: str
    verdicts: str
    """Hexadecimal; the first flow is the highest bit."""


def lines() -> list[Line]:
    """Return everything that is recorded."""
    text = FILE.read_text(encoding="utf-8").splitlines()
    return [Line(*line.split(" ")) for line in text if not line.startswith("#")]


def clusters_of(number: int) -> list[Case]:
    """Return the clusters of a line."""
    return [cluster(SEED, BLOCK * number + index) for index in range(BLOCK)]


def line_of(cases: Sequence[Case], allowed: Sequence[bool]) -> Line:
    """Return the line of clusters and the verdicts on all their flows."""
    asked = [
        {
            **case,
            "expect": [{**flow, "allow": None} for flow in case["expect"]],
        }  # what is asked, without answers
        for case in cases
    ]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    bits = "".join("1" if allow else "0" for allow in allowed)
    return Line(digest, f"{int(bits, 2):0{(len(bits) + 3) // 4}x}")


def main(oracle: Path, count: int) -> None:
    """Ask Calico and write the file."""
    cases = [case for number in range(count // BLOCK) for case in clusters_of(number)]
    answers: dict[str, list[Answer]] = {}
    for answer in ask(oracle, cases):
        answers.setdefault(answer.case, []).append(answer)
    text = _HEAD
    for start in range(0, len(cases), BLOCK):
        block = cases[start : start + BLOCK]
        line = line_of(block, [answer.allow for case in block for answer in answers[case["id"]]])
        text += f"{line.digest} {line.verdicts}\n"
    FILE.write_text(text, encoding="utf-8")
    print(f"{len(cases)} clusters, {sum(map(len, answers.values()))} flows")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
