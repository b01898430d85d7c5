"""One Kubernetes object of a manifest, as one Pulumi resource.

Manifests are expanded here, object by object, and not by yaml.ConfigGroup: on the first preview of a stack a
ConfigGroup shows a single line, because the cluster it would ask does not exist yet.

The type tokens are those of the SDK's typed classes, and so is everything that goes over the wire; a test
compares them. The typed classes themselves stay out because importing core.v1, apps.v1 and networking.v1
takes as long as all the other imports of the program together (0.5 s on 2 cores, 2026-11-22), on every
preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


def type_token(api_version: str, kind: str) -> str:
    """Return the token the Kubernetes SDK uses for this kind; only the core group is spelled differently
    there."""
    group_version = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group_version}:{kind}"


def child_name(component: str, body: Mapping[str, Any]) -> str:
    """Name an object's resource after the object and never after its file.

    A new resource name is a new resource: renumbering a file would create the object a second time, which the
    cluster refuses, before deleting the first.
    """
    metadata = body["metadata"]
    return "-".join(part for part in (component, metadata.get("namespace"), metadata["name"]) if part)


FILLED_IN = ["spec.clusterIP"]
"""For ignore_changes. The cluster gives a Service its address. A Service that is imported has it among its inputs, and
leaving it out would then replace the Service (seen in tests/faults/test_kills.py).
"""


class KubernetesObject(pulumi.CustomResource):
    """An object that this stack owns: created, updated and deleted with it."""

    metadata: pulumi.Output[Any]
    """The object's metadata, in Kubernetes' own spelling."""

    status: pulumi.Output[Any]
    """What the cluster reports about the object, in Kubernetes' own spelling; unknown until it exists."""

    def __init__(self, name: str, body: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        token = type_token(body["apiVersion"], body["kind"])
        if body["kind"] == "Service" and "clusterIP" not in body["spec"]:
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=FILLED_IN))
        super().__init__(token, name, {**body, "status": None}, opts)


class KubernetesPatch(pulumi.CustomResource):
    """Some fields of an object that somebody else owns; deleting the patch gives only these fields back."""

    def __init__(self, name: str, body: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        token = type_token(body["apiVersion"], f"{body['kind']}Patch")
        super().__init__(token, name, dict(body), opts)
