"""docs/reach.md shows what the command really prints, lists every finding of lint, and states the limits that hold."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from labctl.reach_commands import reach
from labs.manifests import MAX_BYTES as MANIFEST_BYTES
from reach import matrix, universe
from reach.addresses import MAX_NETS
from reach.casefiles.read import MAX_BYTES as CASE_BYTES
from reach.explain import MAX_PAIRS
from reach.lint.run import CHECKS
from reach.render.matrix_html import MAX_PARTIES
from reach.selectors.parser import MAX_DEPTH, MAX_LENGTH
from reach.traffic import MAX_CLASSES
from tests.reach.recorded import BLOCK, lines

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "reach.md").read_text(encoding="utf-8")


def test_the_example_is_what_the_command_prints() -> None:
    command, *shown = TEXT.partition("    $ bin/labctl reach ")[2].split("\n\n")[0].splitlines()
    printed = CliRunner().invoke(reach, command.split()).output.splitlines()
    assert len(shown) > 3
    assert [line[4:] for line in shown] == printed[: len(shown)]


def test_every_finding_of_lint_is_listed() -> None:
    table = TEXT.partition("## Findings of lint")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == sorted(CHECKS)


def test_the_limits_are_those_of_the_code() -> None:
    limits = TEXT.partition("## Limits")[2]
    for number in (MAX_LENGTH, MAX_NETS, MAX_CLASSES, universe.MAX_POINTS, matrix.MAX_ENDS, MAX_PAIRS):
        assert f"{number:,}" in limits, number
    for text in (f"{MANIFEST_BYTES >> 20} MiB a file", f"{CASE_BYTES >> 20} MiB", f"{MAX_DEPTH} parentheses"):
        assert text in limits, text
    assert f"{MAX_PARTIES} rows" in limits


def test_the_number_of_recorded_clusters_is_told() -> None:
    assert f"verdicts on {len(lines()) * BLOCK:,} of these clusters" in TEXT
