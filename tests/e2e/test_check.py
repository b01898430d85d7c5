"""`labctl check` against a real API server and a real operator: what is right passes, what is broken is found.

Every break is made for real, seen by the checks that guard it and by no others, and mended again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from checks.catalogue import checks_of
from checks.errors import ApiError
from checks.lab import Lab
from checks.result import Status
from checks.traffic import pods
from checks.traffic.ends import sources
from checks.traffic.outcome import Outcome
from checks.traffic.script import Probe
from sandbox.home import PROJECT
from sandbox.kube_api import KubeApi
from tests.e2e import harness
from tests.e2e.checking import (
    LOOK,
    PROBE,
    failing,
    frozen,
    grant,
    lab_of,
    limited_kubeconfig,
    run,
    told,
    until,
)

_OPERATOR = "/apis/operator.tigera.io/v1"
_V3 = "/apis/projectcalico.org/v3"
_APPS = "/apis/apps/v1/namespaces"
_TYPHA = f"{_APPS}/calico-system/deployments/calico-typha"
_CUSTOMER = f"{_APPS}/yaobank-customer/deployments/customer"
_COREDNS = f"{_APPS}/kube-system/deployments/coredns"
_POLICY = "/apis/networking.k8s.io/v1/namespaces/yaobank-summary/networkpolicies/allow-from-customer"
_PAGE = "/api/v1/namespaces/yaobank-customer/services/yaobank-customer"
_GROUP = "/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org"


@pytest.fixture(scope="module")
def up(lab: harness.Lab) -> harness.Lab:
    lab.must_up()
    return lab


@pytest.fixture(scope="module")
def admin(up: harness.Lab) -> Lab:
    return lab_of(up, up.kubeconfig())


class TestWhatIsRight:
    def test_every_check_passes_or_skips_with_its_reason(self, admin: Lab, up: harness.Lab) -> None:
        settle(admin, up, 60)
        report = run(admin, patience=20)
        assert failing(report) == set(), told(report)
        assert report.exit_code == 0
        assert report.count(Status.PASSED) >= 35
        skipped = {result.name: result.reason for result in report.results if result.status is Status.SKIPPED}
        assert "node-addresses" in skipped
        assert all(
            "nodes are simulated: no kubelet answers for aks-system-" in reason for reason in skipped.values()
        )

    def test_sixty_checks_take_less_than_fifteen_seconds_side_by_side(self, admin: Lab) -> None:
        checks = checks_of(admin)
        several = [*checks, *checks][:60]
        assert len(several) == 60
        report = run(admin, checks=several)
        assert len(report.results) == 60
        assert report.seconds < 15
        assert report.seconds < sum(result.seconds for result in report.results)

    def test_nothing_is_left_in_the_cluster(self, admin: Lab) -> None:
        run(admin)
        assert admin.api.list("/api/v1/namespaces", labelSelector=pods.LABEL) == []
        assert admin.api.list("/api/v1/pods", labelSelector=pods.LABEL) == []


@dataclass(frozen=True)
class Break:
    """One thing that is broken, how it is mended, and which checks must say so."""

    break_: Callable[[KubeApi], Any]
    mend: Callable[[KubeApi, Any], Any]
    found_by: frozenset[str]
    frozen: bool = False
    """Whether daemon and operator have to be stopped, since they would mend it."""

    may_follow: frozenset[str] = field(default_factory=frozenset)
    """Checks that may fail as a consequence, depending on how far controllers have come."""


def patch(
    path: str, change: Any, back: Any = None
) -> tuple[Callable[[KubeApi], Any], Callable[[KubeApi, Any], Any]]:
    """Return a merge patch and the way back; without one the object's old spec is put back."""

    def do(api: KubeApi) -> Any:
        old = api.get(path.removesuffix("/status"))
        api.merge(path, change)
        return old

    def undo(api: KubeApi, old: Any) -> None:
        api.merge(path, back if back is not None else {"spec": old["spec"]})

    return do, undo


