"""Windows images are of the nodes' own build: any other does not start."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds
from checks.state import scope
from labs.manifests import containers

_BUILDS = {"ltsc2019": "10.0.17763.", "ltsc2022": "10.0.20348.", "ltsc2025": "10.0.26100."}
"""Image tag -> kernel build of the Windows that it runs on (Microsoft, Windows Server release information)."""


def _run(lab: Lab) -> list[Row]:
    builds = {
        node["metadata"]["name"]: node["status"]["nodeInfo"]["kernelVersion"] for node in lab.nodes("windows")
    }
    images = {
        str(lab.settings.images.get(container["name"], container["image"]))
        for manifest in lab.app
        for container in containers(manifest.body)
        if manifest.kind in ("Deployment", "DaemonSet", "Pod")
    }
    rows = []
    for image in sorted(images):
        wanted = next((build for tag, build in _BUILDS.items() if tag in image), "")
        rows += [
            holds(
                f"node {name}: build for image {image}",
                f"{wanted}x" if wanted else "a tag that names a build",
                build,
                bool(wanted) and build.startswith(wanted),
                f"{lab.kubectl} get nodes -l kubernetes.io/os=windows -o wide",
            )
            for name, build in builds.items()
        ]
    return rows


CHECK = Check(
    name="windows-build",
    proves="the images of the Windows application are of the nodes' Windows build",
    course="a Windows container needs its host's build",
    needs="read nodes",
    run=_run,
    applies=scope.windows,
)
