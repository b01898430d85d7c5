"""Calico's CRDs, as the operator of the lab's Calico release brings them.

They are read from the operator's own Go module (`tools/calico_crds.py` fetches it); nothing of them lies in this
repository. Enterprise kinds stay out: with one of them present the operator starts Enterprise controllers and dies
(measured with 1.28.1, 2026-11-22).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from sandbox.errors import SandboxError
from sandbox.kube_api import KubeApi

OPERATOR_KINDS = ("installations", "apiservers", "imagesets", "tigerastatuses", "goldmanes", "whiskers")
PROTECTION = Path(__file__).parent / "protection.yaml"
_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_MANAGER = "tigera-operator"
_SEEN = {"metadata": {"annotations": {"calico-labs/changed-by": "the sandbox, so that the API server looks"}}}


def crd_files(folder: Path) -> list[Path]:
    """Return the CRD files of the operator module's `pkg/imports/crds` that the sandbox installs.

    Raises:
        SandboxError: a file is missing or a folder is empty.
    """
    files = [folder / "operator" / f"operator.tigera.io_{kind}.yaml" for kind in OPERATOR_KINDS]
    for group in ("v1.crd.projectcalico.org", "v3.projectcalico.org", "policy.networking.k8s.io"):
        found = sorted((folder / "calico" / group).glob("*.yaml"))
        if not found:
            raise SandboxError(f"{folder / 'calico' / group} has no CRD files; run `make tools` again")
        files += found
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise SandboxError(f"CRD files are missing: {', '.join(missing)}; run `make tools` again")
    return files


def install_crds(api: KubeApi, folder: Path) -> None:
    """Apply the CRDs, and the policy that keeps the API group Calico policies are served from (see its file)."""

    def apply(file: Path) -> None:
        body = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        api.apply(f"{_CRD_PATH}/{body['metadata']['name']}", body, _MANAGER)

    for body in yaml.safe_load_all(PROTECTION.read_text(encoding="utf-8")):
        plural = (
            "mutatingadmissionpolicies"
            if body["kind"] == "MutatingAdmissionPolicy"
            else ("mutatingadmissionpolicybindings")
        )
        path = f"/apis/{body['apiVersion']}/{plural}/{body['metadata']['name']}"
        api.apply(path, body, "calico-labs-sandbox")
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(apply, crd_files(folder)))


def establish(api: KubeApi) -> None:
    """Let an API server that was started again serve the CRDs that the one before it had only named.

    It queues a CRD to be established when it sees a change of one that is named; one that dies in between leaves a CRD
    that is never served, for the next one sees no change (apiextensions-apiserver v0.34.1,
    pkg/apiserver/customresource_handler.go; seen in tests/faults/test_interruptions.py). So it gets to see one.
    """
    for crd in api.list(_CRD_PATH):
        conditions = crd.get("status", {}).get("conditions") or []
        if not any(item["type"] == "Established" and item["status"] == "True" for item in conditions):
            api.merge(f"{_CRD_PATH}/{crd['metadata']['name']}", _SEEN)
