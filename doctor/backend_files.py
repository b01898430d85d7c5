"""The files beside a stack's state in a file backend, which a killed run can leave broken.

Pulumi's backend writes a small file of attributes beside the state, in place; the state itself is replaced whole. An
empty file of attributes makes every command fail with "failed to load checkpoint: EOF", while the state is in order.
The backend does without it where its URL ends in `?metadata=skip`, as the sandbox's does.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from doctor.finding import Finding


def folder_of(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of a file backend; None for any other."""
    url = urlsplit(environment.get("PULUMI_BACKEND_URL", ""))
    if url.scheme != "file":
        return None
    return Path(unquote(url.netloc + url.path)).expanduser() / ".pulumi"


def broken(stack: str, environment: Mapping[str, str]) -> list[Finding]:
    """Return a finding if the file of attributes beside the stack's state is empty."""
    folder = folder_of(environment)
    if folder is None:
        return []
    path = folder / "stacks" / "calico-labs" / f"{stack}.json.attrs"
    if not path.exists() or path.stat().st_size > 0:
        return []
    return [
        Finding(
            f"a killed run left {path.name} empty, and no command can read the stack; the state itself is whole, and "
            "is read again without that file",
            (f"rm {shlex.quote(str(path))}",),
        )
    ]
