"""kubernetes on paper: a created object is its inputs, ready at once. No connection is ever opened.

Not even to look whether a cluster answers: a stack file can name any kubeconfig, and a kubeconfig can name a program
to run. Entry point too: `python -m preview.plugins.kubernetes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import config
from sandbox.plugins.kubernetes.api import JSON, Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import UnreachableError
from sandbox.plugins.kubernetes.kinds import RELEASE_TOKEN, Gvk
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.server import Context, serve

_ADDRESS = "203.0.113.7"
_FIELD_MANAGER = "paper"
_IN_NO_NAMESPACE = frozenset(
    {
        "APIServer",
        "BGPConfiguration",
        "BGPPeer",
        "CalicoNodeStatus",
        "FelixConfiguration",
        "GlobalNetworkPolicy",
        "GlobalNetworkSet",
        "IPPool",
        "Installation",
        "StagedGlobalNetworkPolicy",
        "Tier",
    }
)
"""Kinds of custom resources that are in no namespace; all others of the labs are."""


class NoApi(Api):
    """A connection that is not there."""

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
    ) -> Any:
        raise UnreachableError("a preview without a cluster asks none")


class PaperSession(Session):
    """Knows the scope of Calico's kinds, since no API server is there to tell it."""

    def is_namespaced(self, gvk: Gvk) -> bool:
        return False if gvk.kind in _IN_NO_NAMESPACE else super().is_namespaced(gvk)


class PaperKubernetes(KubernetesProvider):
    """Never asks anybody."""

    def configure(self, config_values: dict[str, Any]) -> None:
        self._session = PaperSession(config.settings(config_values), self._log, self.cancelled, NoApi)

    def create(self, context: Context, inputs: Body) -> tuple[str, Body]:
        if context.preview:
            return super().create(context, inputs) if context.type != RELEASE_TOKEN else ("", inputs)
        if context.type == RELEASE_TOKEN:
            namespace, name = inputs["namespace"], inputs["name"]
            status = {"name": name, "namespace": namespace, "status": "deployed", "revision": 1}
            return f"{namespace}/{name}", {**inputs, "status": status}
        live = bodies.to_wire(inputs)
        if (live.get("spec") or {}).get("type") == "LoadBalancer":
            live["status"] = {"loadBalancer": {"ingress": [{"ip": _ADDRESS}]}}
        return bodies.full_name(live), bodies.checkpoint(
            live, _FIELD_MANAGER, str(live.get("apiVersion", ""))
        )

    def update(self, context: Context, id: str, old_inputs: Body, old_outputs: Body, news: Body) -> Body:
        if context.type == RELEASE_TOKEN:
            return {**news, "status": old_outputs.get("status")}
        return super().update(context, id, old_inputs, old_outputs, news)


if __name__ == "__main__":
    serve(PaperKubernetes())
