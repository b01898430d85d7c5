"""Every rule: one sound stack, each case changes one thing.

Each case is asked twice: of the plain functions, and of the pack through its own gRPC server, whose inputs raise when
an unknown value is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from guardrails.judge import judge
from guardrails.rules import RULES
from guardrails.stack_resource import UNKNOWN, Resource, Secret
from sandbox.home import PROJECT
from tests.guardrails.pack_server import Pack
from tests.guardrails.samples import (
    DEFAULT_PROVIDER,
    REMOVED,
    changed,
    kubernetes,
    resource,
    sound,
    without,
)

Change = Callable[[list[Resource]], list[Resource]]


def set_to(name: str, path: str, value: Any) -> Change:
    return lambda stack: changed(stack, name, path, value)


def remove(*names: str) -> Change:
    def change(stack: list[Resource]) -> list[Resource]:
        for name in names:
            stack = without(stack, name)
        return stack

    return change


def add(made: Resource) -> Change:
    return lambda stack: [*stack, made]


def then(*changes: Change) -> Change:
    def change(stack: list[Resource]) -> list[Resource]:
        for one in changes:
            stack = one(stack)
        return stack

    return change


@dataclass(frozen=True)
class Case:
    id: str
    rule: str
    change: Change
    message: str


_SIZE = "set it to a size with 4 vCPU or more that is not of the B-series (AKS does not support burstable sizes there)"
_UNPINNED = "write a tag other than latest, or a digest (the same commit would run something else tomorrow)"
_CONTAINER = "spec.template.spec.containers.0.image"
_IMAGE = "spec.template.spec.containers[0].image"
_GLOBAL = kubernetes(
    "projectcalico.org/v3:GlobalNetworkPolicy",
    "everywhere",
    "",
    spec={
        "types": ["Ingress", "Egress"],
        "namespaceSelector": "kubernetes.io/metadata.name not in {'kube-system'}",
    },
)


def calico(name: str, **spec: Any) -> Change:
    """Add a Calico policy of namespace shop."""
    return add(kubernetes("projectcalico.org/v3:NetworkPolicy", name, "shop", spec=spec))


def ingress_closed_by(*changes: Change, kind: str = "NetworkPolicy", **spec: Any) -> Change:
    """Let the default deny close egress only, and a policy of Calico close ingress."""
    body = {"selector": "all()", "types": ["Ingress"], **spec}
    namespace = "" if kind.startswith("Global") else "shop"
    closing = kubernetes(f"projectcalico.org/v3:{kind}", "in", namespace, spec=body)
    return then(set_to("x-deny", "spec.policyTypes", ["Egress"]), add(closing), *changes)


def allow_all(**spec: Any) -> Change:
    """Add a policy of Kubernetes over all pods of the namespace."""
    body = {"podSelector": {}, **spec}
    return add(kubernetes("networking.k8s.io/v1:NetworkPolicy", "again", "shop", spec=body))


def tier(action: Any) -> Change:
    return add(
        kubernetes("projectcalico.org/v3:Tier", "guard", "", spec={"order": 10, "defaultAction": action})
    )


_OPEN = (
    "namespace is 'shop' but no policy selects all of its pods for Ingress; add a default deny (a pod that no policy "
    "selects talks to everybody)"
)
_AGAIN = (
    "namespace is 'shop' but x-again lets everything through for Egress, whatever another policy closes; name who may "
    "(a pod that everybody reaches is not isolated)"
)
_EVERYWHERE = {"ipBlock": {"cidr": "0.0.0.0/0"}}
_NOBODY = (
    "spec.type of Service 'shop' is 'LoadBalancer' but no policy allows ingress to its pods; add an allow policy that "
    "names its source (the Internet either gets nothing or, without any policy, everything)"
)
_ALLOW = {"action": "Allow", "source": {"nets": ["192.0.2.0/24"]}}

BROKEN = [
    Case(
        "burstable inline pool",
        "no-burstable-system-pool",
        set_to("cluster", "agentPoolProfiles.0.vmSize", "Standard_B2s"),
        f"agentPoolProfiles[0].vmSize is 'Standard_B2s' but the pool is a system pool; {_SIZE}",
    ),
    Case(
        "burstable separate system pool",
        "no-burstable-system-pool",
        set_to("pool", "mode", "System"),
        f"vmSize is 'Standard_B2ms' but the pool is a system pool; {_SIZE}",
    ),
    Case(
        "no Calico",
        "calico-where-no-cni",
        remove("x-default"),
        "networkProfile.networkPlugin is 'none' but the stack has no Installation of operator.tigera.io; add "
        "one or set the plugin to 'azure' (without a CNI every node stays NotReady)",
    ),
    Case(
        "cni left out",
        "written-installation",
        set_to("x-default", "spec.cni", REMOVED),
        "spec.cni.type is '' but the operator then chooses by provider; write 'Calico' or 'AzureVNET' (for AKS it "
        "chooses AzureVNET, and nodes without a CNI stay NotReady)",
    ),
    Case(
        "provider left out",
        "written-installation",
        set_to("x-default", "spec.kubernetesProvider", REMOVED),
        "spec.kubernetesProvider is '' but the stack's cluster is AKS; write 'AKS' (the operator does not "
        "detect it, and volume plugin path, typha placement and MTU come out wrong)",
    ),
    Case(
        "BGP left out",
        "vxlan-without-bgp-on-aks",
        set_to("x-default", "spec.calicoNetwork.bgp", REMOVED),
        "spec.calicoNetwork.bgp is '' but the cluster is AKS; write 'Disabled' (Azure's fabric learns no routes from "
        "nodes, and left out it is Enabled)",
    ),
    Case(
        "IPIP",
        "vxlan-without-bgp-on-aks",
        set_to("x-default", "spec.calicoNetwork.ipPools.0.encapsulation", "IPIP"),
        "spec.calicoNetwork.ipPools[0].encapsulation is 'IPIP' but the cluster is AKS; write 'VXLAN' (Azure "
        "drops IPIP and has no routes to pods)",
    ),
    Case(
        "no pool",
        "vxlan-without-bgp-on-aks",
        set_to("x-default", "spec.calicoNetwork.ipPools", []),
        "spec.calicoNetwork.ipPools is '' but the cluster is AKS; write a pool with encapsulation VXLAN (the "
        "operator's own default pool is IPIP, which Azure drops)",
    ),
    Case(
        "private key in clear",
        "secrets-are-secret",
        add(kubernetes("core/v1:ConfigMap", "keys", "shop", data={"k": "-----BEGIN RSA PRIVATE KEY-----"})),
        "data.k is a value with a credential in it but the field is not secret; put it into a Secret, or take "
        "it out (it is stored and shown in clear)",
    ),
    Case(
        "no owner",
        "lab-tags-and-expiry",
        set_to("group", "tags.owner", REMOVED),
        "tags.owner is '' but a lab has to say it; pass the lab's tags (a forgotten lab is found by them)",
    ),
    Case(
        "expiry that no clean-up reads",
        "lab-tags-and-expiry",
        set_to("cluster", "tags.expires", "tomorrow"),
        "tags.expires is 'tomorrow' but the clean-up reads 2026-01-31T18:00:00Z; write the time in UTC like "
        "that (what it cannot read it never removes)",
    ),
    Case(
        "namespace open one way",
        "isolated-namespaces",
        set_to("x-deny", "spec.policyTypes", ["Ingress"]),
        "namespace is 'shop' but no policy selects all of its pods for Egress; add a default deny (a pod that "
        "no policy selects talks to everybody)",
    ),
    Case(
        "policy that selects some pods only",
        "isolated-namespaces",
        then(
            set_to("x-deny", "spec.podSelector", {"matchLabels": {"app": "web"}}),
            set_to("x-deny", "spec.policyTypes", ["Egress"]),
            add(
                kubernetes(
                    "projectcalico.org/v3:NetworkPolicy",
                    "out",
                    "shop",
                    spec={"selector": "all()", "types": ["Egress"]},
                )
            ),
        ),
        "namespace is 'shop' but no policy selects all of its pods for Ingress; add a default deny (a pod that "
        "no policy selects talks to everybody)",
    ),
    Case(
        "policy for one service account",
        "isolated-namespaces",
        ingress_closed_by(serviceAccountSelector="role == 'web'"),
        _OPEN,
    ),
    Case(
        "policy that is judged at the host",
        "isolated-namespaces",
        ingress_closed_by(kind="GlobalNetworkPolicy", doNotTrack=True, applyOnForward=True),
        _OPEN,
    ),
    Case(
        "tier that passes on",
        "isolated-namespaces",
        ingress_closed_by(tier("Pass"), tier="guard"),
        _OPEN,
    ),
    Case(
        "opened again for everybody",
        "isolated-namespaces",
        allow_all(egress=[{}], policyTypes=["Egress"]),
        _AGAIN,
    ),
    Case(
        "opened for every address", "isolated-namespaces", allow_all(egress=[{"to": [_EVERYWHERE]}]), _AGAIN
    ),
    Case(
        "opened for every pod",
        "isolated-namespaces",
        allow_all(egress=[{"to": [{"namespaceSelector": {}}]}]),
        _AGAIN,
    ),
    Case(
        "opened by Calico",
        "isolated-namespaces",
        calico(
            "again",
            types=["Egress"],
            egress=[
                {"action": "Allow", "destination": {"nets": ["0.0.0.0/0"]}, "metadata": {"annotations": {}}}
            ],
        ),
        _AGAIN,
    ),
    Case(
        "opened in a namespace that cannot be read",
        "isolated-namespaces",
        add(
            kubernetes(
                "projectcalico.org/v3:GlobalNetworkPolicy",
                "again",
                "",
                spec={"namespaceSelector": "has(open)", "types": ["Egress"], "egress": [{"action": "Allow"}]},
            )
        ),
        _AGAIN,
    ),
    Case("tier of another stack", "isolated-namespaces", ingress_closed_by(tier="guard"), _OPEN),
    Case(
        "pods in no namespace of the stack",
        "isolated-namespaces",
        then(
            add(kubernetes("apps/v1:Deployment", "stray", "", spec={})),
            add(
                kubernetes(
                    "projectcalico.org/v3:GlobalNetworkPolicy",
                    "out",
                    "",
                    spec={"types": ["Egress"], "namespaceSelector": "all()"},
                )
            ),
        ),
        _OPEN.replace("shop", "default"),
    ),
    Case(
        "load balancer whose allow is of the other direction",
        "load-balancer-with-source",
        set_to("x-allow", "spec.policyTypes", ["Egress"]),
        _NOBODY,
    ),
    Case(
        "load balancer whose allow is of another namespace",
        "load-balancer-with-source",
        then(
            remove("x-allow"),
            add(
                kubernetes(
                    "projectcalico.org/v3:GlobalNetworkPolicy",
                    "allow",
                    "",
                    spec={
                        "types": ["Ingress"],
                        "namespaceSelector": "kubernetes.io/metadata.name == 'other'",
                        "ingress": [_ALLOW],
                    },
                )
            ),
        ),
        _NOBODY,
    ),
    Case(
        "load balancer nobody may use",
        "load-balancer-with-source",
        remove("x-allow"),
        "spec.type of Service 'shop' is 'LoadBalancer' but no policy allows ingress to its pods; add an allow "
        "policy that names its source (the Internet either gets nothing or, without any policy, everything)",
    ),
    Case(
        "load balancer for everybody",
        "load-balancer-with-source",
        set_to("x-allow", "spec.ingress", [{"ports": [{"port": 80}]}]),
        "spec.type of Service 'shop' is 'LoadBalancer' but a policy that opens it names no source; write from, "
        "source or loadBalancerSourceRanges (no source means everybody, pods of all namespaces included)",
    ),
    Case(
        "internal API",
        "no-internal-calico-api",
        add(kubernetes("crd.projectcalico.org/v1:FelixConfiguration", "felix", "")),
        "apiVersion is 'crd.projectcalico.org/v1' but that group is Calico's own store; write 'projectcalico.org/v3' "
        "(nothing validates what is written past Calico's API)",
    ),
    Case(
        "image without a tag",
        "pinned-images-and-charts",
        set_to("x-web", _CONTAINER, "example.org:5000/web"),
        f"{_IMAGE} is 'example.org:5000/web' but that is no fixed version; {_UNPINNED}",
    ),
    Case(
        "latest image",
        "pinned-images-and-charts",
        set_to("x-web", _CONTAINER, "web:latest"),
        f"{_IMAGE} is 'web:latest' but that is no fixed version; {_UNPINNED}",
    ),
    Case(
        "chart of any version",
        "pinned-images-and-charts",
        set_to("release", "version", ">=3.32"),
        "version is '>=3.32' but that is no exact release; write one like 'v3.32.4' (the same commit would install "
        "something else tomorrow)",
    ),
    Case(
        "default provider",
        "explicit-kubernetes-provider",
        lambda stack: [
            replace(entry, provider=DEFAULT_PROVIDER) if entry.name == "x-web" else entry for entry in stack
        ],
        "the provider is 'default_4_34_2' but Kubernetes objects need an explicit one; pass parent= or "
        "provider= (the default one uses whatever cluster ~/.kube/config points at)",
    ),
    Case(
        "no provider",
        "explicit-kubernetes-provider",
        lambda stack: [replace(entry, provider="") if entry.name == "x-web" else entry for entry in stack],
        "the provider is '' but Kubernetes objects need an explicit one; pass parent= or provider= (the "
        "default one uses whatever cluster ~/.kube/config points at)",
    ),
]

ALLOWED: list[tuple[str, Change]] = [
    ("the sound stack", lambda stack: stack),
    ("a digest", set_to("x-web", _CONTAINER, "web@sha256:" + "a" * 64)),
    ("plugin azure without Calico", then(
        remove("x-default"), set_to("cluster", "networkProfile.networkPlugin", "azure"))),
    ("Azure's pod network without a pool", then(
        set_to("x-default", "spec.cni.type", "AzureVNET"), set_to("x-default", "spec.calicoNetwork.ipPools", []))),
    ("a namespace of the cluster's own", add(kubernetes("core/v1:Namespace", "calico-system", ""))),
    ("a global policy instead of one in the namespace", then(remove("x-deny"), add(_GLOBAL))),
    ("a tier that denies what it does not match", ingress_closed_by(tier("Deny"), tier="guard")),
    ("an allow to all pods that names who, or what", then(
        allow_all(egress=[{"ports": [{"port": 80}]}, {"to": [{"podSelector": {}}]},
                          {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]),
        calico("named", types=["Egress"], egress=[{"action": "Allow", "protocol": "TCP"}, {"action": "Deny"},
                                                  {"action": "Allow", "destination": {"selector": "a == 'b'"}}]))),
    ("an allow of everything for a direction that types leave out", allow_all(policyTypes=["Ingress"], egress=[{}])),
    ("source ranges on the Service", then(
        set_to("x-allow", "spec.ingress", [{}]), set_to("x-shop", "spec.loadBalancerSourceRanges", ["192.0.2.0/24"]))),
    ("Calico's allow with a source", then(remove("x-allow"), add(kubernetes(
        "projectcalico.org/v3:NetworkPolicy", "allow", "shop",
        spec={"types": ["Ingress"], "selector": "app == 'web'",
              "ingress": [{"action": "Allow", "source": {"nets": ["192.0.2.0/24"]}}]})))),
]  # fmt: skip

UNDECIDED = [
    Case("size", "no-burstable-system-pool", set_to("cluster", "agentPoolProfiles.0.vmSize", UNKNOWN),
         "agentPoolProfiles[0].vmSize"),
    Case("all pools", "no-burstable-system-pool", set_to("cluster", "agentPoolProfiles", UNKNOWN), "agentPoolProfiles"),
    Case("plugin", "calico-where-no-cni",
         then(remove("x-default"), set_to("cluster", "networkProfile.networkPlugin", UNKNOWN)),
         "networkProfile.networkPlugin"),
    Case("cni", "written-installation", set_to("x-default", "spec.cni.type", UNKNOWN), "spec.cni.type"),
    Case("provider", "written-installation", set_to("x-default", "spec.kubernetesProvider", UNKNOWN),
         "spec.kubernetesProvider"),
    Case("bgp", "vxlan-without-bgp-on-aks", set_to("x-default", "spec.calicoNetwork.bgp", UNKNOWN),
         "spec.calicoNetwork.bgp"),
    Case("a pool", "vxlan-without-bgp-on-aks", set_to("x-default", "spec.calicoNetwork.ipPools", [UNKNOWN]),
         "spec.calicoNetwork.ipPools[0].encapsulation"),
    Case("tags", "lab-tags-and-expiry", set_to("group", "tags", UNKNOWN), "tags"),
    Case("expiry", "lab-tags-and-expiry", set_to("group", "tags.expires", UNKNOWN), "tags.expires"),
    Case("policy types", "isolated-namespaces", set_to("x-deny", "spec.policyTypes", UNKNOWN),
         "whether a policy closes namespace shop for Egress"),
    Case("a rule of an allow to all pods", "isolated-namespaces", allow_all(egress=[UNKNOWN]),
         "whether a policy closes namespace shop for Egress"),
    Case("a source of an allow to all pods", "isolated-namespaces", calico("again", types=["Egress"], egress=[
        {"action": "Allow", "destination": {"nets": [UNKNOWN]}}]), "whether a policy closes namespace shop for Egress"),
    Case("namespace name", "isolated-namespaces", set_to("x-shop-ns", "metadata.name", UNKNOWN), "metadata.name"),
    Case("ingress rules", "load-balancer-with-source", set_to("x-allow", "spec.ingress", UNKNOWN),
         "the sources that its policies allow"),
    Case("namespace of a workload", "isolated-namespaces", set_to("x-web", "metadata.namespace", UNKNOWN),
         "metadata.namespace"),
    Case("default action of a tier", "isolated-namespaces", ingress_closed_by(tier(UNKNOWN), tier="guard"),
         "whether a policy closes namespace shop for Ingress"),
    Case("action", "load-balancer-with-source", then(remove("x-allow"), calico(
        "allow", types=["Ingress"], ingress=[{"action": UNKNOWN}])), "the sources that its policies allow"),
    Case("source", "load-balancer-with-source", set_to("x-allow", "spec.ingress", [{"from": UNKNOWN}]),
         "the sources that its policies allow"),
    Case("selector of the allow", "load-balancer-with-source",
         set_to("x-allow", "spec.podSelector", {"matchLabels": {"app": UNKNOWN}}),
         "the sources that its policies allow"),
    Case("selector", "load-balancer-with-source", set_to("x-shop", "spec.selector", {"app": UNKNOWN}),
         "spec.type or spec.selector"),
    Case("group", "no-internal-calico-api", set_to("x-web", "apiVersion", UNKNOWN), "apiVersion"),
    Case("image", "pinned-images-and-charts", set_to("x-web", _CONTAINER, UNKNOWN), _IMAGE),
    Case("pod", "pinned-images-and-charts", set_to("x-web", "spec.template.spec", UNKNOWN), "spec.template.spec"),
    Case("chart version", "pinned-images-and-charts", set_to("release", "version", UNKNOWN), "version"),
]  # fmt: skip


def stack() -> list[Resource]:
    """The sound stack, with the namespace under a name of its own, since the Service has the same."""
    return [replace(entry, name="x-shop-ns", urn=f"{entry.urn}-ns") if entry.type.endswith(":Namespace") else entry
            for entry in sound()]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.id)
class TestBroken:
    def test_rule_says_what_is_wrong_and_nothing_else_does(self, case: Case) -> None:
        found = judge(case.change(stack()))
        assert [(verdict.rule.name, verdict.finding.message) for verdict in found] == [
            (case.rule, case.message)
        ]
        assert found[0].breaks

    def test_pack_says_the_same(self, case: Case, pack: Pack) -> None:
        said = pack.both(case.change(stack()))
        assert [(item.rule, item.level) for item in said] == [(case.rule, "mandatory")]
        assert said[0].message.endswith(case.message)


@pytest.mark.parametrize("change", [row[1] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
class TestAllowed:
    def test_no_rule_complains(self, change: Change) -> None:
        assert judge(change(stack())) == []

    def test_pack_does_not_either(self, change: Change, pack: Pack) -> None:
        assert pack.both(change(stack())) == []


@pytest.mark.parametrize("case", UNDECIDED, ids=lambda case: case.id)
class TestUnknownInAPreview:
    """What is not known yet is said, never passed and never broken."""

    def test_rule_says_that_it_cannot_decide(self, case: Case) -> None:
        found = [verdict for verdict in judge(case.change(stack())) if verdict.rule.name == case.rule]
        assert found
        assert (
            found[0].finding.message == f"{case.message} is not known before the update; it is checked then"
        )
        assert not any(verdict.breaks for verdict in found)

    def test_pack_makes_it_an_advisory_that_names_the_field(self, case: Case, pack: Pack) -> None:
        said = [item for item in pack.both(case.change(stack())) if item.rule == case.rule]
        assert [item.level for item in said] == ["advisory"]
        assert f"{case.message} is not known before the update" in said[0].message


class TestUnknownBesideWrong:
    """The SDK stops a rule at the first unknown value; ours still finds what is wrong beside it."""

    def test_pack_reports_both(self, pack: Pack) -> None:
        pools = [
            {"mode": "System", "vmSize": UNKNOWN},
            {"mode": "System", "vmSize": "Standard_B2s"},
        ]
        said = pack.both(changed(stack(), "cluster", "agentPoolProfiles", pools))
        assert sorted(item.level for item in said) == ["advisory", "mandatory"]
        assert {item.rule for item in said} == {"no-burstable-system-pool"}


class TestSecretMarks:
    """Where the source shows which inputs are secret, the mark itself is asked for."""

    @pytest.mark.parametrize(
        ("name", "path"),
        [("aks-provider", "kubeconfig"), ("cluster", "windowsProfile.adminPassword")],
        ids=["kubeconfig", "Windows password"],
    )
    def test_credential_without_its_mark_is_refused(self, name: str, path: str) -> None:
        [verdict] = judge(changed(stack(), name, path, "in clear"))
        assert verdict.rule.name == "secrets-are-secret"
        assert verdict.finding.message == (
            f"{path} is in clear but holds a credential; wrap it in pulumi.Output.secret "
            "(everybody who may read the state may read it)"
        )

    def test_mark_on_what_is_around_it_is_enough(self) -> None:
        profile = Secret({"adminUsername": "a", "adminPassword": "b"})
        assert judge(changed(stack(), "cluster", "windowsProfile", profile)) == []

    def test_data_of_a_secret_may_be_marked_item_by_item(self) -> None:
        made = kubernetes("core/v1:Secret", "s", "shop", data={"a": Secret("eA==")})
        assert judge([*stack(), made]) == []
        made = kubernetes("core/v1:Secret", "s", "shop", data={"a": "eA=="})
        assert [verdict.finding.what for verdict in judge([*stack(), made])] == ["unmarked"]


class TestEveryRule:
    def test_is_broken_and_undecided_by_some_case(self) -> None:
        assert {case.rule for case in BROKEN} == {rule.name for rule in RULES}
        cannot_be_unknown = {"explicit-kubernetes-provider", "secrets-are-secret"}
        assert {case.rule for case in UNDECIDED} | cannot_be_unknown == {rule.name for rule in RULES}

    def test_has_a_level_a_reason_and_says_when_it_may_be_exempted(self) -> None:
        for rule in RULES:
            assert rule.reason.endswith("."), rule.name
            assert rule.exempt, rule.name
            assert (rule.resource is None) != (rule.stack is None), rule.name

    def test_is_served_by_the_pack_under_its_name_and_level(self, pack: Pack) -> None:
        served = {policy.name: policy for policy in pack.info().policies}
        assert set(served) == {rule.name for rule in RULES}
        for rule in RULES:
            assert served[rule.name].description == f"{rule.reason} Exempted: {rule.exempt}"
            assert served[rule.name].enforcementLevel == 1

    def test_is_described_in_the_documentation(self) -> None:
        text = (PROJECT / "docs" / "guardrails.md").read_text(encoding="utf-8")
        assert re.findall(r"^\| `([a-z-]+)` \|", text, re.M) == [rule.name for rule in RULES]

    def test_unknown_value_cannot_be_taken_for_false(self) -> None:
        with pytest.raises(TypeError, match="an unknown value is neither true nor false"):
            bool(UNKNOWN)


def test_other_resources_are_left_alone() -> None:
    assert judge([resource("random:index/randomPassword:RandomPassword", "r", {"length": 16})]) == []
