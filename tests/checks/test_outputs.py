"""The same facts to people and to programs; nothing that a cluster says breaks a format."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from checks.check import Check
from checks.output import live, machine, text
from checks.result import Report, Result, Row, Skip, Status, conclude, same, untested
from tests.checks.fakes import FakeApi, lab_of
from tests.markdown import foreign_outside_of_code

NASTY = "a|b <script> & \x00\x1b[31m\ud800 ]]>\nline"
ROWS = (
    same("customer -> summary:80", "allowed", "allowed"),
    Row(
        "outsider -> summary:80",
        "denied",
        "allowed",
        False,
        reproduce="kubectl run probe",
        why="ingress denied by X",
    ),
)
RESULTS = (
    conclude("nodes", [same("n", 1, 1)], 0.1, 1),
    conclude("traffic/summary", ROWS, 3.2, 2),
    conclude("page", Skip("no way to it"), 0.0, 1),
    conclude("typha", [untested("t", 1, NASTY)], 0.2, 1),
)
REPORT = Report("byocni", "https://x", RESULTS, 3.4, "2026-01-01T00:00:00Z", ("a pod is still there",))
LAB = lab_of("byocni", FakeApi())


def test_a_line_names_result_check_time_and_reason() -> None:
    assert [text.line(result) for result in RESULTS[:3]] == [
        "passed  nodes   0.10 s",
        "FAILED  traffic/summary   3.20 s, 2 attempts, 1 of 2 differ",
        "skipped page   0.00 s  (no way to it)",
    ]


def test_the_last_line_counts_everything_and_names_the_slowest() -> None:
    assert text.summary(REPORT) == (
        "stack byocni: 1 passed, 1 failed, 1 skipped, 1 could not be tested; "
        "4 comparisons in 3.4 s (slowest: traffic/summary, 3.2 s)"
    )


def test_a_failure_shows_the_whole_matrix_the_rule_the_command_and_the_policies() -> None:
    lines = list(text.failures(REPORT, LAB))
    assert "     what                    expected  actual" in lines
    assert "     customer -> summary:80  allowed   allowed" in lines
    assert "  *  outsider -> summary:80  denied    allowed" in lines
    assert "  decided by the files: outsider -> summary:80: ingress denied by X" in lines
    assert "  by hand: kubectl run probe" in lines
    assert (
        "  not seen  GlobalNetworkPolicy customer-not-from-pods (policies/byocni/31-customer-not-from-pods.yaml)"
        in lines
    )


def test_names_stand_under_each_other() -> None:
    assert [text.line(result, 15) for result in RESULTS[:3]] == [
        "passed  nodes             0.10 s",
        "FAILED  traffic/summary   3.20 s, 2 attempts, 1 of 2 differ",
        "skipped page              0.00 s  (no way to it)",
    ]


def test_a_failure_of_packets_says_which_policies_the_cluster_has() -> None:
    def policy(name: str, *rows: Row) -> Result:
        return conclude(f"policy/{name}", rows, 0.1, 1)

    results = (
        *RESULTS,
        policy("01-database-default-deny", same("p", "as in the file", "as in the file")),
        policy("02-summary-default-deny", same("p", "as in the file", "not there")),
        policy("03-customer-default-deny", same("p: spec.podSelector", "{}", "{'a': 'b'}")),
        conclude(
            "policies-alone", [same("NetworkPolicy in x: not of this stack", "none", "by-hand")], 0.1, 1
        ),
    )
    lines = list(text.failures(Report("byocni", "", results, 1.0, ""), LAB))
    start = lines.index("policies of the stack's files, and whether they are in force:") + 1
    told = {line.split("(")[1].rstrip(")"): line[2:10] for line in lines[start:-1]}
    assert told["policies/byocni/01-database-default-deny.yaml"] == "in force"
    assert told["policies/byocni/02-summary-default-deny.yaml"] == "MISSING "
    assert told["policies/byocni/03-customer-default-deny.yaml"] == "DIFFERS "
    assert told["policies/byocni/11-database-dns.yaml"] == "not seen"
    assert lines[-1] == "  NetworkPolicy in x: not of this stack: by-hand"


def test_commands_by_hand_name_the_file_that_was_given() -> None:
    given = replace(LAB, kubeconfig="/tmp/my file", context="lab")
    assert given.kubectl == "kubectl --kubeconfig '/tmp/my file' --context lab"
    assert LAB.kubectl == "kubectl --kubeconfig kubeconfig-byocni"


def test_what_a_reader_does_first_is_said_once_and_only_if_it_is_needed() -> None:
    assert list(text.failures(REPORT, LAB, "do this"))[1] == "before the commands below, once: do this"
    assert not [line for line in text.failures(REPORT, LAB) if "once" in line]


def test_nothing_is_printed_about_what_passed() -> None:
    good = Report("byocni", "", RESULTS[:1], 0.1, "")
    assert list(text.failures(good, LAB)) == []


def test_json_holds_every_row_and_every_reason() -> None:
    body = json.loads(machine.as_json(REPORT))
    assert (body["schema"], body["stack"], body["exitCode"]) == (1, "byocni", 1)
    assert body["counts"] == {"passed": 1, "failed": 1, "skipped": 1, "untested": 1}
    by_name = {check["name"]: check for check in body["checks"]}
    assert by_name["page"]["reason"] == "no way to it"
    assert by_name["traffic/summary"]["rows"][1]["reproduce"] == "kubectl run probe"
    assert by_name["traffic/summary"]["attempts"] == 2
    assert body["leftOver"] == ["a pod is still there"]


def test_junit_counts_failures_errors_and_skips_with_their_reasons() -> None:
    suite = ElementTree.fromstring(machine.as_junit(REPORT))
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    (failure,) = suite.iter("failure")
    assert failure.text == (
        "outsider -> summary:80: expected denied, found allowed\n"
        "  decided by the files: ingress denied by X\n  by hand: kubectl run probe"
    )
    (skipped,) = suite.iter("skipped")
    assert skipped.get("message") == "no way to it"


def test_markdown_cells_stay_cells_whatever_the_cluster_says() -> None:
    told = machine.as_markdown(REPORT)
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert foreign_outside_of_code(told, "a|b") == []
    for line in rows:
        assert line.replace("\\|", "").count("|") in (5, 7)
    assert (
        "| x | `outsider -> summary:80` | `denied` | `allowed` | `ingress denied by X` | `kubectl run probe` |"
        in told
    )


@pytest.mark.parametrize("name", machine.FORMATS)
def test_every_format_takes_an_empty_report(name: str) -> None:
    assert machine.FORMATS[name](Report("s", "", (), 0.0, ""))


def checks(*names: str) -> list[Check]:
    return [Check(name=name, proves="p", course="c", needs="n", run=lambda _: []) for name in names]


def test_a_pipe_gets_plain_lines() -> None:
    stream = io.StringIO()
    with live.progress(Console(file=stream), checks("nodes"), quiet=False) as progress:
        progress.told(RESULTS[0])
    assert stream.getvalue() == "passed  nodes   0.10 s\n"


def test_a_terminal_gets_a_table_that_shrinks_and_lines_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")  # on a dumb one nothing is drawn over
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, height=20)
    with live.progress(console, checks("nodes", "typha"), quiet=False) as progress:
        assert isinstance(progress, live.LiveTable)
        progress.told(RESULTS[0])
        assert list(progress._waiting) == ["typha"]
    assert "passed  nodes   0.10 s" in stream.getvalue()
    assert "1 of 2 done" in stream.getvalue()


def test_quiet_prints_nothing() -> None:
    stream = io.StringIO()
    with live.progress(Console(file=stream, force_terminal=True), checks("nodes"), quiet=True) as progress:
        progress.told(Result("nodes", Status.PASSED))
    assert stream.getvalue() == ""