def scaled(path: str, to: int, back: int) -> tuple[Callable[[KubeApi], Any], Callable[[KubeApi, Any], Any]]:
    return patch(path, {"spec": {"replicas": to}}, {"spec": {"replicas": back}})


def removed(path: str) -> tuple[Callable[[KubeApi], Any], Callable[[KubeApi, Any], Any]]:
    def do(api: KubeApi) -> Any:
        old = api.get(path)
        api.delete(path)
        return old

    def undo(api: KubeApi, old: Any) -> None:
        meta = {
            key: old["metadata"][key]
            for key in ("name", "namespace", "labels", "annotations")
            if key in old["metadata"]
        }
        api.create(path.rpartition("/")[0], {**old, "metadata": meta})

    return do, undo


def _degrade(api: KubeApi) -> Any:
    """IPIP needs BGP: the operator calls itself Degraded, as on a cluster."""
    old = api.get(f"{_OPERATOR}/installations/default")
    assert old is not None
    pools = [{**pool, "encapsulation": "IPIP"} for pool in old["spec"]["calicoNetwork"]["ipPools"]]
    api.merge(f"{_OPERATOR}/installations/default", {"spec": {"calicoNetwork": {"ipPools": pools}}})
    return old["spec"]["calicoNetwork"]["ipPools"]


def _undegrade(api: KubeApi, pools: Any) -> None:
    api.merge(f"{_OPERATOR}/installations/default", {"spec": {"calicoNetwork": {"ipPools": pools}}})


def _not_ready(api: KubeApi) -> Any:
    node = api.list("/api/v1/nodes")[0]
    conditions = [
        {**c, "status": "False", "reason": "KubeletNotReady"} if c["type"] == "Ready" else c
        for c in node["status"]["conditions"]
    ]
    name = node["metadata"]["name"]
    api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}})
    return name


def _ready(api: KubeApi, name: str) -> None:
    conditions = [
        {**c, "status": "True", "reason": "KubeletReady"} if c["type"] == "Ready" else c
        for c in (api.get(f"/api/v1/nodes/{name}") or {})["status"]["conditions"]
    ]
    api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}})
    revive(api)


def revive(api: KubeApi) -> None:
    """Have pods made again that are not Ready.

    The node controller marks the pods of a node that is late with its lease, which a busy machine is enough for; a
    kubelet would take that back, but KWOK never looks at a running pod again.
    """
    for pod in api.list("/api/v1/pods"):
        conditions = pod["status"].get("conditions") or []
        if any(c["type"] == "Ready" and c["status"] != "True" for c in conditions) and pod["status"].get(
            "podIP"
        ):
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            api.delete(path, {"gracePeriodSeconds": 0})


def _unserved(api: KubeApi) -> Any:
    """Point the group at a Service that is not there, as when Calico's API server is down."""
    api.merge(
        _GROUP,
        {
            "metadata": {"labels": {"kube-aggregator.kubernetes.io/automanaged": None}},
            "spec": {
                "service": {"namespace": "calico-system", "name": "nobody"},
                "insecureSkipTLSVerify": True,
            },
        },
    )


def _served(api: KubeApi, _: Any) -> None:
    api.delete(_GROUP)  # the API server registers it again


def _annotate(value: str | None) -> Callable[..., None]:
    def do(api: KubeApi, _: Any = None) -> None:
        name = api.list("/api/v1/nodes")[0]["metadata"]["name"]
        change = {"metadata": {"annotations": {"projectcalico.org/WireguardPublicKey": value}}}
        api.merge(f"/api/v1/nodes/{name}", change)

    return do


def _stray(api: KubeApi) -> None:
    api.create(
        "/apis/networking.k8s.io/v1/namespaces/yaobank-database/networkpolicies",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "by-hand"},
            "spec": {"podSelector": {}},
        },
    )


