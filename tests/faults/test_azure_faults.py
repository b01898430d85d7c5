"""Every fault at every moment: what the user sees, that state and Azure agree, and that the next run finishes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sandbox import faults
from sandbox.arm.faults import Fault, Kind
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, replaced
from tests.faults import azure_part
from tests.faults.azure_cases import CASES, LOST_FOR_GOOD, ON_DELETE, SHORT, Case
from tests.faults.azure_part import NAMES, agree, all_fired, arm, names_in_state


def failing_create(lab: Lab, noun: str, case: Case, *arguments: str) -> None:
    """Bring the stack up through a fault, and to its end by a second `up` if the first one failed."""
    arm(lab, case.faults(noun, "create"))
    outcome = lab.up(*arguments)
    all_fired(lab)
    assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
    assert re.search(case.seen, outcome.errors)
    assert "Traceback" not in outcome.errors
    agree(lab)
    if case.seen:
        assert (NAMES[noun] in names_in_state(lab)) == case.kept
        assert replaced(lab.must_up(*arguments)) == []
        agree(lab)
    assert NAMES[noun] in names_in_state(lab)
    assert set(lab.must_up(*arguments).changes) == {"same"}


def failing_delete(lab: Lab, noun: str, case: Case, operation: str, *arguments: str) -> None:
    """Take a resource away through a fault, and by a second try if the first one failed."""
    arm(lab, case.faults(noun, "delete"))
    outcome = lab.run(operation, *arguments)
    all_fired(lab)
    assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
    assert re.search(case.seen, outcome.errors)
    agree(lab)
    if case.seen:
        assert NAMES[noun] in names_in_state(lab)
        again = lab.run(operation, *arguments)
        assert again.exit_code == 0, again.errors
    assert NAMES[noun] not in names_in_state(lab)
    agree(lab)


class TestGroupAndNetwork:
    """`up` and `destroy` of everything around a cluster."""

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        yield from azure_part.running(toolbox, tmp_path_factory.mktemp("network"), "network")

    @pytest.mark.parametrize("case", SHORT, ids=lambda case: case.id)
    @pytest.mark.parametrize("noun", ["group", "network", "subnet"])
    def test_up_and_destroy_end_well(self, lab: Lab, noun: str, case: Case) -> None:
        failing_create(lab, noun, case)
        failing_delete(lab, noun, case, "destroy")
        assert lab.azure() == {}

    def test_create_that_nobody_heard_of_is_found_by_the_next_up_which_refuses(self, lab: Lab) -> None:
        """The one fault after which `up` cannot go on: see test_doctor.py for the way out."""
        arm(lab, LOST_FOR_GOOD.faults("network", "create"))
        outcome = lab.up()
        all_fired(lab)
        assert re.search(LOST_FOR_GOOD.seen, outcome.errors)
        assert "network-vnet" not in names_in_state(lab)
        assert any(id.endswith("/virtualnetworks/calico-labs-azurecni") for id in lab.azure())
        again = lab.up()
        assert "cannot create already existing resource" in again.errors
        destroyed = lab.run("destroy")
        assert destroyed.exit_code == 0, destroyed.errors
        assert lab.azure() == {}, "the group takes along what is in it"

    def test_update_goes_wrong_and_the_next_one_right(self, lab: Lab) -> None:
        lab.must_up("--config", "owner=one")
        for kind in (Kind.FORBIDDEN, Kind.BUSY):
            arm(lab, [Fault("group-update", kind)])
            outcome = lab.up("--config", f"owner={kind}")
            all_fired(lab)
            assert outcome.exit_code != 0
            agree(lab)
            lab.must_up("--config", f"owner={kind}")
            group = next(b for id, b in lab.azure().items() if re.fullmatch(r".*/resourcegroups/[^/]+", id))
            assert group["tags"]["owner"] == kind


class TestCluster:
    """Creating and deleting a cluster, which is what takes minutes and costs money."""

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        yield from azure_part.running(toolbox, tmp_path_factory.mktemp("cluster"), "cluster")

    @pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, id=case.id, marks=[pytest.mark.short] if case.kind is Kind.FAILS_LATE else [])
            for case in CASES
        ],
    )
    def test_cluster_is_made_once_and_deleted_once(self, lab: Lab, case: Case) -> None:
        failing_create(lab, "cluster", case)
        if case in ON_DELETE:
            failing_delete(lab, "cluster", case, "destroy")
        else:
            lab.run("destroy")
        assert lab.azure() == {}

    @pytest.mark.parametrize("case", [c for c in SHORT if c.times != 3], ids=lambda case: case.id)
    def test_role_on_the_subnet(self, lab: Lab, case: Case) -> None:
        failing_create(lab, "role", case)
        failing_delete(lab, "role", case, "destroy")
        assert lab.azure() == {}

    def test_answer_that_nobody_heard_of_leaves_a_cluster_that_destroy_takes_along(self, lab: Lab) -> None:
        arm(lab, LOST_FOR_GOOD.faults("cluster", "create"))
        outcome = lab.up()
        all_fired(lab)
        assert re.search(LOST_FOR_GOOD.seen, outcome.errors)
        assert "aks-cluster" not in names_in_state(lab)
        assert "cannot create already existing resource" in lab.up().errors
        destroyed = lab.run("destroy")
        # The subnet is in use by nodes of a cluster that the state does not know.
        assert destroyed.exit_code == 0, destroyed.errors
        assert lab.azure() == {}


class TestInARunningCluster:
    """Pools come and go, the cluster is updated, credentials are asked for: one stack, up the whole time."""

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        for lab in azure_part.running(toolbox, tmp_path_factory.mktemp("running"), "cluster"):
            lab.must_up("--config", "nodeCount=1")
            yield lab

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_pool_comes_and_goes(self, lab: Lab, case: Case) -> None:
        failing_create(lab, "pool", case, "--config", "nodeCount=2")
        if case in ON_DELETE:
            failing_delete(lab, "pool", case, "up", "--config", "nodeCount=1")
        else:
            lab.must_up("--config", "nodeCount=1")

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_pool_changes(self, lab: Lab, case: Case) -> None:
        lab.must_up("--config", "nodeCount=2")
        arm(lab, case.faults("pool", "update"))
        outcome = lab.up("--config", "nodeCount=4")
        all_fired(lab)
        assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
        assert re.search(case.seen, outcome.errors)
        agree(lab)
        lab.must_up("--config", "nodeCount=4")
        (pool,) = [body for id, body in lab.azure().items() if id.endswith("/agentpools/second")]
        assert (pool["properties"]["count"], pool["properties"]["provisioningState"]) == (3, "Succeeded")
        lab.must_up("--config", "nodeCount=1")

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_cluster_changes(self, lab: Lab, case: Case) -> None:
        arm(lab, case.faults("cluster", "update"))
        owner = ("--config", f"owner={case.id}", "--config", "nodeCount=1")
        outcome = lab.up(*owner)
        all_fired(lab)
        assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
        assert re.search(case.seen, outcome.errors)
        agree(lab)
        assert replaced(lab.must_up(*owner)) == []
        cluster = next(b for id, b in lab.azure().items() if re.fullmatch(r".*/managedclusters/[^/]+", id))
        assert cluster["tags"]["owner"] == case.id
        assert cluster["properties"]["provisioningState"] == "Succeeded"

    @pytest.mark.parametrize("case", SHORT, ids=lambda case: case.id)
    def test_credentials_are_asked_for(self, lab: Lab, case: Case) -> None:
        faults.disarm(lab.home)
        faults.arm(lab.home, Fault("credentials", case.kind, case.times))
        outcome = lab.up("--config", "nodeCount=1")
        all_fired(lab)
        assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
        assert re.search(case.seen, outcome.errors)
        agree(lab)
        assert "delete" not in operations(lab.must_up("--config", "nodeCount=1")).values()

    @pytest.mark.parametrize("case", SHORT, ids=lambda case: case.id)
    def test_refresh_reads(self, lab: Lab, case: Case) -> None:
        before = known_urns(lab)
        arm(lab, case.faults("cluster", "read"))
        outcome = lab.run("refresh")
        all_fired(lab)
        assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
        assert re.search(case.seen, outcome.errors)
        assert known_urns(lab) == before
        assert lab.run("refresh").exit_code == 0
        assert replaced(lab.must_up("--config", "nodeCount=1")) == []


def known_urns(lab: Lab) -> set[str]:
    return {str(resource["urn"]) for resource in lab.resources()}
