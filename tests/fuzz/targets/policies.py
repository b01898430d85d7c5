"""Policies, pods and Services as objects with wrong values anywhere, judged as a whole."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from labs.errors import LabError
from reach.matrix import full_matrix
from tests.fuzz.junk import damaged, edit_value
from tests.fuzz.target import Target, outcome
from tests.reach.clusters import Generator, engine_of


@st.composite
def _inputs(draw: st.DrawFn) -> dict[str, Any]:
    case = Generator(draw(st.integers(0, 200))).case("fuzz", flows=0)
    case["pods"], case["resources"] = case["pods"][:3], case["resources"][:4]
    changed: dict[str, Any] = draw(damaged([{"pods": case["pods"], "resources": case["resources"]}]))
    return changed


def _judge(case: Any) -> str:
    return outcome(lambda: full_matrix(engine_of(case)), LabError)


TARGET = Target("policies", "policies and workloads as objects", _inputs(), _judge, edit_value)