def _no_stray(api: KubeApi, _: Any) -> None:
    api.delete("/apis/networking.k8s.io/v1/namespaces/yaobank-database/networkpolicies/by-hand")


def _image(image: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "customer", "image": image}]}}}}


_NOWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"nowhere": "at-all"}}}}}
_EVERYWHERE = {"spec": {"template": {"spec": {"nodeSelector": {"nowhere": None}}}}}
_POOL = f"{_V3}/ippools/default-ipv4-ippool"
_FELIX = f"{_V3}/felixconfigurations/default"
_KUBE_PROXY = f"{_APPS}/kube-system/daemonsets/kube-proxy"
_CALICO_NODE = f"{_APPS}/calico-system/daemonsets/calico-node"
_V3_CHECKS = frozenset(
    {
        "api-group",
        "ip-pool",
        "felix",
        "bpf-switch",
        "policies-alone",
        "policy-tiers",
        "policy/31-customer-not-from-pods",
    }
)

BREAKS: dict[str, Break] = {
    "operator degraded": Break(_degrade, _undegrade, frozenset({"tigera-status", "installation"})),
    "pool with another encapsulation": Break(
        *patch(_POOL, {"spec": {"vxlanMode": "CrossSubnet"}}, {"spec": {"vxlanMode": "Always"}}),
        frozenset({"ip-pool"}),
    ),
    "pool without NAT": Break(
        *patch(_POOL, {"spec": {"natOutgoing": False}}, {"spec": {"natOutgoing": True}}),
        frozenset({"ip-pool"}),
    ),
    "missing policy": Break(*removed(_POLICY), frozenset({"policy/23-summary-from-customer"})),
    "policy that lets in somebody else": Break(
        *patch(
            _POLICY,
            {"spec": {"podSelector": {"matchLabels": {"app": "sumary"}}}},
            {"spec": {"podSelector": {"matchLabels": {"app": "summary"}}}},
        ),
        frozenset({"policy/23-summary-from-customer"}),
    ),
    "policy turned round": Break(
        *patch(
            f"{_V3}/globalnetworkpolicies/customer-not-from-pods",
            {"spec": {"ingress": [{"action": "Allow"}]}},
        ),
        frozenset({"policy/31-customer-not-from-pods"}),
    ),
    "policy that no file holds": Break(_stray, _no_stray, frozenset({"policies-alone"})),
    "tier that is gone": Break(*removed(f"{_V3}/tiers/default"), frozenset({"policy-tiers"}), frozen=True),
    "wrong typha count": Break(*scaled(_TYPHA, 2, 1), frozenset({"typha"}), frozen=True),
    "API service unavailable": Break(_unserved, _served, _V3_CHECKS, frozen=True),
    "calico-node on no node": Break(
        *patch(_CALICO_NODE, _NOWHERE, _EVERYWHERE),
        frozenset({"calico-node"}),
        frozen=True,
        may_follow=frozenset({"tigera-status", "installation"}),
    ),
    "operator gone": Break(
        *scaled(f"{_APPS}/tigera-operator/deployments/tigera-operator", 0, 1), frozenset({"operator"})
    ),
    "application tier gone": Break(*scaled(_CUSTOMER, 0, 1), frozenset({"application-rollout", "endpoints"})),
    "another image": Break(
        *patch(_CUSTOMER, _image("example.invalid/customer")),
        frozenset({"application-images"}),
        may_follow=frozenset({"application-rollout", "endpoints"}),
    ),
    "no load balancer address": Break(
        *patch(
            f"{_PAGE}/status",
            {"status": {"loadBalancer": {"ingress": None}}},
            {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}},
        ),
        frozenset({"application-address"}),
        frozen=True,
    ),
    "no cluster DNS": Break(*scaled(_COREDNS, 0, 2), frozenset({"cluster-dns"})),
    "no kube-proxy": Break(*patch(_KUBE_PROXY, _NOWHERE, _EVERYWHERE), frozenset({"kube-proxy"})),
    "WireGuard switched on by hand": Break(
        *patch(_FELIX, {"spec": {"wireguardEnabled": True}}, {"spec": {"wireguardEnabled": None}}),
        frozenset({"felix"}),
    ),
    "WireGuard key that should be gone": Break(
        _annotate("A" * 44), _annotate(None), frozenset({"wireguard-keys"})
    ),
    "namespace without its label": Break(
        *patch(
            "/api/v1/namespaces/yaobank-summary",
            {"metadata": {"labels": {"app.kubernetes.io/part-of": None}}},
            {"metadata": {"labels": {"app.kubernetes.io/part-of": "yaobank-org"}}},
        ),
        frozenset({"namespaces"}),
    ),
    # Last: the node controller marks the node's pods, which then have to be made again.
    "node not ready": Break(
        _not_ready,
        _ready,
        frozenset({"nodes"}),
        frozen=True,
        may_follow=frozenset(
            {
                *("calico-node", "typha", "api-servers", "application-rollout", "endpoints", "cluster-dns"),
                *("kube-proxy", "operator", "pod-addresses"),
            }
        ),
    ),
}


