"""`python -m bench.stacks`: what each stack weighs, what previewing all of them takes, and what policies cost.

Every stack is brought up once in a throw-away sandbox; with `--write` the figures go into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import document, policies
from bench.measure import seconds
from bench.project import must_destroy, must_preview, ready, sandbox, small_project, state_bytes
from preview.every_stack import AT_ONCE, Previews, every_stack
from sandbox import engine
from sandbox.home import PROJECT
from tests.e2e.harness import Lab, make_project

Rows = list[list[str]]


@dataclass(frozen=True)
class Weight:
    """One stack, brought up."""

    stack: str
    resources: int
    """All that the state lists, components included."""
    state_bytes: int
    heaviest: str
    """The resource that takes most of the state, with its part of it."""
    up: float
    """Seconds from nothing to Ready."""


@dataclass(frozen=True)
class Sum:
    """All stacks previewed from nothing, beside as many previews of an empty program, one after the other."""

    previews: Previews
    empty: float
    """Median seconds of one preview of an empty program."""

    @property
    def ratio(self) -> float:
        return self.previews.seconds / (self.empty * len(self.previews.stacks))


def weights() -> list[Weight]:
    with sandbox() as (home, box, folder):
        project = make_project(folder / "labs")
        engine.prepare(home, box, project)
        found = []
        for stack in engine.stacks_of(project):
            lab = Lab(home, project, stack)
            with ready(lab):
                up = seconds(lab.must_up)
                resources = lab.resources()
                found.append(Weight(stack, len(resources), state_bytes(lab), heaviest(resources), up))
                must_destroy(lab)
        return found


def previews(runs: int) -> Sum:
    """Take the previews between two halves of the baseline's, so that a noisy minute hits both."""
    with sandbox() as (home, box, folder):
        empty = small_project(home, box, folder / "empty")
        times = [seconds(lambda: must_preview(empty)) for _ in range(runs)]
        found = every_stack(PROJECT, box)
        times += [seconds(lambda: must_preview(empty)) for _ in range(runs)]
    errors = {one.stack: one.errors for one in found.stacks if one.errors}
    if errors:
        raise RuntimeError(f"not every stack can be previewed: {errors}")
    return Sum(found, statistics.median(times))


def heaviest(resources: Sequence[dict[str, Any]]) -> str:
    """Name the resource with the longest entry in the state, and its part of all entries."""
    sizes = {str(r["urn"]).rpartition("::")[2]: len(json.dumps(r)) for r in resources}
    name = max(sizes, key=lambda key: sizes[key])
    return f"{name}, {sizes[name] / sum(sizes.values()):.0%}"


def linearity(points: Sequence[tuple[int, float]]) -> float:
    """Return the seconds of one among the last size's over those of one among the size before; 1 is linear.

    `points` are three sizes, each with the seconds it took.
    """
    (n1, t1), (n2, t2), (n3, t3) = points
    return ((t3 - t2) / (n3 - n2)) / ((t2 - t1) / (n2 - n1))


def _weight_rows(found: Iterable[Weight]) -> Rows:
    return [
        [one.stack, str(one.resources), f"{one.state_bytes / 1024:.0f} KiB", one.heaviest, f"{one.up:.0f} s"]
        for one in found
    ]


def _sum_rows(found: Sum) -> Rows:
    rows = [
        [one.stack, f"{one.seconds:.1f} s", f"{one.seconds / found.empty:.2f}"]
        for one in found.previews.stacks
    ]
    whole = f"all {len(found.previews.stacks)}, {AT_ONCE} at a time"
    return [*rows, [whole, f"{found.previews.seconds:.1f} s", f"{found.ratio:.2f} of their sum"]]


def _cost_title(found: Sequence[policies.Cost]) -> str:
    every_step = linearity([(one.policies, one.on) for one in found])
    at_end = linearity([(one.policies, one.on_state_at_end) for one in found])
    few, some, many = (one.policies for one in found)
    return (
        f"Policies in one stack; each of policies {some + 1} to {many} takes {every_step:.2f} times as long as each of "
        f"{few + 1} to {some}, {at_end:.2f} times if the state is written only at the end"
    )


def _cost_rows(found: Iterable[policies.Cost]) -> Rows:
    return [
        [
            str(one.policies),
            f"{one.on:.1f} s",
            f"{one.on_state_at_end:.1f} s",
            f"{one.off:.1f} s",
            f"{one.preview:.1f} s",
            f"{one.kubectl:.1f} s",
            f"{one.state_bytes / 1024:.0f} KiB",
        ]
        for one in found
    ]


def tables(
    weighed: list[Weight], summed: Sum, costs: list[policies.Cost]
) -> list[tuple[str, list[str], Rows]]:
    """Return title, head and rows of each table."""
    return [
        (
            "What a stack weighs",
            ["stack", "resources", "state", "heaviest in it", "up to Ready"],
            _weight_rows(weighed),
        ),
        (
            f"Previews from nothing; an empty program takes {summed.empty:.1f} s",
            ["stack", "preview", "over an empty program's"],
            _sum_rows(summed),
        ),
        (
            _cost_title(costs),
            [
                "policies",
                "on",
                "on, state written at the end",
                "off",
                "preview, no change",
                "kubectl apply",
                "state",
            ],
            _cost_rows(costs),
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="previews of an empty program before and after")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    arguments = parser.parse_args()
    found = tables(weights(), previews(arguments.runs), policies.costs())
    for title, head, rows in found:
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        Console(width=140).print(table)
    if arguments.write:
        parts = [f"{title}:\n\n{document.table(head, rows)}" for title, head, rows in found]
        document.keep(document.BENCHMARKS, "stacks", parts)


if __name__ == "__main__":
    main()
