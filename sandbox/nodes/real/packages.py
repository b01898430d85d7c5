"""Install the Debian packages that real nodes, and the tests of real nodes, need: `make node-packages` (root).

Asked for by name, never done unasked: packages are the machine's, not the sandbox's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from sandbox.errors import SandboxError
from sandbox.nodes.real.preflight import Machine, lacking_packages

FOR_TESTS = {"tcpdump": "tcpdump"}
"""Program -> package: what only tests use."""


def wanted(machine: Machine | None = None) -> list[str]:
    """Return the packages that are missing, by name."""
    there = machine or Machine()
    tests = {package for name, package in FOR_TESTS.items() if there.program(name) is None}
    return sorted(tests | lacking_packages(there).keys())


def install(packages: Sequence[str]) -> None:
    """Install packages.

    Raises:
        SandboxError: this is no Debian, or not root, or apt-get refused.
    """
    command = f"apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise SandboxError(
            f"this machine has no apt-get; install what these Debian packages hold: {' '.join(packages)}"
        )
    if os.geteuid() != 0:
        raise SandboxError(f"installing packages needs root; run: sudo {command}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(
            ["apt-get", "--quiet", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            env=environment,
            check=False,
        )
        if result.returncode != 0:
            raise SandboxError(f"apt-get {arguments[0]} failed; see above, and then run: {command}")


def main() -> int:
    """Install what is missing and say what that was."""
    packages = wanted()
    if not packages:
        print("all packages of real nodes are there")
        return 0
    try:
        install(packages)
    except SandboxError as error:
        print(f"node-packages: {error}", file=sys.stderr)
        return 3
    print(f"installed: {', '.join(packages)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
