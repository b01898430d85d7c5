"""The probe command: its one line an answer, and what is made of answers that are cut off or odd."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.traffic.outcome import Outcome
from checks.traffic.script import Probe, read, script

ONE = [Probe("a", 80)]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("probe 0 0", Outcome.ALLOWED),
        ("probe 0 1 TIMEOUT", Outcome.DENIED),
        ("probe 0 1 REFUSED", Outcome.REFUSED),
        ("probe 0 1 DNS: lookup a: no such host", Outcome.DNS_FAILED),
        ("probe 0 1 OTHER: no route to host", Outcome.UNTESTED),
        ("probe 0 1", Outcome.UNTESTED),
        ("probe 0 0 TIMEOUT", Outcome.UNTESTED),
        ("probe 0 127 sh: /agnhost: not found", Outcome.UNTESTED),
    ],
    ids=[
        "connected",
        "silence",
        "refusal",
        "no name",
        "another error",
        "no word",
        "success with a word",
        "no program",
    ],
)
def test_an_answer_is_read(line: str, outcome: Outcome) -> None:
    (answer,) = read(f"{line}\ncomplete 1\n", ONE)
    assert answer.outcome is outcome


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "the probe command did not end, it said: nothing", id="empty"),
        pytest.param(
            "complete 2", "the probe command did not end, it said: complete 2", id="of another number"
        ),
        pytest.param("complete 1", "the probe gave no answer", id="no answer"),
        pytest.param("probe 1 0\ncomplete 1", "the probe gave no answer", id="of another probe"),
        pytest.param("sh: not found", "the probe command did not end, it said: sh: not found", id="no shell"),
    ],
)
def test_what_is_missing_could_not_be_tested(text: str, said: str) -> None:
    (answer,) = read(text, ONE)
    assert (answer.outcome, answer.said) == (Outcome.UNTESTED, said)


def test_an_output_that_is_cut_off_keeps_the_answers_that_came() -> None:
    first, second = read("probe 0 0\nprobe 1", [Probe("a", 1), Probe("b", 2)])
    assert first.outcome is Outcome.ALLOWED
    assert second.outcome is Outcome.UNTESTED


def test_the_real_script_runs_every_probe_in_one_shell(tmp_path: Path) -> None:
    program = tmp_path / "it's agnhost"
    program.write_text(
        '#!/bin/sh\ncase "$2" in good:1) exit 0;; *) echo TIMEOUT >&2; exit 1;; esac\n', encoding="utf-8"
    )
    program.chmod(0o755)
    probes = [Probe("good", 1), Probe("bad", 2), Probe("$(touch x)", 3)]
    done = subprocess.run(
        script(probes, str(program)), capture_output=True, text=True, check=True, cwd=tmp_path, timeout=20
    )
    assert [a.outcome for a in read(done.stdout, probes)] == [Outcome.ALLOWED, Outcome.DENIED, Outcome.DENIED]
    assert not (tmp_path / "x").exists()


def test_outcomes_have_five_different_names() -> None:
    assert [str(outcome) for outcome in Outcome] == [
        "allowed",
        "denied",
        "refused",
        "DNS failed",
        "could not test",
    ]
