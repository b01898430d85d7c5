"""The kubeconfigs that `listCluster...Credential` answers with: one credential, under Azure's names.

Owns names and envelope. Does not own the credential: the sandbox has one per cluster, and without Entra ID
real Azure's user credential has the same rights as the admin one.
"""

from __future__ import annotations

import base64
from typing import Any

import yaml

KINDS = {
    # action -> name of the kubeconfig, suffix of the context
    "listclusteradmincredential": ("clusterAdmin", "-admin"),
    "listclusterusercredential": ("clusterUser", ""),
    "listclustermonitoringusercredential": ("clusterMonitoringUser", "-monitoring"),
}


def answer(action: str, kubeconfig: str, group: str, cluster: str) -> dict[str, Any]:
    """Return the answer to one of `KINDS`, made from the cluster's own admin kubeconfig."""
    name, suffix = KINDS[action.lower()]
    text = yaml.safe_dump(_renamed(yaml.safe_load(kubeconfig), f"{name}_{group}_{cluster}", cluster, suffix))
    return {"kubeconfigs": [{"name": name, "value": base64.b64encode(text.encode()).decode()}]}


def _renamed(config: dict[str, Any], user: str, cluster: str, suffix: str) -> dict[str, Any]:
    """Name cluster, user and context as AKS does: `lab`, `clusterAdmin_group_lab`, `lab-admin`."""
    context = f"{cluster}{suffix}"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": config["clusters"][0]["cluster"]}],
        "users": [{"name": user, "user": config["users"][0]["user"]}],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
        "current-context": context,
        "preferences": {},
    }
