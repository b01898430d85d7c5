"""The baseline for `pulumi up`: the same objects, applied by plain kubectl and waited for.

What is applied is read from the state that `up` left, so the two cannot drift apart; the order and the waits are those
a careful person would write into a script.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sandbox.charts.chart import Install, merged
from sandbox.charts.tigera_operator import TigeraOperatorChart
from sandbox.home import Home, write_private
from sandbox.plugins.azure_native.client import ArmClient
from sandbox.plugins.server import Provider

Body = dict[str, Any]
_GROUP_VERSION = "2024-03-01"
_CLUSTER_VERSION = "2025-09-01"
_OPERATOR_KINDS = {
    "Installation": "installations.operator.tigera.io",
    "APIServer": "apiservers.operator.tigera.io",
}


class ByHand:
    """A script of kubectl calls that builds what a stack's state describes."""

    def __init__(self, home: Home, state: Body) -> None:
        self._home = home
        resources = state["resources"]
        self._objects = [
            _body(r) for r in resources if r["type"].startswith("kubernetes:") and "helm.sh" not in r["type"]
        ]
        (release,) = [r["inputs"] for r in resources if r["type"] == "kubernetes:helm.sh/v3:Release"]
        self._chart = _chart_objects(release)
        self._arm = ArmClient(Provider().cancelled)
        self._group = _azure_resource(resources, "azure-native:resources:ResourceGroup")
        self._cluster = _azure_resource(resources, "azure-native:containerservice:ManagedCluster")

    def up(self) -> None:
        """Make the cluster and everything in it; returns when the application has its address."""
        self._arm.call("PUT", self._group["id"], _GROUP_VERSION, self._group["body"])
        self._arm.call("PUT", self._cluster["id"], _CLUSTER_VERSION, self._cluster["body"])
        answer = self._arm.call(
            "POST", f"{self._cluster['id']}/listClusterAdminCredential", _CLUSTER_VERSION, {}
        )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_private(folder / "kubeconfig", base64.b64decode(answer["kubeconfigs"][0]["value"]).decode())
            self._apply_all(folder)

    def down(self) -> None:
        self._arm.call("DELETE", self._cluster["id"], _CLUSTER_VERSION)
        self._arm.call("DELETE", self._group["id"], _GROUP_VERSION)

    def _apply_all(self, folder: Path) -> None:
        policies = [o for o in self._objects if o["kind"].endswith("NetworkPolicy")]
        rest = [o for o in self._objects if o["kind"] not in (*_OPERATOR_KINDS, "Namespace")]
        self._kubectl(folder, "create", "namespace", "tigera-operator")
        self._apply(folder, self._chart)
        self._kubectl(folder, "-n", "tigera-operator", "rollout", "status", "deployment/tigera-operator")
        for kind, resource in _OPERATOR_KINDS.items():
            # Both give up on conditions that are null yet; the names are accepted by the update that ends that.
            for until in (
                "create",
                f"jsonpath={{.status.acceptedNames.kind}}={kind}",
                "condition=Established",
            ):
                self._kubectl(folder, "wait", f"--for={until}", f"crd/{resource}", "--timeout=60s")
            (body,) = (o for o in self._objects if o["kind"] == kind)
            self._apply(folder, [body])
            self._kubectl(folder, "wait", "--for=condition=Ready", f"{resource}/default", "--timeout=300s")
        self._apply(folder, [o for o in self._objects if o["kind"] == "Namespace"])
        self._apply(folder, policies)
        self._apply(folder, [o for o in rest if o not in policies])
        for item in rest:
            meta = item["metadata"]
            if item["kind"] == "Deployment":
                self._kubectl(
                    folder, "-n", meta["namespace"], "rollout", "status", f"deployment/{meta['name']}"
                )
            if item["kind"] == "Service" and item["spec"].get("type") == "LoadBalancer":
                path = "jsonpath={.status.loadBalancer.ingress[0].ip}"
                self._kubectl(
                    folder,
                    "-n",
                    meta["namespace"],
                    "wait",
                    f"--for={path}",
                    f"service/{meta['name']}",
                    "--timeout=60s",
                )

    def _apply(self, folder: Path, objects: list[Body]) -> None:
        file = folder / "objects.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
        self._kubectl(folder, "apply", "--server-side", "-f", str(file))

    def _kubectl(self, folder: Path, *arguments: str) -> None:
        subprocess.run(
            [
                str(self._home.root / "bin" / "kubectl"),
                "--kubeconfig",
                str(folder / "kubeconfig"),
                *arguments,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _body(resource: Body) -> Body:
    return {key: value for key, value in resource["inputs"].items() if not key.startswith("__")}


def _chart_objects(release: Body) -> list[Body]:
    chart = TigeraOperatorChart()
    version = release["version"]
    install = Install(
        release=release["name"],
        namespace=release["namespace"],
        version=version,
        values=merged(chart.defaults(version), release.get("values") or {}),
    )
    return chart.render(install)


def _azure_resource(resources: list[Body], type: str) -> Body:
    """Return id and request body of the one resource of that type; azure-native lifts `properties` to the top."""
    (resource,) = [r for r in resources if r["type"] == type]
    names = ("resourceGroupName", "resourceName")
    envelope = ("location", "tags", "identity", "sku")
    inputs = {k: v for k, v in resource["inputs"].items() if k not in names and not k.startswith("__")}
    properties = {k: v for k, v in inputs.items() if k not in envelope}
    body = {k: v for k, v in inputs.items() if k in envelope}
    return {"id": resource["id"], "body": {**body, "properties": properties} if properties else body}
