"""The time limit of everything in the cluster that is waited for.

Without one a wait ends when the provider's own default does, which differs between resources and is never
shown.
"""

from __future__ import annotations

import pulumi


def time_limit(minutes: int) -> pulumi.CustomTimeouts:
    """Return the option that lets creating, updating and deleting take this long each."""
    limit = f"{int(minutes)}m"  # from another language a whole number arrives as 10.0
    return pulumi.CustomTimeouts(create=limit, update=limit, delete=limit)
