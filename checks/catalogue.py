"""The table of contents: every check, in the order in which a reader would go through the lab.

A check is named once here; whether a lab has its subject is the check's own `applies`. Checks that exist once a file
(a policy, a Service) are made from the lab's files, so a new file brings its check along.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence

from checks import state, traffic
from checks.check import Check
from checks.errors import UsageError
from checks.lab import Lab


def checks_of(lab: Lab) -> list[Check]:
    """Return the checks of a lab.

    Raises:
        ValueError: two have one name.
    """
    found = [check for check in state.checks(lab) if check.applies(lab)]
    if lab.traffic is not None:
        found += [check for check in traffic.checks(lab) if check.applies(lab)]
    names = [check.name for check in found]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"two checks are called {', '.join(repeated)}")
    return found


def choose(checks: Sequence[Check], patterns: Sequence[str]) -> list[Check]:
    """Return the checks that match any of some shell patterns; all if there are none. `!pattern` takes away.

    Raises:
        UsageError: a pattern matches nothing, or all of them together leave nothing.
    """
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(check.name, pattern.lstrip("!")) for check in checks):
            near = difflib.get_close_matches(pattern.lstrip("!"), [check.name for check in checks])
            raise UsageError(
                f"--only is '{pattern}' but no check of this lab is called so; "
                + (f"near it are {', '.join(near)}, and --list names all" if near else "--list names all")
            )
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    chosen = [
        check
        for check in checks
        if (not wanted or any(fnmatch.fnmatchcase(check.name, pattern) for pattern in wanted))
        and not any(fnmatch.fnmatchcase(check.name, pattern) for pattern in unwanted)
    ]
    if not chosen:
        raise UsageError(f"--only is '{' '.join(patterns)}' but that leaves no check; take a pattern away")
    return chosen
