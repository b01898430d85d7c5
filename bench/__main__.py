"""`make bench`: prints the figures; with `--write` also puts them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
from functools import partial

from rich.console import Console
from rich.table import Table

from bench import document
from bench.by_hand import ByHand
from bench.measure import Ratio, in_turns, machine, peak_of_program, seconds
from bench.project import empty_project, must_destroy, must_preview, sandbox
from sandbox import engine
from sandbox.home import Home
from tests.e2e.harness import Lab, make_project


def measure(runs: int) -> list[Ratio]:
    """Take every figure in a throw-away sandbox."""
    with sandbox() as (home, box, folder):
        project = make_project(folder / "labs")
        engine.prepare(home, box, project)
        return _figures(home, Lab(home, project, "byocni"), empty_project(home, box, folder / "empty"), runs)


def _figures(home: Home, lab: Lab, empty: Lab, runs: int) -> list[Ratio]:
    previews = in_turns(lambda: must_preview(lab), lambda: must_preview(empty), runs)
    memory = tuple(_peak(home, project) for project in (lab, empty))
    lab.must_up()
    empty.must_up()
    again = in_turns(lambda: must_preview(lab), lambda: must_preview(empty), runs)
    script = ByHand(home, lab.export())
    must_destroy(lab)
    ups: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(3, runs // 2)):
        ups[0].append(seconds(partial(_up, lab)))
        must_destroy(lab)
        ups[1].append(seconds(script.up))
        script.down()
    middle = [sorted(times)[len(times) // 2] for times in ups]
    return [
        Ratio(
            "preview of byocni, nothing deployed", "preview of an empty program", *previews, "s", runs, 1.5
        ),
        Ratio(
            "preview of byocni, deployed, no change", "preview of an empty program", *again, "s", runs, 1.5
        ),
        Ratio(
            "up of byocni to Ready",
            "the same objects by kubectl",
            middle[0],
            middle[1],
            "s",
            len(ups[0]),
            2.0,
        ),
        Ratio("peak memory of the program", "of an empty program", memory[0], memory[1], "MiB", 1, None),
    ]


def _up(lab: Lab) -> None:
    lab.must_up()


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
