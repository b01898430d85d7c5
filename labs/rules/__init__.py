"""Which settings make a lab, checked before any resource exists.

One theme a file; each rule is a function from settings to the violations it finds, and each theme lists its
rules in `RULES`. `check` runs all of them in this fixed order, never stops at the first, and says everything
at once. A rule keeps silent about a value that an earlier rule has refused already, so that remedies do not
contradict each other.

Nothing here reads configuration (`reading.py` has done that) or renders anything (`installation.py` does).
What the operator itself would refuse in the rendered body is written down a second time in
`tests/labs/operator_rules.py`, as a check on these rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import RulesError, Violation
from labs.rules import (
    address_pool,
    application,
    calico,
    cluster,
    existing,
    kube_proxy,
    management,
    networking,
    release,
    windows,
)

if TYPE_CHECKING:
    from labs.settings import LabSettings

THEMES = (cluster, networking, release, calico, address_pool, kube_proxy, management, windows, existing)


def check(settings: LabSettings, apps: Path = application.APPS) -> None:
    """Refuse settings that cannot become a working lab; `apps` is the folder that holds the applications.

    Raises:
        RulesError: with every violation, in the order of the rules.
    """
    found = violations(settings, apps)
    if found:
        raise RulesError(found)


def violations(settings: LabSettings, apps: Path = application.APPS) -> list[Violation]:
    """Return every violation, in the order of the rules."""
    found = [violation for theme in THEMES for rule in theme.RULES for violation in rule(settings)]
    return [*found, *application.violations(settings, apps)]
