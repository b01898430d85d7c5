"""The report: a verdict, a table with one line a stack, and a part for each stack in which something changes.

The same input gives the same bytes: no time, no path, no order that depends on who was faster.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from labs.markdown import block, code, visible
from preview.changes import Change, Operation
from preview.rails import Rails
from preview.traffic import Traffic

MOST_LINES = 200
"""Lines shown of one part of one stack; the rest is counted. A comment on GitHub holds 65,536 characters."""

_WIDTH = 110

_SIGNS = {Operation.REPLACE: "-/+", Operation.DELETE: "-", Operation.UPDATE: "~", Operation.CREATE: "+"}


@dataclass(frozen=True)
class StackReport:
    """Everything about one stack."""

    stack: str
    changes: tuple[Change, ...] = ()
    traffic: Traffic = field(default_factory=Traffic)
    rails: Rails = field(default_factory=Rails)
    note: str = ""
    """`new`, `removed` or nothing."""
    base_errors: tuple[str, ...] = ()
    head_errors: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether one line is enough."""
        rails = self.rails.broken or self.rails.mended
        traffic = self.traffic.lines or self.traffic.lint or self.traffic.problem
        return not (self.changes or rails or traffic or self.note or self.base_errors or self.head_errors)

    @property
    def loses_cluster(self) -> bool:
        return any(change.loses_cluster for change in self.changes) and self.note != "removed"


def failures(stacks: Sequence[StackReport], *, replacing_allowed: bool) -> list[str]:
    """Return why this change must not be merged as it is."""
    found = []
    for report in stacks:
        name = code(report.stack)
        if report.head_errors:
            found.append(f"{name} cannot be previewed.")
        if report.loses_cluster and not replacing_allowed:
            found.append(
                f"{name} would lose its cluster. If that is meant, label the pull request `replaces-cluster` "
                "(locally: `--allow-replace`)."
            )
        if report.rails.stops:
            found.append(f"{name} breaks a guard rail that it did not break before.")
    return found


def render(base: str, head: str, stacks: Sequence[StackReport], *, replacing_allowed: bool) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(base, head, stacks, replacing_allowed)) + "\n"


def _lines(base: str, head: str, stacks: Sequence[StackReport], allowed: bool) -> Iterator[str]:
    yield "# What this change does to the labs"
    yield ""
    yield f"From {code(base)} to {code(head)}, on stand-in plugins: no cluster, no Azure, no credentials."
    yield ""
    found = failures(stacks, replacing_allowed=allowed)
    for line in found:
        yield f"- **FAILS:** {line}"
    if not found:
        changed = sum(not report.unchanged for report in stacks)
        yield (
            f"Nothing stands against it. {changed} of {len(stacks)} stacks change."
            if changed
            else "Nothing changes."
        )
    yield ""
    yield "| stack | resources | traffic | guard rails |"
    yield "|---|---|---|---|"
    for report in stacks:
        yield f"| {code(report.stack)} | {_resources(report)} | {_traffic(report)} | {_rails(report)} |"
    for names, body in _alike(stacks):
        yield ""
        yield f"## {names}"
        yield from body


def _alike(stacks: Sequence[StackReport]) -> Iterator[tuple[str, list[str]]]:
    """Yield each different part once, with the stacks that it holds for: labs share policies."""
    parts: dict[str, list[str]] = {}
    for report in stacks:
        if not report.unchanged:
            note = f" ({report.note})" if report.note else ""
            parts.setdefault("\n".join(_stack(report)), []).append(f"{code(report.stack)}{note}")
    for body, names in parts.items():
        yield ", ".join(names), body.split("\n")


def _resources(report: StackReport) -> str:
    if report.head_errors:
        return "**cannot be previewed**"
    parts = [report.note] if report.note else []
    for operation in Operation:
        count = sum(change.operation is operation for change in report.changes)
        if count:
            text = f"{count} to {operation.word}"
            parts.append(f"**{text}**" if operation is Operation.REPLACE else text)
    if report.loses_cluster:
        parts.insert(0, "**LOSES ITS CLUSTER**")
    return ", ".join(parts) or "unchanged"


