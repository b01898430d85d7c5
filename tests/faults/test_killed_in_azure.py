"""The engine killed at the three moments that matter in Azure: the group, the cluster, and what hangs on it is made.

Azure carries on with what it was asked for. The doctor waits for that, names the import of each resource that the state
does not know, and the next `up` takes everything on without making it again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import replaced
from tests.faults import azure_part
from tests.faults.azure_part import agree
from tests.faults.killing import Moment, Run
from tests.faults.mending import diagnosis, mend


@pytest.fixture(scope="module")
def lab(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from azure_part.running(toolbox, tmp_path_factory.mktemp("killed"), "cluster")


def kill_while_making(lab: Lab, name: str) -> None:
    """Kill `up` a moment after the engine has told the provider to make a resource."""
    run, seen = Run(lab, "up"), 0
    while not any('"resourcePreEvent"' in line and name in line for line in run.lines):
        seen += 1
        assert run.reach(Moment(seen)), "".join(run.lines[-3:])
    time.sleep(0.3)
    run.kill()
    operations = [
        json.loads(line)["resourcePreEvent"]["metadata"]["op"] for line in run.lines if _is_pre(line)
    ]
    assert operations
    assert [op for op in operations if "replace" in op] == []


def _is_pre(line: str) -> bool:
    return line.startswith("{") and '"resourcePreEvent"' in line


def test_whatever_azure_had_made_is_taken_into_the_state_and_nothing_is_made_twice(lab: Lab) -> None:
    for name in ("lab-group", "aks-cluster", "aks-subnet-role"):
        kill_while_making(lab, name)
        assert any(f.commands == ("pulumi cancel --yes --stack azurecni",) for f in diagnosis(lab).findings)
        mend(lab)
        agree(lab)
    assert replaced(lab.must_up()) == []
    assert set(lab.must_up().changes) == {"same"}
    agree(lab)


def test_and_destroyed_it_leaves_nothing(lab: Lab) -> None:
    outcome = lab.run("destroy")
    assert outcome.exit_code == 0, outcome.errors
    assert (lab.resources(), lab.azure()) == ([], {})
