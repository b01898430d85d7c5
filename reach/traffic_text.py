"""Sets of traffic in words: `TCP 80, 443; UDP 53`, `everything`, `all but TCP 22`."""

from __future__ import annotations

from reach.protocols import WITH_PORTS, WITH_TYPES, name_of
from reach.traffic import LAST_PORT, TrafficClasses

NOTHING = "nothing"
EVERYTHING = "everything"


def traffic_text(classes: TrafficClasses, traffic: int) -> str:
    """Return a set of traffic in words; what is longer as an exception is said as one."""
    if traffic == classes.everything:
        return EVERYTHING
    if not traffic:
        return NOTHING
    positive = "; ".join(_parts(classes, traffic))
    negative = "; ".join(_parts(classes, classes.everything & ~traffic))
    return positive if len(positive) <= len(negative) + len("all but ") else f"all but {negative}"


def _parts(classes: TrafficClasses, traffic: int) -> list[str]:
    parts = []
    for protocol in (*WITH_PORTS, *WITH_TYPES, *classes.others):
        whole = classes.protocol(protocol)
        found = traffic & whole
        if not found:
            continue
        if found == whole:
            parts.append(name_of(protocol))
        elif protocol in WITH_PORTS:
            parts += _ports(classes, protocol, found)
        else:
            parts.append(f"{name_of(protocol)} {_types(classes, protocol, found)}")
    if traffic >> (classes.count - 1) & 1:
        parts.append("other protocols")
    return parts


def _ports(classes: TrafficClasses, protocol: int, traffic: int) -> list[str]:
    """Return one part for every set of destination ports that has the same source ports."""
    to, of = classes.starts[protocol, False], classes.starts[protocol, True]
    base = traffic >> ((classes.protocol(protocol) & -classes.protocol(protocol)).bit_length() - 1)
    by_rows: dict[int, list[int]] = {}
    for row in range(len(of)):
        found = base >> (row * len(to)) & ((1 << len(to)) - 1)
        if found:
            by_rows.setdefault(found, []).append(row)
    parts = []
    for columns, rows in by_rows.items():
        text = f"{name_of(protocol)} {_ranges(to, columns)}".rstrip()
        if len(rows) < len(of):
            text += f" from ports {_ranges(of, sum(1 << row for row in rows))}"
        parts.append(text)
    return parts


def _ranges(starts: list[int], chosen: int) -> str:
    """Return ranges of ports, neighbours joined; nothing if they are all."""
    if chosen == (1 << len(starts)) - 1:
        return ""
    ranges: list[list[int]] = []
    for index, start in enumerate(starts):
        if chosen >> index & 1:
            end = starts[index + 1] - 1 if index + 1 < len(starts) else LAST_PORT
            if ranges and ranges[-1][1] == start - 1:
                ranges[-1][1] = end
            else:
                ranges.append([start, end])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _types(classes: TrafficClasses, protocol: int, traffic: int) -> str:
    words = []
    for key, bit in classes.icmp_bits[protocol].items():
        if traffic >> bit & 1:
            if key is None:
                words.append("other types")
            elif key[1] is None:
                listed = any(
                    k is not None and k[0] == key[0] and k[1] is not None for k in classes.icmp_bits[protocol]
                )
                words.append(f"type {key[0]}{' other codes' if listed else ''}")
            else:
                words.append(f"type {key[0]} code {key[1]}")
    return ", ".join(words)
