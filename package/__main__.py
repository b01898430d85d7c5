"""Serves the components to Pulumi's engine; PulumiPlugin.yaml beside this file makes the engine run it."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # The engine runs this folder (`python package`), and the components are beside it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

    from pulumi.provider.experimental import component_provider_host

    from package.offered import COMPONENTS, NAME, VERSION

    component_provider_host(COMPONENTS, NAME, version=VERSION)
