"""The policies of a lab: one resource a file, in file order, and each after the one before."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from components.calico_policies import CalicoPolicies, waves
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder


def policy(name: str, api_version: str, namespace: str | None) -> dict[str, Any]:
    kind = "NetworkPolicy" if namespace else "GlobalNetworkPolicy"
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {"types": ["Ingress"]}}


def baseline() -> list[dict[str, Any]]:
    return [
        policy("deny", "networking.k8s.io/v1", "bank"),
        policy("allow", "networking.k8s.io/v1", "bank"),
        policy("never", "projectcalico.org/v3", None),
    ]


def test_each_policy_is_a_resource_with_its_body(recorder: Recorder) -> None:
    run(lambda: CalicoPolicies("policies", {"policies": baseline()}))
    sent = [(r.name, r.inputs) for r in recorder.registrations if r.custom]
    assert sent == [
        ("policies-bank-deny", baseline()[0]),
        ("policies-bank-allow", baseline()[1]),
        ("policies-never", baseline()[2]),
    ]


def test_each_policy_waits_for_the_one_before(recorder: Recorder) -> None:
    run(lambda: CalicoPolicies("policies", {"policies": baseline()}))
    for earlier, later in pairwise([r for r in recorder.registrations if r.custom]):
        assert later.dependencies == (earlier.urn,)


def test_of_very_many_each_wave_waits_for_all_of_the_wave_before(recorder: Recorder) -> None:
    """A thousand in one chain would be too much for the SDK."""
    many = [policy(f"p{number}", "networking.k8s.io/v1", "bank") for number in range(301)]
    run(lambda: CalicoPolicies("policies", {"policies": many}))
    sent = {r.inputs["metadata"]["name"]: r for r in recorder.registrations if r.custom}
    assert next(iter(sent)) == "p0"
    ends: list[str] = []
    for wave in waves(many):
        names = [body["metadata"]["name"] for body in wave]
        for name in names[:-1]:
            assert set(sent[name].dependencies) == set(ends)
        assert set(sent[names[-1]].dependencies) == {*ends, *(sent[name].urn for name in names[:-1])}
        ends = [sent[names[-1]].urn]
    assert len(waves(many)) == 101


def test_all_policies_are_children_of_the_component(recorder: Recorder) -> None:
    run(lambda: CalicoPolicies("policies", {"policies": baseline()}))
    component = recorder.one("calico-labs:calico:CalicoPolicies")
    assert [r.parent for r in recorder.registrations if r.custom] == [component.urn] * 3


def test_the_names_are_told_in_order() -> None:
    policies = run(lambda: CalicoPolicies("policies", {"policies": baseline()}))
    assert resolved({"names": policies.names}) == {"names": (["deny", "allow", "never"], False)}


def test_no_policy_is_no_error(recorder: Recorder) -> None:
    policies = run(lambda: CalicoPolicies("policies", {"policies": []}))
    assert [r.type for r in recorder.registrations] == ["calico-labs:calico:CalicoPolicies"]
    assert resolved({"names": policies.names}) == {"names": ([], False)}
