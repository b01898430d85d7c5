"""The real tigera-operator, run as a host process for as long as its Deployment is there.

On a cluster the Deployment's pod is the operator. Here the pod is KWOK's, so the process plays it: started when the
Deployment becomes available, restarted when it ends (as a kubelet would, with the same growing pause), stopped when
the Deployment goes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sandbox.calico.crds import install_crds
from sandbox.calico.names import DEPLOYMENT, NAMESPACE
from sandbox.clusters.control_plane import ControlPlane
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.process import Program, start_program

_LONGEST_PAUSE = 60.0


class OperatorProcess:
    """The operator of one cluster; `reconcile` is called again and again."""

    def __init__(
        self,
        home: Home,
        plane: ControlPlane,
        api: KubeApi,
        tool: Callable[[str], Path],
        crds: Callable[[], Path],
    ) -> None:
        self._home = home
        self._plane = plane
        self._api = api
        self._tool = tool
        self._crds = crds
        self._program: Program | None = None
        self._crds_installed = False
        self._not_before = 0.0
        self._pause = 1.0

    def programs(self) -> list[Program]:
        return [self._program] if self._program else []

    def reconcile(self) -> None:
        """Make the process agree with the Deployment."""
        deployment = self._api.get(DEPLOYMENT)
        if deployment is None or deployment["spec"].get("replicas") == 0:
            self.stop()
            return
        if not deployment.get("status", {}).get("availableReplicas"):
            return
        if not self._crds_installed:
            # The 1.42 operator does this by itself (-manage-crds=true); the one that builds would bring older CRDs.
            install_crds(self._api, self._crds())
            self._crds_installed = True
        self._keep_running()

    def _keep_running(self) -> None:
        if self._program is not None and self._program.running:
            return
        now = time.monotonic()
        if now < self._not_before:
            return
        if self._program is not None:
            self._program.stop()
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._not_before = now + self._pause
        folder = self._plane.folder
        self._program = start_program(
            self._home,
            f"tigera-operator of {self._plane.spec.name}",
            [str(self._tool("tigera-operator")), "-enable-leader-election=false"],
            folder / "logs" / "tigera-operator.log",
            folder,
            {
                "KUBECONFIG": str(self._plane.kubeconfig_path("operator")),
                "OPERATOR_NAME": "tigera-operator",
                "POD_NAME": "tigera-operator",
                "POD_NAMESPACE": NAMESPACE,
                "WATCH_NAMESPACE": "",
                "TIGERA_OPERATOR_INIT_IMAGE_VERSION": "v1.28.1",
            },
        )

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()
            self._program = None
        self._pause = 1.0
        self._not_before = 0.0