class TestWhatIsBroken:
    """The table of breaks: each is found by the checks that guard it, and by no other."""

    @pytest.fixture
    def whole(self, admin: Lab, up: harness.Lab) -> Iterator[None]:
        settle(admin, up, 60)
        yield
        settle(admin, up, 120)

    @pytest.mark.usefixtures("whole")
    @pytest.mark.parametrize("name", BREAKS, ids=[name.replace(" ", "-") for name in BREAKS])
    def test_a_break_is_found(self, name: str, admin: Lab, up: harness.Lab) -> None:
        broken, api = BREAKS[name], up.api()
        with frozen(up.home) if broken.frozen else nullcontext(), breaking(broken, api):
            report = until(
                lambda: run(admin),
                lambda report: broken.found_by <= failing(report) <= broken.found_by | broken.may_follow,
            )
            assert broken.found_by <= failing(report), told(report)
            assert failing(report) <= broken.found_by | broken.may_follow, told(report)
            assert report.exit_code == 1
        api.close()

    def test_the_table_covers_every_check_that_can_fail_here(self, admin: Lab) -> None:
        covered = {name for broken in BREAKS.values() for name in broken.found_by}
        able = {
            result.name
            for result in run(admin).results
            if result.status is Status.PASSED and not result.name.startswith("policy/")
        }
        # Their subjects cannot be broken without taking the cluster along; units break them instead.
        elsewhere = {"address-plan", "pod-addresses", "autodetection", "api-servers", "bpf-switch"}
        assert able - covered - elsewhere == set()


def settle(admin: Lab, up: harness.Lab, seconds: float) -> None:
    """Wait until every check passes."""
    api = up.api()
    revive(api)
    report = until(lambda: run(admin), lambda report: not failing(report), seconds)
    assert failing(report) == set(), told(report)
    api.close()


@contextmanager
def breaking(broken: Break, api: KubeApi) -> Iterator[None]:
    old = broken.break_(api)
    try:
        yield
    finally:
        broken.mend(api, old)


def roles(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((PROJECT / file).read_text(encoding="utf-8")))


_NOT_HERE = {
    "bgpconfigurations": "the nke lab reads it",
    "bgppeers": "the nke lab reads it",
    "caliconodestatuses": "the nke lab reads it",
    "tier.globalnetworkpolicies": "only Calico's own API server asks for it",
    "tier.networkpolicies": "only Calico's own API server asks for it",
    "pods/log": "only real nodes have logs",
    "networkpolicies get of projectcalico.org": "labs with Calico's own NetworkPolicy read one",
    "ippools list": "labs in which Azure hands out addresses list them",
}


