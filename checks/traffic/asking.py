"""Asking until nothing differs: every pair once, then only those that differ, to a deadline and at least twice.

How a source is asked is not known here: in a cluster it is an exec into its pod, in the tests a process in a network
namespace. A deny is believed only with a control beside it, which shows that the way would be open without the policy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from checks.traffic.outcome import Answer, Outcome

Pair = tuple[str, str]
"""Names of a source and of a target."""

Ask = Callable[[str, Sequence[str]], Sequence[Answer]]
"""Asks from one source for some targets, all at once."""

ATTEMPTS_AT_LEAST = 2
_PAUSE = 1.0
_SOURCES_AT_ONCE = 8


@dataclass(frozen=True)
class Observed:
    """What became of one pair."""

    answer: Answer
    attempts: int
    seconds: float
    """From the first question to this answer: for a pair that agreed late, the time that the policy took."""


def ask_until(
    expected: Mapping[Pair, Outcome],
    ask: Ask,
    deadline: float,
    pause: float = _PAUSE,
    stop: Callable[[], bool] = lambda: False,
) -> dict[Pair, Observed]:
    """Ask for every pair until it is as expected, the (monotonic) deadline is past, or it is told to stop."""
    began = time.monotonic()
    observed: dict[Pair, Observed] = {}
    open_pairs = list(expected)
    attempts = 0
    while open_pairs:
        attempts += 1
        for pair, answer in _ask_all(open_pairs, ask).items():
            observed[pair] = Observed(answer, attempts, time.monotonic() - began)
        open_pairs = [pair for pair in open_pairs if observed[pair].answer.outcome is not expected[pair]]
        if stop() or (attempts >= ATTEMPTS_AT_LEAST and time.monotonic() + pause > deadline):
            break
        if open_pairs:
            time.sleep(pause)
    return observed


def _ask_all(pairs: Sequence[Pair], ask: Ask) -> dict[Pair, Answer]:
    by_source: dict[str, list[str]] = {}
    for source, target in pairs:
        by_source.setdefault(source, []).append(target)

    def one(item: tuple[str, list[str]]) -> list[tuple[Pair, Answer]]:
        source, wanted = item
        return [
            ((source, target), answer) for target, answer in zip(wanted, ask(source, wanted), strict=True)
        ]

    with ThreadPoolExecutor(max_workers=_SOURCES_AT_ONCE, thread_name_prefix="probe") as pool:
        return {pair: answer for found in pool.map(one, by_source.items()) for pair, answer in found}


def believed(
    pair: Pair,
    expected: Outcome,
    answers: Mapping[Pair, Answer],
    controls: Mapping[Pair, Answer],
    outside: bool = False,
) -> Answer:
    """Return the answer of a pair, or "could not test" where it would prove nothing.

    `controls` are answers that no policy had a part in, by the same names; the source's name may be any.
    """
    answer, (source, target) = answers[pair], pair
    others = [a.outcome for (s, t), a in [*answers.items(), *controls.items()] if t == target and s != source]
    own = controls.get(pair)
    if own is not None:
        others.append(own.outcome)
    reached = Outcome.ALLOWED in others
    if outside and answer.outcome is not Outcome.ALLOWED and not reached:
        return Answer(Outcome.UNTESTED, f"no pod reaches {target}, whatever the policies")
    if answer.outcome is not expected:
        return answer
    if expected is Outcome.DENIED and not reached:
        return Answer(Outcome.UNTESTED, f"nothing reached {target}, so silence proves nothing")
    if expected is Outcome.DNS_FAILED and not {Outcome.ALLOWED, Outcome.DENIED, Outcome.REFUSED} & set(
        others
    ):
        return Answer(Outcome.UNTESTED, "nobody could look up the name, so a failed lookup proves nothing")
    return answer
