"""The sandbox's own control plane, for the e2e tests of this folder.

Without nodes: the tests play the part of a kubelet, or of the operator, where a wait needs one.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.clusters import control_plane
from sandbox.clusters.spec import ClusterSpec
from sandbox.home import Home
from sandbox.tools import ensure


class ControlPlane:
    """One running control plane; `kubeconfig` is an admin's."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder)
        home.create()
        spec = ClusterSpec(
            id="/test",
            name="test",
            resource_group="test",
            location="nowhere",
            network_plugin="none",
            pod_cidr="10.244.0.0/16",
            service_cidr="10.0.0.0/16",
            dns_service_ip="10.0.0.10",
            kubernetes_version="1.36",
            node_resource_group="test",
        )
        self._plane = control_plane.ControlPlane(home, spec, ensure().path)
        self.kubeconfig = ""

    def start(self) -> None:
        """Start everything and wait until the API server serves."""
        self._plane.start()
        self.kubeconfig = self._plane.kubeconfig()

    def stop(self) -> None:
        """End every process, the last started first."""
        self._plane.stop()
