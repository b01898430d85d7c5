"""Differences, explanations and findings as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from labs.markdown import cell
from reach.diff import Change, Difference, Urgency
from reach.explain import Explanation
from reach.lint import Finding
from reach.render.rows import exposure_text

_HEADINGS = {
    Urgency.FROM_OUTSIDE: "Newly reachable from outside",
    Urgency.LOST_DNS: "Lost DNS",
    Urgency.OPENED: "Opened",
    Urgency.CLOSED: "Closed",
    Urgency.UNCERTAIN: "Changed, depending on the pod's address",
}


def _words(change: Change) -> str:
    parts = [
        f"{word} {traffic}"
        for word, traffic in (
            ("opens", change.opened),
            ("closes", change.closed),
            ("makes uncertain", change.uncertain),
        )
        if traffic
    ]
    return ", ".join(parts)


def diff_as_text(title: str, difference: Difference) -> str:
    """Return a difference for a terminal."""
    if difference.empty:
        return f"{title}: no traffic changes\n"
    lines = [title]
    for found, before in difference.entry_points:
        lines.append(f"! {exposure_text(found)} (was: {before})")
    lines += [f"+ new workload {name}" for name in difference.added]
    lines += [f"- workload {name} is gone" for name in difference.removed]
    for urgency, heading in _HEADINGS.items():
        changes = [change for change in difference.changes if change.urgency is urgency]
        if changes:
            lines += ["", f"{heading}:"]
            for change in changes:
                lines.append(f"  {change.source} -> {change.destination}: {_words(change)}")
                lines.append(f"      {change.reason}")
    return "\n".join(lines) + "\n"


def diff_as_markdown(title: str, difference: Difference) -> str:
    """Return a difference for a pull request; one line if nothing changes."""
    if difference.empty:
        return f"**{cell(title)}**: no traffic changes\n"
    lines = [f"### {cell(title)}", ""]
    for found, before in difference.entry_points:
        lines.append(f"- ⚠️ **{cell(exposure_text(found))}** (was: {before})")
    lines += [f"- new workload {cell(name)}" for name in difference.added]
    lines += [f"- workload {cell(name)} is gone" for name in difference.removed]
    for urgency, heading in _HEADINGS.items():
        changes = [change for change in difference.changes if change.urgency is urgency]
        if changes:
            lines += ["", f"**{heading}**", "", "| from | to | change | decided by |", "|---|---|---|---|"]
            lines += [
                "| "
                + " | ".join(map(cell, (change.source, change.destination, _words(change), change.reason)))
                + " |"
                for change in changes
            ]
    return "\n".join(lines) + "\n"


def diff_as_json(title: str, difference: Difference) -> str:
    """Return a difference for other programs."""
    body = {
        "title": title,
        "entryPoints": [
            {"text": exposure_text(found), "before": before, "now": str(found.reach)}
            for found, before in difference.entry_points
        ],
        "added": list(difference.added),
        "removed": list(difference.removed),
        "changes": [
            {**asdict(change), "urgency": change.urgency.name.lower().replace("_", "-")}
            for change in difference.changes
        ],
    }
    return json.dumps(body, indent=2) + "\n"


def explanation_as_text(title: str, explanation: Explanation) -> str:
    """Return an explanation for a terminal."""
    lines = [f"{title}: {explanation.verdict}"]
    for part in explanation.parts:
        place = f" (only {part.depends_on})" if part.depends_on else ""
        lines += [
            f"  {'allow' if part.allow else 'deny'} {part.traffic}{place}",
            f"      egress:  {part.egress}",
            f"      ingress: {part.ingress}",
        ]
    for side, asked in (
        ("egress of the source", explanation.asked_egress),
        ("ingress of the destination", explanation.asked_ingress),
    ):
        lines.append(f"policies asked for {side}: {'none' if not asked else ''}".rstrip())
        lines += [f"  {number}. {policy}" for number, policy in enumerate(asked, 1)]
    return "\n".join(lines) + "\n"


def explanation_as_json(title: str, explanation: Explanation) -> str:
    """Return an explanation for other programs."""
    return (
        json.dumps({"title": title, "verdict": explanation.verdict, **asdict(explanation)}, indent=2) + "\n"
    )


def findings_as_text(findings: Sequence[Finding]) -> str:
    """Return findings one a line, and how many there are."""
    return "\n".join([*map(str, findings), f"{len(findings)} findings"]) + "\n"


def findings_as_markdown(findings: Sequence[Finding]) -> str:
    """Return findings as a list; one line if there is none."""
    if not findings:
        return "Lint: no findings\n"
    return (
        "\n".join(
            f"- {cell(f'{finding.file}:{finding.line}')} **{finding.check}** {cell(finding.message)}"
            for finding in findings
        )
        + "\n"
    )


def findings_as_json(findings: Sequence[Finding]) -> str:
    """Return findings for other programs."""
    return json.dumps([asdict(finding) for finding in findings], indent=2) + "\n"
