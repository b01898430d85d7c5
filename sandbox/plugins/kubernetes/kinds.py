"""Group, version and kind of a resource: from its type token, from its body, and what is known of it without a server.

Does not know custom kinds: those are asked of the API server (`discovery.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RELEASE_TOKEN = "kubernetes:helm.sh/v3:Release"  # noqa: S105 - a type token, not a password


def words(text: str) -> list[str]:
    """Return the words of a text; long tables of names read better without a quote around each."""
    return text.split()


_BUILTIN_GROUPS = frozenset(
    ["", "apps", "autoscaling", "batch", "extensions", "policy"]
    + [
        f"{name}.k8s.io"
        for name in words(
            "admissionregistration apiextensions apiregistration authentication authorization certificates "
            "coordination discovery events flowcontrol.apiserver internal.apiserver networking node "
            "rbac.authorization resource scheduling storage storagemigration"
        )
    ]
)
"""Groups that the API server itself serves; other *.k8s.io groups (gateway, policy.networking) are custom."""

_CLUSTER_SCOPED = frozenset(
    words(
        "APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding "
        "ClusterTrustBundle ComponentStatus CustomResourceDefinition DeviceClass FlowSchema IPAddress "
        "IngressClass MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
        "MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass "
        "PriorityLevelConfiguration ResourceSlice RuntimeClass SelfSubjectAccessReview "
        "SelfSubjectReview SelfSubjectRulesReview ServiceCIDR StorageClass StorageVersion "
        "StorageVersionMigration SubjectAccessReview TokenReview ValidatingAdmissionPolicy "
        "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment "
        "VolumeAttributesClass"
    )
)
"""Cluster-scoped kinds of the groups above: those that an API server 1.34 lists (an e2e test compares them),
and those of its alpha and beta versions.
"""


@dataclass(frozen=True)
class Gvk:
    """Group (empty for core), version and kind."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def builtin(self) -> bool:
        return self.group in _BUILTIN_GROUPS

    @property
    def namespaced(self) -> bool | None:
        """Whether objects live in a namespace; None for a custom kind."""
        return self.kind not in _CLUSTER_SCOPED if self.builtin else None


def of_token(token: str) -> Gvk:
    """Return what a type token such as `kubernetes:apps/v1:DeploymentPatch` names, without the `Patch`."""
    _, module, name = token.split(":", 2)
    gvk = _of_api_version(module, name)
    return Gvk(gvk.group, gvk.version, name.removesuffix("Patch")) if gvk.builtin else gvk


def of_body(body: Mapping[str, Any], token: str) -> Gvk:
    """Return what the body says it is; the token fills in what the body leaves out."""
    named = of_token(token)
    api_version, kind = body.get("apiVersion"), body.get("kind")
    return _of_api_version(
        api_version if isinstance(api_version, str) and api_version else named.api_version,
        kind if isinstance(kind, str) and kind else named.kind,
    )


def _of_api_version(api_version: str, kind: str) -> Gvk:
    group, _, version = api_version.rpartition("/")
    return Gvk("" if group == "core" else group, version, kind)


def is_patch(token: str, kind: object) -> bool:
    """Tell whether this is a Patch resource; a custom kind may itself be named `...Patch`, so both are compared."""
    return token.rsplit(":", 1)[-1] == f"{kind}Patch"


def is_list(token: str) -> bool:
    gvk = of_token(token)
    return gvk.builtin and gvk.kind.endswith("List")


def is_crd(body: Mapping[str, Any]) -> bool:
    return body.get("kind") == "CustomResourceDefinition" and str(body.get("apiVersion", "")).startswith(
        "apiextensions.k8s.io/"
    )
