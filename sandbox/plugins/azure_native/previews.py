"""Packages that the provider becomes by parameters: other versions of Azure's API than the SDK's default.

Owns their names and what a preview has that the installed SDK does not know. Names and parameters are those of the
real provider (provider_parameterize.go, read 2026-11-27); that one has hundreds, these are the two that labs may use.
"""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Any

from sandbox.plugins.azure_native import schema
from sandbox.plugins.server import ProviderError

if TYPE_CHECKING:
    from sandbox.plugins.azure_native.resources import Kind

_VERSIONS = ("2026-03-02-preview", "2026-05-02-preview")
_MODULE = "containerservice"


def _sdk_version(api_version: str) -> str:
    return "v" + api_version.replace("-", "")


PACKAGES = {f"azure-native_{_MODULE}_{_sdk_version(version)}": version for version in _VERSIONS}
"""Package -> version of Azure's API."""

PREVIEW_PROPERTIES: dict[str, dict[str, Any]] = {
    "ContainerServiceNetworkProfile": {
        "kubeProxyConfig": {"type": "object", "ref": "ContainerServiceNetworkProfileKubeProxyConfig"}
    }
}
"""Object -> its properties in these versions (Azure/azure-rest-api-specs, ContainerServiceNetworkProfile)."""

PREVIEW_OBJECTS: dict[str, dict[str, Any]] = {
    "ContainerServiceNetworkProfileKubeProxyConfig": {
        "properties": {
            "enabled": {"type": "boolean"},
            "mode": {"type": "string", "enum": ["IPTABLES", "IPVS"]},
            "ipvsConfig": {"type": "any"},
        },
        "required": [],
    }
}


def package_of(value: bytes) -> str:
    """Return the package that a generated SDK's parameter asks for.

    Raises:
        ProviderError: there is no such package.
    """
    try:
        asked = json.loads(base64.b64decode(value, validate=True))
        name = f"azure-native_{asked['module']}_{asked['version']}"
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderError(f"failed to deserialize parameterize args: {error}") from error
    if name not in PACKAGES:
        raise ProviderError(
            f"no resources found for module {asked['module']} at API version {asked['version']}; the azure-native "
            f"stand-in has only {', '.join(sorted(PACKAGES))}"
        )
    return name


def schema_of(kind: Kind) -> schema.Schema:
    """Return what the kind's API version knows of its resources."""
    return _previewed(kind.type) if kind.api_version in _VERSIONS else schema.load()


@functools.cache
def _previewed(token: str) -> schema.Schema:
    stable = schema.load()
    # Read first: a schema that is derived knows of an object only when something that holds it was looked at.
    inputs, outputs = stable.inputs[token], stable.outputs[token]
    objects = {**stable.objects, **PREVIEW_OBJECTS}
    for name, added in PREVIEW_PROPERTIES.items():
        for part in (f"{name}Args", f"{name}Response"):
            if part in objects:
                objects[part] = {**objects[part], "properties": {**objects[part]["properties"], **added}}
    return schema.Schema({token: inputs}, {token: outputs}, objects)
