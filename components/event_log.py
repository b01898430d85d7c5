"""Keep secrets out of the engine's event log.

The Python SDK reports the outputs of every component and of the stack to the engine as debug messages, secrets in the
clear ("register resource outputs prepared: ..., props=..." in pulumi 3.255.0, runtime/resource.py), and
`pulumi up --json` prints debug messages unasked. So such a message is dropped when it holds a secret.
"""

from __future__ import annotations

from typing import Any

import pulumi

_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire format's tag of a secret, public


def keep_secrets_out() -> None:
    """Drop the SDK's debug messages that print a secret; harmless if called again."""
    if getattr(pulumi.log.debug, "keeps_secrets_out", False):
        return
    original = pulumi.log.debug

    def debug(msg: str, *args: Any, **kwargs: Any) -> None:
        if _SECRET_SIGNATURE not in msg:
            original(msg, *args, **kwargs)

    debug.keeps_secrets_out = True  # type: ignore[attr-defined]
    pulumi.log.debug = debug
