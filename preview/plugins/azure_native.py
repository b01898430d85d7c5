"""azure-native on paper: a created resource is its inputs, and the few outputs that labs read.

Entry point too: `python -m preview.plugins.azure_native`.
"""

from __future__ import annotations

import base64
from typing import Any

from preview.plugins import KUBECONFIG
from sandbox.plugins.azure_native import previews, shapes
from sandbox.plugins.azure_native.functions import client_config
from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.azure_native.resources import kind_of
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Context, ProviderError, serve

_CREDENTIALS = "azure-native:containerservice:listManagedClusterAdminCredentials"
_CLIENT = "azure-native:authorization:getClientConfig"
_CLUSTER = "azure-native:containerservice:ManagedCluster"
_PRINCIPAL = "00000000-0000-0000-0000-0000000000d0"


class PaperAzure(AzureNative):
    """Never asks anybody."""

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        if token == _CLIENT:
            return client_config(self._subscription)
        if token != _CREDENTIALS:
            raise ProviderError(f"a preview without Azure has no answer to '{token}'; run it in the sandbox")
        encoded = base64.b64encode(KUBECONFIG.encode()).decode()
        return {"kubeconfigs": [{"name": "clusterAdmin", "value": encoded}]}

    def create(self, context: Context, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if context.preview:
            return super().create(context, inputs)
        kind = kind_of(context.type)
        id = kind.id(self._subscription, inputs)
        outputs = _known(shapes.previewed(previews.schema_of(kind), kind, inputs))
        outputs |= {"name": id.rpartition("/")[2], "azureApiVersion": kind.api_version}
        if kind.type == _CLUSTER:
            outputs["fqdn"] = f"{inputs.get('dnsPrefix', 'lab')}.hcp.paper.azmk8s.io"
            outputs["identity"] = {**outputs.get("identity", {}), "principalId": _PRINCIPAL}
        return id, outputs


def _known(value: Any) -> Any:
    """Leave out what only Azure could say."""
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items() if item is not UNKNOWN}
    if isinstance(value, list):
        return [_known(item) for item in value if item is not UNKNOWN]
    return value


if __name__ == "__main__":
    serve(PaperAzure())
