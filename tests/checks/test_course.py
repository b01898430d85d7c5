"""Every step of the course texts that shows a result has its check in the stack of its lab."""

from __future__ import annotations

import pytest

from checks import catalogue, document
from labs.stack_files import stacks_of
from tests.checks.fakes import PROJECT

EVERYWHERE = {
    "nodes": "kubectl get nodes",
    "cluster-dns": "names in every curl",
    "operator": "kubectl create -f tigera-operator.yaml",
    "tigera-status": "kubectl get tigerastatus",
    "installation": "kubectl get installations default",
    "calico-node": "kubectl get pods -n calico-system",
    "typha": "kubectl get deployments -n calico-system calico-typha",
    "api-servers": "kubectl get deployments -n calico-apiserver",
    "api-group": "kubectl api-resources | grep calico",
    "ip-pool": "kubectl get ippool",
    "pod-addresses": "kubectl get pods -A -o wide",
    "felix": "kubectl patch felixconfiguration",
    "wireguard-keys": "WireguardPublicKey, there or gone again",
    "namespaces": "kubectl create -f yaobank.yaml",
    "application-rollout": "kubectl get deployments",
    "endpoints": "kubectl get endpoints",
    "policies-alone": "kubectl delete of a step's policies",
    "traffic-baseline": "curl before the policy",
    "traffic-baseline-again": "curl after it is gone",
}
ON_AKS = {
    "address-plan": "az network vnet list",
    "kube-proxy": "kubectl get ds kube-proxy",
    "application-address": "kubectl get svc",
    "page": "curl of the external address",
    "services-endpoint": "ConfigMap kubernetes-services-endpoint, there or gone again",
    "bpf-switch": "eBPF on and off",
}
OF_ONE_LAB = {
    "azurecni": {"node-labels": "kubectl label node", "policy/91-global-default-deny": "global default deny"},
    "wireguard": {"wireguard-mtu": "ifconfig wireguard.cali", "wireguard-bytes": "tcpdump of port 51820"},
    "windows": {
        "windows-nodes": "kubectl get node -L kubernetes.io/os",
        "windows-build": "osImage and kernelVersion",
        "traffic/win-container-service.win-web-demo:80": "curl, denied and allowed",
        "policy/91-global-default-deny": "global default deny",
    },
    "byocni": {
        "node-addresses": "calicoctl get nodes -o wide",
        "autodetection": "nodeAddressAutodetectionV4",
        "traffic/summary.yaobank-summary:80": "curl between the tiers",
        "client-address": "kubectl logs deployments/customer, before eBPF",
    },
    "ebpf": {
        "node-addresses": "calicoctl get nodes -o wide",
        "bpf-log": "kubectl logs ds/calico-node | grep BPF",
        "client-address": "kubectl logs deployments/customer, after eBPF",
    },
    "nke": {
        "node-addresses": "calicoctl get nodes -o wide",
        "node-status-requests": "kubectl apply -f calico-node-status.yaml",
        "node-status": "kubectl get caliconodestatuses",
        "bgp-mesh": "route reflectors",
        "policy/01-mypolicy": "net-policy.yaml",
        "policy/11-custom-deny-egress": "net-policy1.yaml",
        "policy/12-default-allow-egress": "net-policy1.yaml",
        "traffic/frontend.guestbook:80": "curl from default and from testns",
        "traffic/redis-leader.guestbook:6379": "the page with its messages",
        "traffic/8.8.8.8:53": "the address that is closed",
        "traffic/1.1.1.1:53": "the address that stays open",
    },
}


def test_every_lab_is_named() -> None:
    assert {*OF_ONE_LAB, "dev"} == set(stacks_of(PROJECT))


@pytest.mark.parametrize("stack", OF_ONE_LAB)
def test_every_step_of_the_course_has_its_check(stack: str) -> None:
    names = {check.name for check in catalogue.checks_of(document.stack_of(PROJECT, stack))}
    wanted = {*EVERYWHERE, *OF_ONE_LAB[stack], *(ON_AKS if stack != "nke" else ())}
    assert wanted - names == set()


def test_what_has_no_check_says_why() -> None:
    assert document.UNPROVED
    for step, why in document.UNPROVED.items():
        assert len(why) > 20, step
