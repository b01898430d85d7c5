"""The few questions the doctor asks Azure Resource Manager: is it there, and in which state."""

from __future__ import annotations

import base64
import json
from typing import Any

from doctor.errors import CannotLookError

Body = dict[str, Any]
GROUP_VERSION = "2024-03-01"
AKS_VERSION = "2025-09-01"
NETWORK_VERSION = "2024-05-01"
ROLE_VERSION = "2022-04-01"
BUSY = ("Creating", "Updating", "Deleting", "Upgrading", "Scaling", "RotatingClusterCertificates")
"""Provisioning states in which Azure refuses the next operation."""
_SECONDS = 60.0


class Azure:
    """One subscription, asked with somebody's token."""

    def __init__(self, url: str, token: str, subscription: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self.subscription = f"/subscriptions/{subscription}"

    def get(self, id: str, api_version: str) -> Body | None:
        """Return the resource, or None if there is none.

        Raises:
            CannotLookError: Azure does not answer, or not to us.
        """
        status, body = self._call("GET", id, api_version)
        if status == 404:
            return None
        return _accepted(id, status, body)

    def group(self, name: str) -> Body | None:
        """Return a resource group, or None."""
        return self.get(f"{self.subscription}/resourceGroups/{name}", GROUP_VERSION)

    def cluster(self, group: str, name: str) -> Body | None:
        """Return a managed cluster, or None."""
        return self.get(self.cluster_id(group, name), AKS_VERSION)

    def cluster_id(self, group: str, name: str) -> str:
        return f"{self.subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"

    def kubeconfig(self, group: str, name: str) -> str:
        """Return the cluster's admin kubeconfig, as it is valid now.

        Raises:
            CannotLookError: Azure does not give it.
        """
        id = f"{self.cluster_id(group, name)}/listClusterAdminCredential"
        body = _accepted(id, *self._call("POST", id, AKS_VERSION))
        return base64.b64decode(body["kubeconfigs"][0]["value"]).decode()

    def _call(self, method: str, id: str, api_version: str) -> tuple[int, Body]:
        import urllib3

        with urllib3.PoolManager(retries=False, timeout=_SECONDS) as pool:
            try:
                answer = pool.request(
                    method,
                    f"{self._url}{id}?api-version={api_version}",
                    headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
                    body=b"{}" if method == "POST" else None,
                )
                return answer.status, json.loads(answer.data) if answer.data else {}
            except (urllib3.exceptions.HTTPError, ValueError) as error:
                raise CannotLookError(f"Azure at {self._url} does not answer: {error}") from error


def state_of(resource: Body) -> str:
    """Return the provisioning state of a resource."""
    return str((resource.get("properties") or {}).get("provisioningState", ""))


def _accepted(id: str, status: int, body: Body) -> Body:
    if status >= 400:
        error = body.get("error") or {}
        raise CannotLookError(
            f"Azure does not let us look at {id}: {error.get('code', status)}: {error.get('message', '')}"
        )
    return body