def _traffic(report: StackReport) -> str:
    if report.head_errors or report.note == "removed":
        return "-"
    if report.traffic.problem:
        return "not compared"
    parts = [f"**{report.traffic.summary}**"] if report.traffic.lines else []
    if report.traffic.lint:
        parts.append(f"{len(report.traffic.lint)} new by lint")
    return ", ".join(parts) or "same"


def _rails(report: StackReport) -> str:
    rails = report.rails
    if report.head_errors or report.note == "removed":
        return "-"
    parts = [f"**{len(rails.broken)} newly broken**"] if rails.broken else []
    if not rails.broken and not rails.still:
        parts.append("none broken")
    parts += [
        f"{len(found)} {word}"
        for found, word in ((rails.still, "as before"), (rails.mended, "mended"))
        if found
    ]
    if rails.exempted:
        parts.append(f"{rails.exempted} exempted")
    if rails.undecided:
        parts.append(f"{len(rails.undecided)} decided at the update")
    return ", ".join(parts)


def _stack(report: StackReport) -> Iterator[str]:
    if report.note == "removed":
        yield ""
        yield "Its stack file goes. Nothing is destroyed by that: whoever has it running destroys it first, from base."
        return
    for title, lines in (
        ("Head cannot be previewed", report.head_errors),
        ("Base cannot be brought up, so head is shown as new", report.base_errors),
    ):
        yield from _part(title, lines)
    lost = [change for change in report.changes if change.loses_cluster]
    if lost:
        yield ""
        yield "> **THE CLUSTER GOES, and everything in it with it.** It is not updated in place."
    # A new stack is read in its files; here its policies would only be repeated.
    changes = [replace(change, lines=()) if report.note == "new" else change for change in report.changes]
    yield from _part("Resources", tuple(_change_lines(changes)), "diff")
    yield from _part("Traffic", report.traffic.lines, "diff")
    if report.traffic.problem:
        yield from _part("Traffic", (report.traffic.problem,))
    for title, sentences in (
        ("New by lint", report.traffic.lint),
        ("Guard rails newly broken", report.rails.broken),
        ("Guard rails mended", report.rails.mended),
        ("Guard rails that are decided at the update", report.rails.undecided),
    ):
        yield from _part(title, [line for sentence in sentences for line in _folded(sentence)])


def _part(title: str, lines: Sequence[str], language: str = "text") -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield f"### {title}"
    yield from block(lines[:MOST_LINES], language)
    if len(lines) > MOST_LINES:
        yield f"and {len(lines) - MOST_LINES} lines more"


def _folded(sentence: str) -> list[str]:
    """Return a sentence in lines that are read without scrolling; a code block on GitHub does not fold by itself."""
    return textwrap.wrap(
        visible(sentence), _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    lost = any(change.loses_cluster for change in changes)
    along = [change for change in changes if lost and _only_goes_along(change)]
    for change in changes:
        if change in along:
            continue
        because = f", because of {', '.join(change.because)}" if change.because else ""
        word = "REPLACE" if change.operation is Operation.REPLACE else change.operation.word
        yield f"{_SIGNS[change.operation]} {word} {change.type} {change.name}{because}"
        # With its cluster everything in it goes; which rules those were is then beside the point.
        for line in () if lost and change.operation is Operation.DELETE else change.lines:
            # The sign stays in front, where a diff is coloured by it.
            yield f"{line[0]}     {line[2:]}"
    if along:
        yield f"-/+ REPLACE {len(along)} more along with the cluster, as they are"


def _only_goes_along(change: Change) -> bool:
    """Tell whether an object, or the way to it, is replaced for no other reason than that its cluster is."""
    if change.operation is not Operation.REPLACE:
        return False
    return change.type.startswith("pulumi:providers:") or (
        change.type.startswith("kubernetes:") and not change.lines
    )
