"""Calico knows the API server by a name that works without kube-proxy, where it needs one, and has none elsewhere."""

from __future__ import annotations

import re

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope
from labs.enums import ClusterKind

_NAME, _NAMESPACE = "kubernetes-services-endpoint", "tigera-operator"
_BARE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_PORT = "443"


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(f"/api/v1/namespaces/{_NAMESPACE}/configmaps/{_NAME}")
    by_hand = f"{lab.kubectl} -n {_NAMESPACE} get configmap {_NAME} -o yaml"
    what = f"ConfigMap {_NAMESPACE}/{_NAME}"
    wanted = scope.bpf(lab) or scope.windows(lab)
    rows = [same(what, "there" if wanted else "not there", "there" if found else "not there", by_hand)]
    if wanted and found is not None:
        data = found.get("data") or {}
        host = str(data.get("KUBERNETES_SERVICE_HOST", ""))
        # The course's `https://` in front of the name keeps Calico from the API server.
        bare = _BARE.fullmatch(host) is not None
        rows.append(holds(f"{what}: host", "a bare host name", host or "none", bare, by_hand))
        rows.append(same(f"{what}: port", _PORT, data.get("KUBERNETES_SERVICE_PORT"), by_hand))
    return rows


CHECK = Check(
    name="services-endpoint",
    proves="Calico has the API server's own name where kube-proxy is not to be relied on, and only there",
    course="kubectl apply of ConfigMap kubernetes-services-endpoint",
    needs="read that one ConfigMap of tigera-operator",
    run=_run,
    applies=lambda lab: scope.own_operator(lab) and lab.settings.cluster is ClusterKind.AKS,
)
