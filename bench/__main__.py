"""`make bench`: prints the figures; with `--write` also puts them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.by_hand import ByHand
from bench.measure import Ratio, in_turns, machine, peak_of_program, seconds
from sandbox import daemon, engine
from sandbox.home import PROJECT, SANDBOX_VARIABLE, Home
from sandbox.tools import ensure
from tests.e2e.harness import Lab, make_project

_EMPTY = 'import pulumi\npulumi.export("nothing", "")\n'
_DOCUMENT = PROJECT / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- figures: written by `make bench WRITE=1` -->", "<!-- end of figures -->"


def measure(runs: int) -> list[Ratio]:
    """Take every figure in a throw-away sandbox."""
    with tempfile.TemporaryDirectory(prefix="calico-labs-bench-") as name:
        folder = Path(name)
        os.environ[SANDBOX_VARIABLE] = str(folder / "sandbox")
        home = Home.default()
        box = ensure()
        full = make_project(folder / "full")
        empty = make_project(folder / "empty", _EMPTY)
        (empty / "Pulumi.yaml").write_text(
            "name: empty\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n",
            encoding="utf-8",
        )
        for file in empty.glob("Pulumi.*.yaml"):
            file.write_text("config: {}\n", encoding="utf-8")
        daemon.start(home)
        try:
            for project in (full, empty):
                engine.prepare(home, box, project)
            return _figures(home, Lab(home, full, "byocni"), Lab(home, empty, "byocni"), runs)
        finally:
            daemon.stop(home)


def _figures(home: Home, lab: Lab, empty: Lab, runs: int) -> list[Ratio]:
    previews = in_turns(lambda: _preview(lab), lambda: _preview(empty), runs)
    memory = tuple(_peak(home, project) for project in (lab, empty))
    lab.must_up()
    empty.must_up()
    again = in_turns(lambda: _preview(lab), lambda: _preview(empty), runs)
    script = ByHand(home, lab.export())
    _down(lab)
    ups: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(3, runs // 2)):
        ups[0].append(seconds(lambda: _up(lab)))
        _down(lab)
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


def _preview(lab: Lab) -> None:
    result = lab.pulumi("preview", "--non-interactive")
    if result.returncode != 0:
        raise RuntimeError(result.stdout + result.stderr)


def _up(lab: Lab) -> None:
    lab.must_up()


def _down(lab: Lab) -> None:
    outcome = lab.run("destroy")
    if outcome.exit_code != 0:
        raise RuntimeError(outcome.errors)


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


def _markdown(figures: list[Ratio]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (_HEAD, ["---"] * len(_HEAD), *_rows(figures))]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return f"{_BEGIN}\n\nTaken on {today}: {machine()}.\n\n" + "\n".join(lines) + f"\n\n{_END}"


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
        text = _DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = text.partition(_BEGIN)
        _DOCUMENT.write_text(before + _markdown(figures) + rest.partition(_END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
