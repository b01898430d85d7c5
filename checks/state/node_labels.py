"""Linux nodes carry the labels that the course gives them by hand."""

from __future__ import annotations

from collections import Counter

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from labs import catalogue
from labs.pools import linux_pools

_LABEL = "node"


def _run(lab: Lab) -> list[Row]:
    wanted = Counter({pool.labels[_LABEL]: pool.count for pool in linux_pools(lab.settings)})
    found = Counter((node["metadata"].get("labels") or {}).get(_LABEL) for node in lab.nodes("linux"))
    by_hand = f"{lab.kubectl} get nodes -L {_LABEL}"
    return [
        same(f"nodes with {_LABEL}={value}", count, found[value], by_hand) for value, count in wanted.items()
    ]


CHECK = Check(
    name="node-labels",
    proves="the first Linux node is labelled node=first and all others node=second",
    course="kubectl label node ... node=first",
    needs="read nodes",
    run=_run,
    applies=lambda lab: catalogue.get(lab.settings.lab).labelled_nodes,
)
