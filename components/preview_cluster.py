"""An AKS cluster by a preview of Azure's API, which alone can switch kube-proxy off.

azure-native offers other API versions than its default as packages of their own, made out of the provider by
parameters (`pulumi package add azure-native containerservice <version>` writes a whole SDK for one, by the real
provider). What such an SDK would send is little: another type token, and a reference to the parameterized package. That
is done here, with the inputs and outputs of the installed SDK, since only `networkProfile.kubeProxyConfig` is added.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, cast

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2
from pulumi_azure_native import containerservice as aks

from labs import versions

_MODULE = "containerservice"
_VERSION = "v" + versions.AKS_PREVIEW_API.replace("-", "")
PACKAGE = f"azure-native_{_MODULE}_{_VERSION}"
"""Name that azure-native gives the package (provider_parameterize.go, generateNewPackageName, read 2026-11-27)."""

PREVIEW_TYPE = f"{PACKAGE}:{_MODULE}:ManagedCluster"
STABLE_TYPE = f"azure-native:{_MODULE}:ManagedCluster"

_OUTPUTS = ("name", "fqdn", "current_kubernetes_version", "provisioning_state", "azure_api_version")


class PreviewManagedCluster(aks.ManagedCluster):
    """ManagedCluster of the preview API; its outputs are those of the stable one."""

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        properties = aks.ManagedClusterArgs.__new__(aks.ManagedClusterArgs)
        # As the SDK's own classes do it: inputs by their Python names, and outputs named with no value.
        named = {
            key.removesuffix("_"): value for key, value in inputs.items()
        }  # resource_name_ is an argument's name
        properties.__dict__.update(named, **dict.fromkeys(_OUTPUTS))
        # The SDK takes such objects everywhere and says only "mapping".
        pulumi.CustomResource.__init__(
            self, PREVIEW_TYPE, name, cast("Any", properties), opts, package_ref=_package()
        )


async def _package() -> str:
    """Register the parameterized package with the engine and return the engine's name for it."""
    parameter = json.dumps({"module": _MODULE, "version": _VERSION}, separators=(",", ":")).encode()
    release = version("pulumi_azure_native")
    request = resource_pb2.RegisterPackageRequest(
        name="azure-native",
        version=release,
        parameterization=resource_pb2.Parameterization(
            # Twice encoded in all: the provider's own text, and the wire's bytes (serializeParameterizeArgs).
            name=PACKAGE,
            version=release,
            value=base64.b64encode(parameter),
        ),
    )
    monitor = settings.get_monitor()
    assert monitor is not None  # a resource is being declared
    answer = await asyncio.get_running_loop().run_in_executor(None, monitor.RegisterPackage, request)
    return str(answer.ref)
