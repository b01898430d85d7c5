"""Clusters of the sandbox: `Clusters` is what the Azure stand-in drives, `ClusterSpec` and `PoolSpec` what it asks for.

May live here: what a managed control plane is. May not: Azure's rules (`sandbox/arm`), Pulumi's protocol
(`sandbox/plugins`).
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sandbox.clusters.cluster import Cluster
from sandbox.clusters.spec import ClusterSpec, PoolSpec, slug
from sandbox.errors import SandboxError
from sandbox.home import Home

__all__ = ["Cluster", "ClusterSpec", "Clusters", "PoolSpec"]

_log = logging.getLogger(__name__)


class Clusters:
    """All clusters of one sandbox, by ARM id."""

    def __init__(
        self,
        home: Home,
        tool: Callable[[str], Path],
        crds: Callable[[], Path],
        real_crds: Callable[[], Path] | None = None,
    ) -> None:
        """`real_crds`: the clusters' nodes are real, and this gives the CRDs of the Calico release they run."""
        self._real_crds = real_crds
        self._home = home
        self._tool = tool
        self._crds = crds
        self._clusters: dict[str, Cluster] = {}
        self._lock = threading.Lock()

    def start(self, spec: ClusterSpec) -> None:
        """Start the cluster and wait until its API server serves; harmless if it runs.

        Raises:
            SandboxError: a program did not start.
        """
        with self._lock:
            cluster = self._clusters.get(spec.id.lower())
            if cluster is None:
                cluster = Cluster(self._home, spec, self._tool, self._crds, self._real_crds)
                self._clusters[spec.id.lower()] = cluster
            cluster.spec = replace(cluster.spec, kube_proxy=spec.kube_proxy)
        try:
            cluster.start()
        except BaseException:
            cluster.stop()
            raise

    def stop(self, id: str) -> None:
        """Stop the cluster and delete what it kept; harmless if there is none.

        Raises:
            SandboxError: a part of it did not stop; what it kept is still there, and `stop` may be called again.
        """
        with self._lock:
            cluster = self._clusters.get(id.lower())
        if cluster is not None:
            cluster.stop()
        # Also of one that was not started since the sandbox was: the next cluster of this id would continue from it.
        folder = self._home.clusters / slug(id.rpartition("/")[2], id) if cluster is None else cluster.folder
        shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            self._clusters.pop(id.lower(), None)

    def stop_all(self) -> None:
        """Stop every cluster that can be; what they kept stays, and `start` continues from it."""
        with self._lock:
            clusters = list(self._clusters.values())
            self._clusters.clear()
        for cluster in clusters:
            try:
                cluster.stop()
            except SandboxError as error:  # of one node; the other clusters have to end too
                _log.warning("cluster %s did not stop: %s", cluster.spec.name, error)

    def _find(self, id: str) -> Cluster:
        with self._lock:
            cluster = self._clusters.get(id.lower())
        if cluster is None:
            raise SandboxError(f"the sandbox runs no cluster {id}")
        return cluster

    def kubeconfig(self, id: str) -> str:
        """Return the admin kubeconfig."""
        return self._find(id).kubeconfig()

    def rotate(self, id: str) -> None:
        """Give the cluster new authorities and certificates; every kubeconfig handed out before is refused.

        Raises:
            SandboxError: its nodes are real, or a program did not start again.
        """
        self._find(id).rotate()

    def fqdn(self, id: str) -> str:
        """Return the API server's name in Azure's form; inside the sandbox the kubeconfig names the real address."""
        spec = self._find(id).spec
        return f"{spec.slug.lower()}.hcp.{spec.location}.azmk8s.io"

    def set_pool(self, id: str, pool: PoolSpec) -> None:
        self._find(id).set_pool(pool)

    def remove_pool(self, id: str, name: str) -> None:
        self._find(id).remove_pool(name)

    def all(self) -> list[Cluster]:
        with self._lock:
            return list(self._clusters.values())
