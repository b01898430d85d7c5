"""How fast `reach` is: the same generated clusters through it and through network-config-analyzer, in one run.

    make bench-reach

network-config-analyzer 2.1.0 comes from PyPI into an environment of its own, `bench/.venv`; its pins would not go
together with this project's. Both read the same files and compute the whole connectivity map; both are timed from
start to end of their process, in seconds of processor time: each uses one core, and other work on the machine
then does not count. The labs' own matrices are timed beside them, from their files.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.document import keep
from bench.measure import machine
from bench.reach_clusters import Manifest, namespaces, pods, policies
from reach.engine import Engine
from reach.matrix import full_matrix
from reach.topology import load_lab
from sandbox.engine import stacks_of
from sandbox.home import PROJECT

SIZES = ((100, 20), (200, 40), (400, 80))
LARGE = (1000, 500)
_NCA_LIMIT_SECONDS = 1800
_DOCUMENT = PROJECT / "docs" / "benchmarks-reach.md"


def write_cluster(folder: Path, pod_count: int, policy_count: int) -> None:
    """Write the files of a generated cluster."""
    folder.mkdir(parents=True)
    for name, manifests in (
        ("namespaces", namespaces()),
        ("pods", pods(pod_count)),
        ("policies", policies(policy_count, pod_count, seed=1)),
    ):
        (folder / f"{name}.yaml").write_text(_documents(manifests), encoding="utf-8")


def _documents(manifests: list[Manifest]) -> str:
    """Return the manifests as YAML; JSON is, and it needs no aliases."""
    return "---\n".join(json.dumps(manifest, indent=2) + "\n" for manifest in manifests)


def ours(folder: Path) -> dict[str, float]:
    """Run this engine on a folder."""
    began = _spent()
    done = subprocess.run(
        [sys.executable, "-m", "bench.reach_run", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return {**found, "seconds": _spent() - began}


def _spent() -> float:
    """Return the processor time of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def theirs(nca: Path, folder: Path) -> float:
    """Run network-config-analyzer on a folder; return its seconds."""
    began = _spent()
    done = subprocess.run(
        [
            str(nca),
            *("--connectivity", str(folder / "policies.yaml")),
            *("-n", str(folder / "namespaces.yaml")),
            *("-p", str(folder / "pods.yaml")),
            "--return_0",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=_NCA_LIMIT_SECONDS,
    )
    if "Total run time" not in done.stdout:
        raise RuntimeError(f"nca gave no answer: {done.stderr[-500:]}")
    return _spent() - began


def measure(nca: Path | None, runs: int) -> list[str]:
    """Return the table, line by line; each figure is the best of some runs, taken in turns."""
    lines = [
        "| pods | policies | nca 2.1.0 | reach | of it reading YAML | of it judging | memory | open cells | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    bests: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="calico-labs-bench-") as name:
        for pod_count, policy_count in (*SIZES, LARGE):
            folder = Path(name) / f"{pod_count}-{policy_count}"
            write_cluster(folder, pod_count, policy_count)
            compared = nca is not None and (pod_count, policy_count) != LARGE
            mine: list[dict[str, float]] = []
            other: list[float] = []
            for _ in range(runs):
                mine.append(ours(folder))
                if compared and nca is not None and (not other or other[0] < 30):
                    other.append(theirs(nca, folder))
            best = min(mine, key=lambda found: found["seconds"])
            bests.append(best)
            theirs_text = f"{min(other):.1f} s" if other else "not run"
            ratio = f"{min(other) / best['seconds']:.0f} times" if other else "-"
            lines.append(
                f"| {pod_count} | {policy_count} | {theirs_text} | {best['seconds']:.2f} s | {best['yaml']:.2f} s "
                f"| {best['judge']:.2f} s | {best['megabytes']:.0f} MB | {best['open']:.0f} of {best['cells']:.0f} "
                f"| {ratio} |"
            )
            print(lines[-1], flush=True)
    before, after = bests[-2:]
    growth = (
        f"From {SIZES[-1][0]} pods and {SIZES[-1][1]} policies to {LARGE[0]} and {LARGE[1]} the answer grows "
        f"{after['cells'] / before['cells']:.1f} times and judging {after['judge'] / before['judge']:.1f} times."
    )
    own = ", ".join(f"{stack} {seconds:.2f} s" for stack, seconds in labs(runs).items())
    return [*lines, "", growth, "", f"The labs' own matrices, files included: {own}."]


def labs(runs: int) -> dict[str, float]:
    """Return the best time of each stack, from its files to its full matrix."""
    found: dict[str, float] = {}
    for stack in stacks_of(PROJECT):
        for _ in range(runs):
            began = time.process_time()
            full_matrix(Engine(load_lab(PROJECT, stack).cluster))
            spent = time.process_time() - began
            found[stack] = min(spent, found.get(stack, spent))
    return found


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--nca", type=Path, help="the program nca of network-config-analyzer 2.1.0")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks-reach.md")
    chosen = options.parse_args()
    lines = measure(chosen.nca, chosen.runs)
    text = f"Best of {chosen.runs}.\n\n" + "\n".join(lines)
    if chosen.write:
        keep(_DOCUMENT, "figures", [text])
    print(f"{machine()}\n\n{text}")


if __name__ == "__main__":
    main()
