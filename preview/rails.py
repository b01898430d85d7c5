"""Guard rails over head, beside base: what is newly broken, what is mended, what could not be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guardrails.judge import Verdict, judge
from guardrails.sources import from_preview, from_state


@dataclass(frozen=True)
class Rails:
    """What the rules say."""

    broken: tuple[str, ...] = ()
    """Complaints about head that base does not have."""
    still: tuple[str, ...] = ()
    """Complaints about head that base has too."""
    mended: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    exempted: int = 0
    stops: bool = False
    """Whether one of `broken` would stop an update."""


def compare(base_state: Mapping[str, Any], preview: Mapping[str, Any]) -> Rails:
    """Judge what head would leave deployed, and what base has deployed."""
    before = {_line(verdict) for verdict in judge(from_state(base_state)) if _counts(verdict)}
    verdicts = judge(from_preview(preview))
    after = {_line(verdict): verdict for verdict in verdicts if _counts(verdict)}
    new = sorted(set(after) - before)
    return Rails(
        broken=tuple(new),
        still=tuple(sorted(set(after) & before)),
        mended=tuple(sorted(before - set(after))),
        undecided=tuple(sorted(_line(verdict) for verdict in verdicts if verdict.finding.unknown)),
        exempted=sum(verdict.exempted is not None for verdict in verdicts),
        stops=any(after[line].breaks for line in new),
    )


def _counts(verdict: Verdict) -> bool:
    return verdict.exempted is None and not verdict.finding.unknown


def _line(verdict: Verdict) -> str:
    return f"{verdict.rule.level}: {verdict.rule.name}: {verdict.resource.name}: {verdict.finding.message}"
