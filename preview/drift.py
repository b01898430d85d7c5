"""What Azure has that the code does not say: `python -m preview.drift < preview.json`, from `preview --refresh --json`.

A refresh of azure-native brings defaults, etags and fields that the service has added, and the engine calls each an
update (pulumi-azure-native#2245, #2798); `changes.py` leaves them out, and drift is what differs in an input of ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from labs.markdown import visible
from preview.changes import changes_of


def drift(preview: Mapping[str, Any]) -> list[str]:
    """Return one line a drifted resource, and one a value."""
    lines = []
    for change in changes_of(preview.get("steps") or []):
        lines.append(f"{change.operation.word} {change.type} {change.name}")
        lines += [f"    {line}" for line in change.lines]
    return [visible(line) for line in lines]


def main() -> int:
    """Print the drift; exit code 1 if there is any."""
    lines = drift(json.load(sys.stdin))
    print("\n".join(lines) if lines else "no drift")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