def rights() -> list[tuple[int, str, str]]:
    """Return every right of the role: index of its rule, resource and verb."""
    (role,) = roles(LOOK)
    found = []
    for index, rule in enumerate(role["rules"]):
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                names = {resource, f"{resource} {verb}", f"{resource} {verb} of {rule['apiGroups'][0]}"}
                if not names & set(_NOT_HERE):
                    found.append((index, resource, verb))
    return found


def without(role: dict[str, Any], index: int, resource: str, verb: str) -> dict[str, Any]:
    """Return the role without one right."""
    rule = role["rules"][index]
    rest = [{**rule, "resources": [r for r in rule["resources"] if r != resource]}]
    rest.append({**rule, "resources": [resource], "verbs": [v for v in rule["verbs"] if v != verb]})
    kept = [r for r in rest if r["resources"] and r["verbs"]]
    return {**role, "rules": [*role["rules"][:index], *kept, *role["rules"][index + 1 :]]}


@pytest.fixture(scope="module")
def limited(up: harness.Lab) -> Lab:
    """The lab as somebody sees it who has the committed role and nothing else."""
    lab = lab_of(up, limited_kubeconfig(up, "looker", roles(LOOK)), traffic=False)
    until(lambda: run(lab), lambda report: not failing(report), 30)
    return lab


class TestRights:
    """The committed role is enough, and no right in it is too many."""

    def test_the_role_is_enough(self, limited: Lab) -> None:
        report = run(limited, patience=5)
        assert failing(report) == set(), told(report)
        assert report.count(Status.PASSED) >= 35

    def test_secrets_cannot_be_read_with_it(self, limited: Lab) -> None:
        with pytest.raises(Exception, match="forbidden"):
            limited.api.list("/api/v1/secrets")

    @pytest.mark.parametrize(
        ("index", "resource", "verb"), rights(), ids=[f"{v}-{r}-{i}" for i, r, v in rights()]
    )
    def test_no_right_is_too_many(
        self, limited: Lab, up: harness.Lab, index: int, resource: str, verb: str
    ) -> None:
        (role,), api = roles(LOOK), up.api()
        try:
            grant(api, "looker", without(role, index, resource, verb))
            report = until(lambda: run(limited), lambda r: bool(failing(r)), 10)
            reasons = [r.reason for r in report.results if r.status is Status.UNTESTED]
            assert reasons, f"nothing misses {verb} {resource}"
            assert any("forbidden" in reason for reason in reasons), told(report)
        finally:
            grant(api, "looker", role)
        report = until(lambda: run(limited), lambda r: not failing(r), 20)
        assert failing(report) == set(), told(report)
        api.close()


class TestProbePods:
    """With the rights of the two roles pods are made, wear the right labels, and go away again."""

    def test_pods_come_and_go_and_answers_of_simulated_nodes_are_not_believed(self, up: harness.Lab) -> None:
        config = limited_kubeconfig(up, "prober", [*roles(LOOK), *roles(PROBE)])
        lab = lab_of(up, config)
        assert lab.traffic is not None
        session, deadline = lab.traffic, time.monotonic() + 20
        while time.monotonic() < deadline:  # until the roles hold
            try:
                lab.api.list("/api/v1/namespaces")
                break
            except Exception:
                time.sleep(0.3)
        try:
            ends = session._prepare(lab)
            assert set(ends.pods) == {"customer", "summary", "database", "outsider"}
            assert ends.pods["customer"]["metadata"]["labels"]["app"] == "customer"
            assert all(len(behind) >= 1 for behind in ends.backends.values())
            with pytest.raises(ApiError) as refused:
                session.text_of(lab, ends.sources["customer"], ["true"])
            assert refused.value.status != 403  # the right is there, a kubelet is not
            answers = session.ask(
                lab, ends.sources["customer"], [Probe("summary.yaobank-summary.svc.cluster.local", 80)]
            )
            assert [answer.outcome for answer in answers] == [Outcome.UNTESTED]
            assert answers[0].said
        finally:
            assert session.close() == []
        left = [
            p
            for p in lab.api.list("/api/v1/pods", labelSelector=pods.LABEL)
            if "deletionTimestamp" not in p["metadata"]
        ]
        assert left == []

    def test_clean_removes_what_a_killed_run_has_left(self, up: harness.Lab) -> None:
        lab = lab_of(up, up.kubeconfig())
        lab.api.create("/api/v1/namespaces", pods.namespace_body("calico-labs-check-gone", "gone"))
        (source, *_) = sources(lab.app, "calico-labs-check-gone")
        lab.api.create(pods.pods_path(source.namespace), pods.pod_body(source, "gone", pods.IMAGE))
        result = labctl(up, "check", "byocni", "--clean")
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines()[-1] == "2 left-over object(s) removed"
        assert labctl(up, "check", "byocni", "--clean").stdout == "nothing is left over\n"


