"""Every fault at every moment: what the user sees, that state and Azure agree, and that the next run finishes.

A fault is armed for all resources at once. An operation that fails at the first of them is run again, meets the next,
and so on to the end: after each run nothing is lost and nothing is double, and in the end every fault has been met.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from sandbox import faults
from sandbox.arm.faults import Fault, fits
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, Outcome
from tests.e2e.labs import replaced
from tests.faults import azure_part
from tests.faults.azure_cases import CASES, LOST_FOR_GOOD, Case, lost_for_good
from tests.faults.azure_part import NAMES, agree, arm, names_in_state

ALL = tuple(NAMES)
CHANGED = ("group", "network", "cluster", "pool")
"""What another owner and another number of nodes changes."""
SHORT = ("throttled-x1",)
"""What `make e2e` tries too."""


@pytest.fixture(scope="module")
def lab(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from azure_part.running(toolbox, tmp_path_factory.mktemp("faults"), "cluster")


def failed(outcome: Outcome) -> set[str]:
    """Return the nouns of the resources that an operation failed at."""
    names = set()
    for line in outcome.events.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if "resOpFailedEvent" in event:
            names.add(str(event["resOpFailedEvent"]["metadata"]["urn"]).rpartition("::")[2])
    return {noun for noun, name in NAMES.items() if name in names}


def until_done(
    lab: Lab, case: Case, armed: list[Fault], run: Callable[[], Outcome], judge: Callable[[str], None]
) -> None:
    """Run an operation until it succeeds; `judge` looks at each resource that it failed at, right afterwards."""
    nouns = {fault.moment.partition("-")[0] for fault in armed}
    arm(lab, armed)
    met: set[str] = set()
    for _ in range(len(nouns) + 1):
        outcome = run()
        agree(lab)
        if outcome.exit_code == 0:
            break
        assert case.seen, outcome.errors
        assert re.search(case.seen, outcome.errors), outcome.errors
        assert "Traceback" not in outcome.errors
        now = failed(outcome)
        assert now, outcome.errors
        for noun in now:
            judge(noun)
        met |= now
    assert outcome.exit_code == 0, outcome.errors
    assert replaced(outcome) == []
    assert faults.armed(lab.home) == [], "a fault that was not met would say nothing"
    assert met == (nouns if case.seen else set())


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.id, marks=[pytest.mark.short] if case.id in SHORT else []) for case in CASES],
)
def test_up_change_refresh_and_destroy_end_well(lab: Lab, case: Case) -> None:
    def is_kept_if(kept: bool) -> Callable[[str], None]:
        def judge(noun: str) -> None:
            assert (NAMES[noun] in names_in_state(lab)) == kept, noun

        return judge

    def up(*config: str) -> Callable[[], Outcome]:
        return lambda: lab.up(*(word for pair in config for word in ("--config", pair)))

    # `--config` stays in the stack file, so that the case before this one would decide otherwise.
    until_done(lab, case, case.at(ALL, "create"), up("owner=nobody", "nodeCount=2"), is_kept_if(case.kept))
    assert set(NAMES.values()) <= names_in_state(lab)
    asks_for_credentials(lab, case)
    changed = up(f"owner={case.id}", "nodeCount=4")
    until_done(lab, case, case.at(CHANGED, "update"), changed, is_kept_if(True))
    as_changed(lab, case.id)
    refreshes(lab, case)
    until_done(lab, case, case.at(ALL, "delete"), lambda: lab.run("destroy"), is_kept_if(True))
    assert lab.azure() == {}
    assert names_in_state(lab) == set()


def as_changed(lab: Lab, owner: str) -> None:
    """What was asked for is what Azure has, and all of it is well."""
    azure = lab.azure()
    for id in [i for i in azure if re.search(r"/(managedclusters|virtualnetworks)/[^/]+$", i)]:
        assert azure[id]["tags"]["owner"] == owner
        assert azure[id]["properties"]["provisioningState"] == "Succeeded"
    (pool,) = [body for id, body in azure.items() if id.endswith("/agentpools/second")]
    assert (pool["properties"]["count"], pool["properties"]["provisioningState"]) == (3, "Succeeded")


def asks_for_credentials(lab: Lab, case: Case) -> None:
    if not fits(case.kind, "credentials"):
        return
    arm(lab, [Fault("credentials", case.kind, case.times, 0.2)])
    outcome = lab.up()
    assert (outcome.exit_code == 0) == (not case.seen), outcome.errors
    assert re.search(case.seen, outcome.errors)
    assert faults.armed(lab.home) == []
    agree(lab)


def refreshes(lab: Lab, case: Case) -> None:
    """A refresh that cannot read forgets nothing."""
    before = names_in_state(lab)
    arm(lab, case.at(ALL, "read"))
    outcome = lab.run("refresh")
    assert (outcome.exit_code == 0) == (not case.seen or not case.at(ALL, "read")), outcome.errors
    assert names_in_state(lab) == before
    faults.disarm(lab.home)  # a refresh ends at the first error; what it did not ask is not met


def test_create_that_nobody_heard_of_is_refused_by_the_next_up_and_goes_with_its_group(lab: Lab) -> None:
    """The one fault after which `up` cannot go on: the resource is in Azure and not in the state."""
    arm(lab, lost_for_good("cluster"))
    outcome = lab.up()
    assert faults.armed(lab.home) == []
    assert re.search(LOST_FOR_GOOD, outcome.errors)
    assert "aks-cluster" not in names_in_state(lab)
    assert any(id.endswith("/managedclusters/calico-labs-azurecni") for id in lab.azure())
    assert "cannot create already existing resource" in lab.up().errors


def test_the_doctor_names_the_import_that_keeps_it(lab: Lab) -> None:
    from tests.faults.mending import mend

    (command,) = mend(lab)
    assert command.startswith("pulumi import azure-native:containerservice:ManagedCluster aks-cluster ")
    assert replaced(lab.must_up()) == []
    agree(lab)
    destroyed = lab.run("destroy")
    assert destroyed.exit_code == 0, destroyed.errors
    assert lab.azure() == {}
