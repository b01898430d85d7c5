"""The command that a pod runs: all its probes at once, one line an answer, and a last line that says it is complete.

agnhost's `connect` tells a timeout from a refusal and a refusal from a failed lookup. Every probe is a process and a
connection of its own, so no old connection answers for a new policy. Whatever carries the output (an exec over a
websocket, a pipe) may cut it off, so what is missing is "could not test", never "allowed".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from checks.traffic.outcome import Answer, Outcome

PROGRAM = "/agnhost"
TIMEOUT = 3
"""Seconds that a connection may take; Kubernetes' own policy tests wait as long."""

_LINE = re.compile(r"^probe (\d+) (\d+)(?: (.*))?$")
_WORDS = {"TIMEOUT": Outcome.DENIED, "REFUSED": Outcome.REFUSED, "DNS": Outcome.DNS_FAILED}


@dataclass(frozen=True)
class Probe:
    """One connection to try."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """Host and port as commands take them."""
        return f"{self.host}:{self.port}"


def script(probes: Sequence[Probe], program: str = PROGRAM, timeout: int = TIMEOUT) -> list[str]:
    """Return the command line that tries all probes side by side."""
    calls = "\n".join(f"p {number} {shlex.quote(probe.address)} &" for number, probe in enumerate(probes))
    text = f"""
p() {{
  out=$({shlex.quote(program)} connect "$2" --timeout={timeout}s --protocol=tcp 2>&1)
  echo "probe $1 $?" $out
}}
{calls}
wait
echo "complete {len(probes)}"
"""
    return ["sh", "-c", text]


def read(text: str, probes: Sequence[Probe]) -> list[Answer]:
    """Return what became of each probe."""
    lines = [line.strip() for line in text.splitlines()]
    found: dict[int, Answer] = {}
    for line in lines:
        match = _LINE.match(line)
        if match and int(match[1]) < len(probes):
            found[int(match[1])] = _answer(int(match[2]), (match[3] or "").strip())
    said = next((line for line in lines if line and not _LINE.match(line)), "nothing")
    if f"complete {len(probes)}" not in lines:
        missing = Answer(Outcome.UNTESTED, f"the probe command did not end, it said: {said[:200]}")
    else:
        missing = Answer(Outcome.UNTESTED, "the probe gave no answer")
    return [found.get(number, missing) for number in range(len(probes))]


def _answer(exit_code: int, said: str) -> Answer:
    if exit_code == 0 and not said:
        return Answer(Outcome.ALLOWED)
    outcome = _WORDS.get(re.split(r"[: ]", said, maxsplit=1)[0], Outcome.UNTESTED)
    if exit_code == 0 or outcome is Outcome.UNTESTED:
        # Success with a complaint, or a failure of another kind: an exec can lose either half.
        return Answer(Outcome.UNTESTED, said or f"exit status {exit_code} and no word")
    return Answer(outcome, said)
