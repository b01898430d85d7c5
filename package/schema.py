"""The package's schema, as Pulumi's SDK derives it from the arguments' types and docstrings."""

from __future__ import annotations

import json
from typing import Any

from package.offered import COMPONENTS, NAME, VERSION


def schema() -> dict[str, Any]:
    """Return the package's schema as the engine is told it.

    Raises:
        Exception: an argument has a type that no other language could give (the SDK's own error).
    """
    # Imported here: it brings protocol classes that cannot be in one process with those of the stand-in plugins.
    from pulumi.provider.experimental.component import ComponentProvider

    provider = ComponentProvider(COMPONENTS, NAME, version=VERSION)
    derived: dict[str, Any] = json.loads(provider.schema or "")
    return derived
