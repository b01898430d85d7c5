"""The tags by which a forgotten lab can be found: whose it is, which lab, and when it should have gone.

Rendered for one moment that the caller gives. Keeping that moment still over later runs is the resource group
component's part; nothing here reads a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.settings import LabSettings

MANAGED_BY = "calico-labs"


def tags(settings: LabSettings, now: datetime) -> dict[str, str]:
    """Return the tags of everything that a stack creates in Azure; `now` must carry a time zone."""
    if now.tzinfo is None:
        msg = "now must carry a time zone: a naive time would put the expiry off by the machine's own offset"
        raise ValueError(msg)
    expires = now.astimezone(UTC) + timedelta(hours=settings.ttl_hours)
    return {
        "lab": str(settings.lab),
        "owner": settings.owner,
        "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "managedBy": MANAGED_BY,
    }
