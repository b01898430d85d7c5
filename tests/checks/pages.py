"""A lab in memory whose page has an address; its customer pod has a log."""

from __future__ import annotations

from checks.lab import Lab
from checks.traffic.session import Options, Session
from tests.checks.fakes import FakeApi, lab_of, node

_SERVICE = "/api/v1/namespaces/yaobank-customer/services/yaobank-customer"


def lab_with_page(address: str | None, port: int = 10250, stack: str = "byocni") -> Lab:
    """Return the lab; `port` is the kubelet's, 0 makes the node a simulated one."""
    api = FakeApi({"/api/v1/nodes/a": node("a", port=port)})
    given = [{"ip": address}] if address else []
    api.objects[_SERVICE] = {
        "metadata": {"name": "yaobank-customer"},
        "status": {"loadBalancer": {"ingress": given}},
    }
    for name in ("yaobank-customer", "kube-system"):
        labels = {"kubernetes.io/metadata.name": name}
        api.objects[f"/api/v1/namespaces/{name}"] = {"metadata": {"name": name, "labels": labels}}
    api.objects["/api/v1/namespaces/yaobank-customer/pods/customer-1"] = {
        "metadata": {"namespace": "yaobank-customer", "name": "customer-1", "labels": {"app": "customer"}},
        "spec": {"containers": [{"name": "customer"}]},
        "status": {"podIP": "10.244.0.9", "phase": "Running"},
    }
    return lab_of(stack, api, Session(Options(run="r1")))


def closed(whole: Lab) -> Lab:
    """Return the lab without the file that lets visitors in."""
    files = [policy for policy in whole.policy_files if policy.path.stem != "21-customer-from-load-balancer"]
    return Lab(whole.settings, whole.api, whole.app, whole.policies, files, (), whole.traffic)
