"""Which policies of a lab's folder a stack deploys, and in which API group they are written.

Pure, so that what is analysed is what is deployed. What the policies mean is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs.enums import CalicoApiGroup, PolicySet
from labs.manifests import Manifest

_KUBERNETES = "networking.k8s.io/v1"
_CALICO = "projectcalico.org/v3"
_DEFAULT_DENY = "default-deny"

_DEPLOYED: Mapping[PolicySet, tuple[str, ...]] = {
    PolicySet.NONE: (),
    PolicySet.DEFAULT_DENY: (_KUBERNETES, _CALICO),
    PolicySet.KUBERNETES: (_KUBERNETES,),
    PolicySet.ALL: (_KUBERNETES, _CALICO),
}


def selected(
    policies: Sequence[Manifest], policy_set: PolicySet, *, calico_api: bool = True
) -> list[Manifest]:
    """Return the policies that a setting of `policies` deploys, in their order.

    `DefaultDeny` is what the files named after a default deny hold: the lab closed, before anything is opened
    again. Without Calico's API only those of Kubernetes can be written.
    """
    return [
        manifest
        for manifest in policies
        if manifest.api_version in _DEPLOYED[policy_set]
        and (calico_api or manifest.api_version == _KUBERNETES)
        and (policy_set is not PolicySet.DEFAULT_DENY or _DEFAULT_DENY in manifest.path.stem)
    ]


def in_group(manifests: Sequence[Manifest], group: CalicoApiGroup) -> list[Manifest]:
    """Return the manifests with Calico's kinds written in this API group.

    Names stay as they are: that is how the course wrote them into the internal group, and Calico read them.
    """
    return [replace(manifest, body=body_in_group(manifest.body, group)) for manifest in manifests]


def body_in_group(body: Mapping[str, Any], group: CalicoApiGroup) -> Mapping[str, Any]:
    """Return the body of one object in this API group, if it is one of Calico's."""
    return {**body, "apiVersion": str(group)} if body["apiVersion"] == _CALICO else body