def labctl(lab: harness.Lab, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labctl", *arguments],
        cwd=PROJECT,
        env={
            **os.environ,
            "CALICO_LABS_SANDBOX": str(lab.home.root),
            "CALICO_LABS_CHECK_PROJECT": str(lab.project),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class TestCommand:
    """The command as a learner and as a CI job run it; the kubeconfig comes from the stack's secret output."""

    def test_plain_lines_in_a_pipe(self, up: harness.Lab) -> None:
        result = labctl(up, "check", "byocni")
        assert result.returncode == 0, result.stdout + result.stderr
        lines = result.stdout.splitlines()
        assert "\x1b" not in result.stdout
        assert lines[-1].startswith("stack byocni: ")
        assert ", 0 failed, " in lines[-1]
        assert any(line.startswith("skipped traffic/summary.yaobank-summary:80") for line in lines)

    def test_a_failure_prints_expected_beside_actual_and_how_to_see_it(self, up: harness.Lab) -> None:
        api = up.api()
        with breaking(BREAKS["missing policy"], api):
            result = labctl(up, "check", "byocni", "--patience", "0", CALICO_LABS_CHECK_ONLY="policy/*")
        api.close()
        assert result.returncode == 1
        assert (
            "NetworkPolicy allow-from-customer in yaobank-summary  as in the file  not there" in result.stdout
        )
        assert (
            "by hand: kubectl --kubeconfig kubeconfig-byocni get networkpolicies.networking.k8s.io "
            "allow-from-customer -n yaobank-summary -o yaml" in result.stdout
        )
        assert "policies/byocni/23-summary-from-customer.yaml" in result.stdout

    def test_output_for_programs_is_nothing_but_that(self, up: harness.Lab) -> None:
        report = json.loads(labctl(up, "check", "byocni", "--output", "json").stdout)
        assert (report["exitCode"], report["counts"]["failed"]) == (0, 0)
        assert all(check["reason"] for check in report["checks"] if check["status"] == "skipped")
        suite = ElementTree.fromstring(labctl(up, "check", "byocni", "--output", "junit").stdout)
        assert suite.get("failures") == "0"
        assert int(suite.get("tests", 0)) == len(report["checks"])

    def test_a_stack_that_is_not_up_is_an_environment_that_cannot_be_used(self, up: harness.Lab) -> None:
        result = labctl(up, "check", "azurecni")
        assert result.returncode == 3
        assert "stack azurecni gives no kubeconfig" in result.stderr

    def test_the_kubeconfig_is_not_printed_or_written(self, up: harness.Lab) -> None:
        key = yaml.safe_load(up.kubeconfig())["users"][0]["user"]["client-key-data"]
        result = labctl(up, "check", "byocni", "--output", "json")
        assert key not in result.stdout + result.stderr
        assert not list(up.project.glob("kubeconfig*"))
