"""The committed roles are enough, and no right in them is too many: each is taken away on a real API server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
import yaml

from checks.errors import ApiError, CouldNotTestError
from checks.lab import Lab
from checks.result import Status
from checks.traffic import mask, pods
from checks.traffic.outcome import Outcome
from checks.traffic.script import Probe
from sandbox.home import PROJECT
from tests.e2e import harness
from tests.e2e.checking import (
    LOOK,
    PROBE,
    failing,
    grant,
    lab_of,
    limited_kubeconfig,
    run,
    told,
    until,
)

Found = TypeVar("Found")


def roles(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((PROJECT / file).read_text(encoding="utf-8")))


_NOT_HERE = {
    "bgpconfigurations": "the nke lab reads it",
    "bgppeers": "the nke lab reads it",
    "caliconodestatuses": "the nke lab reads it",
    "tier.globalnetworkpolicies": "only Calico's own API server asks for it",
    "tier.networkpolicies": "only Calico's own API server asks for it",
    "pods/log": "only real nodes have logs",
    "pods/exec create": "API servers ask for it from v1.35 on; before, an exec over a websocket is a get",
    "networkpolicies get of projectcalico.org": "labs with Calico's own NetworkPolicy read one",
    "ippools list": "labs in which Azure hands out addresses list them",
}


def rights(file: str) -> list[tuple[int, int, str, str]]:
    """Return every right of a file's roles: index of the role and of its rule, resource and verb."""
    found = []
    for number, role in enumerate(roles(file)):
        for index, rule in enumerate(role["rules"]):
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    names = {resource, f"{resource} {verb}", f"{resource} {verb} of {rule['apiGroups'][0]}"}
                    if not names & set(_NOT_HERE):
                        found.append((number, index, resource, verb))
    return found


def ids(file: str) -> list[str]:
    return [f"{verb}-{resource}-{role}-{index}" for role, index, resource, verb in rights(file)]


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

    @pytest.mark.parametrize(("number", "index", "resource", "verb"), rights(LOOK), ids=ids(LOOK))
    def test_no_right_is_too_many(
        self, limited: Lab, up: harness.Lab, number: int, index: int, resource: str, verb: str
    ) -> None:
        role, api = roles(LOOK)[number], up.api()
        try:
            grant(api, "looker", without(role, index, resource, verb))
            report = until(lambda: run(limited), lambda r: bool(failing(r)), 30)
            reasons = [r.reason for r in report.results if r.status is Status.UNTESTED]
            assert reasons, f"nothing misses {verb} {resource}"
            assert any("forbidden" in reason for reason in reasons), told(report)
        finally:
            grant(api, "looker", role)
        report = until(lambda: run(limited), lambda r: not failing(r), 60)
        assert failing(report) == set(), told(report)
        api.close()


def everything_that_probes_do(up: harness.Lab, kubeconfig: str) -> None:
    """Make the pods, run a command in one, open the lab for a moment, take all away, look for what is left.

    Raises:
        ApiError: the server forbids any of it.
    """
    lab = lab_of(up, kubeconfig)
    session = lab.traffic
    assert session is not None
    left: list[str] = []
    try:
        ends = session._prepare(lab)
        try:
            session.text_of(lab, ends.sources["customer"], ["true"])
        except ApiError as error:
            if error.status == 403:
                raise
        session._create(
            lab, mask.collection(lab.settings), mask.body(lab.settings, session.options.run, lab.namespaces)
        )
    finally:
        left = session.close()
    for message in [*left, *pods.clean(lab.api)[1]]:
        raise ApiError(403 if "forbidden" in message else 0, message)


class TestRightsOfProbes:
    """The same for the roles by which pods are made; taken away, a right is missed by its name."""

    @pytest.fixture(scope="class")
    @classmethod
    def kubeconfig(cls, up: harness.Lab) -> str:
        config = limited_kubeconfig(up, "prober", [*roles(LOOK), *roles(PROBE)])
        eventually(lambda: everything_that_probes_do(up, config))
        return config

    @pytest.fixture
    def clean(self, up: harness.Lab, admin: Lab) -> Iterator[None]:
        yield
        pods.clean(admin.api)
        folder = "/api/v1/namespaces"
        eventually(lambda: nothing(admin.api.list(folder, labelSelector=pods.LABEL)))

    def test_the_roles_are_enough_and_nothing_is_left(
        self, kubeconfig: str, admin: Lab, up: harness.Lab
    ) -> None:
        everything_that_probes_do(up, kubeconfig)
        for path in ("/api/v1/pods", f"{mask.collection(admin.settings)}"):
            eventually(lambda path=path: nothing(admin.api.list(path, labelSelector=pods.LABEL)))

    @pytest.mark.usefixtures("clean")
    @pytest.mark.parametrize(("number", "index", "resource", "verb"), rights(PROBE), ids=ids(PROBE))
    def test_no_right_is_too_many(
        self, kubeconfig: str, up: harness.Lab, number: int, index: int, resource: str, verb: str
    ) -> None:
        role, api = roles(PROBE)[number], up.api()
        try:
            grant(api, "prober", without(role, index, resource, verb))
            message = eventually(lambda: forbidden(up, kubeconfig))
            assert f'cannot {verb} resource "{resource}"' in message
        finally:
            grant(api, "prober", role)
            api.close()


def forbidden(up: harness.Lab, kubeconfig: str) -> str:
    """Return what the API server says to something that probes do and may not."""
    with pytest.raises(ApiError, match="forbidden") as refused:
        everything_that_probes_do(up, kubeconfig)
    return str(refused.value)


def nothing(found: list[Any]) -> None:
    assert found == []


def eventually(look: Callable[[], Found], seconds: float = 60) -> Found:
    """Look until it raises nothing: rights and namespaces need a moment to come and go."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return look()
        except (ApiError, CouldNotTestError, AssertionError, pytest.fail.Exception):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


class TestProbePods:
    """With the rights of the two roles pods are made, wear the right labels, and go away again."""

    def test_pods_wear_the_tiers_labels_and_answers_of_simulated_nodes_are_not_believed(
        self, admin: Lab, up: harness.Lab
    ) -> None:
        lab = lab_of(up, up.kubeconfig())
        session = lab.traffic
        assert session is not None
        try:
            ends = session._prepare(lab)
            assert set(ends.pods) == {"customer", "summary", "database", "outsider"}
            assert ends.pods["customer"]["metadata"]["labels"]["app"] == "customer"
            assert all(len(behind) >= 1 for behind in ends.backends.values())
            with pytest.raises(ApiError) as refused:
                session.text_of(lab, ends.sources["customer"], ["true"])
            assert refused.value.status != 403  # the right is there, a kubelet is not
            (answer,) = session.ask(
                lab, ends.sources["customer"], [Probe("summary.yaobank-summary.svc.cluster.local", 80)]
            )
            assert answer.outcome is Outcome.UNTESTED
            assert answer.said
        finally:
            assert session.close() == []
        left = [
            p
            for p in lab.api.list("/api/v1/pods", labelSelector=pods.LABEL)
            if "deletionTimestamp" not in p["metadata"]
        ]
        assert left == []
