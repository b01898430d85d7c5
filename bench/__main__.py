"""`make bench`: prints the figures; with `--write` also puts them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import statistics
from functools import partial

from rich.console import Console
from rich.table import Table

from bench import document
from bench.by_hand import ByHand
from bench.measure import Ratio, in_turns, machine, peak_of_program, seconds
from bench.project import ONE_OF_EACH, must_destroy, must_preview, sandbox, small_project
from sandbox import engine
from sandbox.home import Home
from tests.e2e.harness import Lab, make_project


def measure(runs: int) -> list[Ratio]:
    """Take every figure in a throw-away sandbox."""
    with sandbox() as (home, box, folder):
        project = make_project(folder / "labs")
        engine.prepare(home, box, project)
        empty = small_project(home, box, folder / "empty")
        both = small_project(home, box, folder / "both-sdks", ONE_OF_EACH)
        return _figures(home, Lab(home, project, "byocni"), empty, both, runs)


def _figures(home: Home, lab: Lab, empty: Lab, both: Lab, runs: int) -> list[Ratio]:
    def previews(what: str, baselines: dict[str, Lab]) -> list[Ratio]:
        ours, *others = in_turns(runs, *(partial(must_preview, each) for each in (lab, *baselines.values())))
        return [
            Ratio(what, f"preview of {name}", ours, other, "s", runs, aim)
            for name, other, aim in zip(baselines, others, (1.5, None), strict=False)
        ]

    nothing = {"an empty program": empty}
    found = previews("preview of byocni, nothing deployed", {**nothing, "one resource of each SDK": both})
    memory = [_peak(home, each) for each in (lab, empty)]
    lab.must_up()
    empty.must_up()
    found += previews("preview of byocni, deployed, no change", nothing)
    script = ByHand(home, lab.export())
    must_destroy(lab)
    ups: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(3, runs // 2)):
        ups[0].append(seconds(lab.must_up))
        must_destroy(lab)
        ups[1].append(seconds(script.up))
        script.down()
    ours, by_hand = (statistics.median(times) for times in ups)
    up = Ratio("up of byocni to Ready", "the same objects by kubectl", ours, by_hand, "s", len(ups[0]), 2.0)
    peak = Ratio("peak memory of the program", "of an empty program", memory[0], memory[1], "MiB", 1, None)
    return [*found, up, peak]


def _peak(home: Home, lab: Lab) -> float:
    command = [str(home.root / "bin" / "pulumi"), "preview", "--non-interactive", "--stack", lab.stack]
    return peak_of_program(command, lab.project, engine.full_environment(home)) / 2**20


def _rows(figures: list[Ratio]) -> list[list[str]]:
    return [
        [
            figure.what,
            f"{figure.ours_value:.1f} {figure.unit}",
            figure.baseline,
            f"{figure.baseline_value:.1f} {figure.unit}",
            f"{figure.ratio:.2f}",
            "" if figure.aim is None else f"at most {figure.aim:g}",
            str(figure.runs),
        ]
        for figure in figures
    ]


_HEAD = ["figure", "ours", "baseline", "its value", "ratio", "aim", "runs"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="previews of each kind")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    figures = measure(arguments.runs)
    if arguments.json:
        print(json.dumps([{**vars(figure), "ratio": figure.ratio} for figure in figures], indent=1))
    else:
        table = Table(*_HEAD, title=machine())
        for row in _rows(figures):
            table.add_row(*row)
        Console(width=160).print(table)
    if arguments.write:
        document.keep(document.BENCHMARKS, "figures", [document.table(_HEAD, _rows(figures))])


if __name__ == "__main__":
    main()
