"""A difference of traffic as the lines of a diff, which a reviewer reads by their colours.

`+` is traffic that opens, `-` traffic that closes, `!` what is urgent: newly reachable from outside, lost DNS.
"""

from __future__ import annotations

from collections.abc import Iterator

from reach.diff import Change, Difference, Urgency
from reach.exposure import Reach
from reach.render.rows import exposure_text

_HEADINGS = {
    Urgency.FROM_OUTSIDE: "newly reachable from outside",
    Urgency.LOST_DNS: "lost DNS",
    Urgency.OPENED: "opened",
    Urgency.CLOSED: "closed",
    Urgency.UNCERTAIN: "changed, depending on the pod's address",
}
_URGENT = (Urgency.FROM_OUTSIDE, Urgency.LOST_DNS)


def lines(difference: Difference) -> Iterator[str]:
    """Yield everything that differs, the most dangerous first; nothing if nothing does."""
    for found, before in difference.entry_points:
        sign = "-" if found.reach is Reach.CLOSED else "!"
        yield f"{sign} {exposure_text(found)} (was: {before})"
    for name in difference.added:
        yield f"+ new workload {name}"
    for name in difference.removed:
        yield f"- workload {name} is gone"
    for urgency, heading in _HEADINGS.items():
        changes = [change for change in difference.changes if change.urgency is urgency]
        if changes:
            yield f"@@ {heading} @@"
        for change in changes:
            yield f"{_sign(change)} {change.source} -> {change.destination}: {_words(change)}"
            yield f"      {change.reason}"


def summary(difference: Difference) -> str:
    """Return how many cells of each kind differ; empty if nothing does."""
    ways_in = sum(found.reach is not Reach.CLOSED for found, _ in difference.entry_points)
    counts = [(ways_in, "ways in from outside opened")]
    counts += [
        (sum(change.urgency is urgency for change in difference.changes), heading)
        for urgency, heading in _HEADINGS.items()
    ]
    counts += [(len(difference.added), "workloads new"), (len(difference.removed), "workloads gone")]
    counts.append((len(difference.entry_points) - ways_in, "ways in from outside closed"))
    return ", ".join(
        f"{count} {_singular(words) if count == 1 else words}" for count, words in counts if count
    )


def _singular(words: str) -> str:
    return words.replace("ways", "way").replace("workloads", "workload")


def _sign(change: Change) -> str:
    if change.urgency in _URGENT or (change.opened and change.closed):
        return "!"
    return "+" if change.opened else "-" if change.closed else "!"


def _words(change: Change) -> str:
    parts = (("opens", change.opened), ("closes", change.closed), ("makes uncertain", change.uncertain))
    return ", ".join(f"{word} {traffic}" for word, traffic in parts if traffic)
