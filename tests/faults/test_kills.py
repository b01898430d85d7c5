"""The engine killed at random moments of `up` and `destroy`: what the doctor names brings it to the right end.

Eight lives of a stack with up to four kills on the way up and four on the way down each, at moments drawn from a seed
that is printed: CALICO_LABS_FAULT_SEED repeats a run, CALICO_LABS_FAULT_LIVES changes how many. What a killed run left
is mended and the next run is killed further on; a run that had ended before its moment ends its life's kills. No state
is edited: what is run are the commands that `labctl doctor` prints.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox import engine, plain_clusters
from sandbox.home import Home, write_private
from sandbox.kube_api import KubeApi
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project
from tests.e2e.labs import replaced
from tests.faults.agreement import azure_in_state, azure_there, in_cluster, in_state
from tests.faults.killing import Moment, Run, hit
from tests.faults.mending import diagnosis, mend

SEED = int(os.environ.get("CALICO_LABS_FAULT_SEED", "20261127"))
LIVES = int(os.environ.get("CALICO_LABS_FAULT_LIVES", "8"))
KILLS = 4
LEAST = 20
"""Kills of each operation of a stack that eight lives come to at the least."""
_STACKS = ("byocni", "nke")
_CLUSTER = "victim"


@pytest.fixture(scope="module", params=_STACKS)
def lab(
    request: pytest.FixtureRequest, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A stack, and for nke the cluster that it is brought up in."""
    project = make_project(tmp_path_factory.mktemp(request.param) / "calico-labs")
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, request.param)
    if lab.stack == "nke":
        config = plain_clusters.start(home, _CLUSTER, 3)
        write_private(project / f"kubeconfig-{_CLUSTER}", config)
        for key, value in (("kubeconfig", f"kubeconfig-{_CLUSTER}"), ("context", _CLUSTER)):
            assert lab.pulumi("config", "set", key, value).returncode == 0
    yield lab
    mend(lab)
    lab.run("destroy")
    if lab.stack == "nke":
        plain_clusters.remove(home, _CLUSTER)


@pytest.fixture(scope="module")
def lengths(lab: Lab) -> dict[str, int]:
    """How many lines of events a whole `up` and a whole `destroy` have."""
    found = {}
    for operation in ("up", "destroy"):
        run = Run(lab, operation)
        assert run.end() == 0, "".join(run.lines[-5:])
        found[operation] = len(run.lines)
    return found


@pytest.fixture(scope="module")
def tally(lab: Lab) -> Counter[str]:
    """Kills of each operation, over all lives of the stack."""
    assert lab.stack in _STACKS
    return Counter()


def api_of(lab: Lab) -> KubeApi | None:
    if lab.stack == "nke":
        return KubeApi((lab.project / f"kubeconfig-{_CLUSTER}").read_text(encoding="utf-8"))
    return lab.api() if lab.azure() else None


def agree(lab: Lab) -> None:
    """Nothing is lost, nothing is double, nothing is left."""
    assert azure_in_state(lab) == azure_there(lab)
    api = api_of(lab)
    if api is None:
        assert in_state(lab) == set()
        return
    deadline = time.monotonic() + 90
    while in_state(lab) != in_cluster(api):  # a namespace goes a moment after `destroy` stops waiting for it
        assert time.monotonic() < deadline, in_state(lab) ^ in_cluster(api)
        time.sleep(1)


def killed(lab: Lab, operation: str, length: int, moments: random.Random) -> int:
    """Kill runs of an operation at random moments and mend what they leave; return how many did not end before."""
    count = 0
    for _ in range(KILLS):
        # A destroy is over soon, and its events run ahead of the reader: hit while most of it is still to come.
        last = length // 3 if operation == "destroy" else length - 1
        moment = Moment(moments.randint(1, max(last, 1)), round(moments.uniform(0, 0.2), 2))
        hit_it = hit(lab, operation, moment)
        done = mend(lab)
        what = [command.split()[0:2] for command in done]
        print(f"  {operation} {'killed' if hit_it else 'had ended'} at {moment}; then {what}")
        count += hit_it
        if not hit_it:
            break
        if operation == "destroy":  # what is gone says nothing any more
            length -= moment.lines
    return count


@pytest.mark.parametrize("life", range(LIVES))
def test_killed_on_the_way_up_and_down_it_comes_to_the_right_end(
    lab: Lab, lengths: dict[str, int], tally: Counter[str], life: int
) -> None:
    """Every third life is destroyed without having been brought up to the end."""
    moments = random.Random(f"{SEED} {lab.stack} {life}")
    print(f"{lab.stack}, life {life}, seed {SEED}")
    tally["up"] += killed(lab, "up", lengths["up"], moments)
    if life % 3 != 2:
        assert replaced(lab.must_up()) == []
        agree(lab)
        assert set(lab.must_up().changes) == {"same"}
    tally["destroy"] += killed(lab, "destroy", lengths["destroy"], moments)
    outcome = lab.run("destroy")
    assert outcome.exit_code == 0, outcome.errors
    assert lab.resources() == []
    assert azure_there(lab) == set()
    agree(lab)
    assert diagnosis(lab).findings == ()


def test_the_kills_were_as_many_as_is_said(tally: Counter[str]) -> None:
    print(f"kills: {dict(tally)}")
    for operation in ("up", "destroy"):
        assert tally[operation] >= (LEAST if LIVES >= 8 else 1)
