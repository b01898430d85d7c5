"""Stacks for the doctor: a state, an Azure and a cluster that are dictionaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.errors import ApiError
from doctor.azure import Azure
from doctor.errors import CannotLookError
from doctor.patient import Patient
from doctor.stack_state import StackState
from labs.settings import LabSettings
from tests.labs.cases import BYOCNI, NKE

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
GROUP_ID = f"{SUBSCRIPTION}/resourceGroups/calico-labs-byocni"
NODES_ID = f"{SUBSCRIPTION}/resourceGroups/calico-labs-byocni-nodes"
CLUSTER_ID = f"{GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/calico-labs-byocni"
BASE = "urn:pulumi:byocni::calico-labs"
GROUP: dict[str, Any] = {
    "urn": f"{BASE}::calico-labs:azure:LabResourceGroup$azure-native:resources:ResourceGroup::lab-group",
    "type": "azure-native:resources:ResourceGroup",
    "custom": True,
    "inputs": {"resourceGroupName": "calico-labs-byocni"},
    "parent": f"{BASE}::calico-labs:azure:LabResourceGroup::lab",
}
AKS_URN = f"{BASE}::calico-labs:azure:AksCluster::aks"
CLUSTER: dict[str, Any] = {
    "urn": f"{BASE}::calico-labs:azure:AksCluster$azure-native:containerservice:ManagedCluster::aks-cluster",
    "type": "azure-native:containerservice:ManagedCluster",
    "custom": True,
    "inputs": {"resourceGroupName": "calico-labs-byocni", "resourceName": "calico-labs-byocni"},
    "parent": AKS_URN,
}
AKS: dict[str, Any] = {"urn": AKS_URN, "type": "calico-labs:azure:AksCluster"}


class FakeAzure(Azure):
    """Answers from a dictionary of ids; `closed`: refuses to."""

    def __init__(self, found: Mapping[str, Any], closed: str = "") -> None:
        super().__init__("https://azure.invalid", "", SUBSCRIPTION.rpartition("/")[2])
        self._found = {id.lower(): body for id, body in found.items()}
        self._closed = closed

    def get(self, id: str, api_version: str) -> dict[str, Any] | None:
        assert api_version
        if self._closed:
            raise CannotLookError(self._closed)
        return self._found.get(id.lower())


class FakeApi:
    """Answers from a dictionary of paths: a list for collections, an object else; raises an error that is there."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    def get(self, path: str) -> dict[str, Any] | None:
        found: dict[str, Any] | ApiError | None = self._found.get(path)
        if isinstance(found, ApiError):
            raise found
        return found

    def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        return list(self._found.get(path) or [])


def patient(
    tmp_path: Path,
    *,
    settings: LabSettings = BYOCNI,
    resources: tuple[Mapping[str, Any], ...] = (),
    pending: tuple[tuple[str, Mapping[str, Any]], ...] = (),
    azure: Mapping[str, Any] | None = None,
    cluster: Mapping[str, Any] | None = None,
    closed: str = "",
    commands: Mapping[str, str] | None = None,
) -> Patient:
    """Return a stack; `cluster` is what its API answers, None for no cluster; `commands` stand for Azure's."""
    made = Patient(
        settings,
        tmp_path,
        StackState(resources, pending),
        {"PULUMI_BACKEND_URL": f"file://{tmp_path}/state"},
        lambda: FakeAzure(azure or {}, closed),
        NOW,
        host="here",
        **(commands or {}),
    )
    if cluster is not None:
        made.__dict__["api"] = FakeApi(cluster)
    return made


def nke(tmp_path: Path, **more: Any) -> Patient:
    """Return a stack on a cluster of the user's own."""
    return patient(tmp_path, settings=NKE, **more)


def lock(tmp_path: Path, stack: str, backend: str = "state", **changes: Any) -> None:
    """Leave a lock as Pulumi writes it."""
    folder = tmp_path / backend / ".pulumi" / "locks" / "organization" / "calico-labs" / stack
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "pid": 1,
        "username": "me",
        "hostname": "here",
        "timestamp": "2026-11-27T11:00:00.123Z",
        **changes,
    }
    (folder / "one.json").write_text(json.dumps(body), encoding="utf-8")


def azure_group(**tags: str) -> dict[str, Any]:
    return {
        "id": GROUP_ID,
        "tags": {"managedBy": "calico-labs", "expires": "2026-11-27T20:00:00Z", **tags},
        "properties": {"provisioningState": "Succeeded"},
    }


def azure_cluster(state: str = "Succeeded") -> dict[str, Any]:
    return {"id": CLUSTER_ID, "properties": {"provisioningState": state}}
