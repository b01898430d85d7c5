"""What every operation of one configured provider shares: settings, connection, kinds, log and cancellation.

Connects to nothing by itself; the first operation that needs the cluster finds out whether it answers, and
that answer holds for the life of the plugin, as it does for the real provider (which asks in Configure).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.config import Settings
from sandbox.plugins.kubernetes.discovery import Discovery
from sandbox.plugins.kubernetes.engine_log import EngineLog
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError, UnreachableError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.kubeconfig import Kubeconfig
from sandbox.plugins.server import ProviderError


class Session:
    """One configured provider."""

    def __init__(
        self,
        settings: Settings,
        log: EngineLog,
        cancelled: threading.Event,
        connect: Callable[[Kubeconfig], Api] = Api,
    ) -> None:
        self.settings = settings
        self.log = log
        self.cancelled = cancelled
        self._api = connect(settings.kubeconfig) if settings.kubeconfig else None
        self._kinds = Discovery(self._api) if self._api else None
        self._problem: str | None = None
        self._lock = threading.Lock()

    @property
    def problem(self) -> str:
        """Why the cluster cannot be reached; empty if it can."""
        with self._lock:
            if self._problem is None:
                self._problem = self._probe()
            return self._problem

    def _probe(self) -> str:
        if self._api is None:
            return self.settings.kubeconfig_problem
        try:
            self._api.get("/version")
        except UnreachableError as error:
            return f"unable to load schema information from the API server: {error}"
        except ApiError as error:
            if error.code == 401:
                return f"unable to load schema information from the API server: {error}"
        return ""

    @property
    def api(self) -> Api:
        """The connection.

        Raises:
            ProviderError: the cluster cannot be reached, in the words for a create or an update.
        """
        if self.problem or self._api is None:
            raise ProviderError(f"configured Kubernetes cluster is unreachable: {self.problem}")
        return self._api

    @property
    def kinds(self) -> Discovery:
        if self.problem or self._kinds is None:
            raise ProviderError(f"configured Kubernetes cluster is unreachable: {self.problem}")
        return self._kinds

    def serves(self, gvk: Gvk) -> bool:
        """Tell whether the cluster is there and serves the kind."""
        if self.problem:
            return False
        try:
            self.kinds.find(gvk)
        except (ApiError, NoMatchError, UnreachableError):
            return False
        return True

    def is_namespaced(self, gvk: Gvk) -> bool:
        """Tell the scope of a kind; one that nobody knows yet is taken for namespaced, and the server corrects it."""
        if gvk.namespaced is not None:
            return gvk.namespaced
        if self.problem:
            return True
        try:
            scope = self.kinds.namespaced(gvk)
        except (ApiError, UnreachableError):
            return True
        return True if scope is None else scope

    def declare_crd(self, group: str, kind: str, *, namespaced: bool) -> None:
        if self._kinds is not None:
            self._kinds.declare(group, kind, namespaced=namespaced)
