"""The engine's steps as changes: the worst first, components and clocks left out, no secret shown."""

from __future__ import annotations

from typing import Any

from preview.changes import Change, Operation, changes_of, gone
from preview.drift import drift

_PREFIX = "urn:pulumi:s::calico-labs::"
CLUSTER = "azure-native:containerservice:ManagedCluster"


def state(type: str, name: str, inputs: dict[str, Any], custom: bool = True) -> dict[str, Any]:
    return {"urn": f"{_PREFIX}{type}::{name}", "type": type, "custom": custom, "inputs": inputs}


def step(op: str, type: str, name: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"op": op, "urn": f"{_PREFIX}{type}::{name}", **more}
    if old is not None:
        found["oldState"] = state(type, name, old)
    if new is not None:
        found["newState"] = state(type, name, new)
    return found


def test_update_shows_the_values_that_differ() -> None:
    [change] = changes_of(
        [step("update", "kubernetes:core/v1:Service", "s", {"a": 1, "b": 1}, {"a": 2, "b": 1})]
    )
    assert change == Change(Operation.UPDATE, "kubernetes:core/v1:Service", "s", (), ("~ a: 1 -> 2",))


def test_update_that_changes_no_input_is_only_the_engines_caution() -> None:
    unknown = {"kubeconfig": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    provider = step(
        "update", "pulumi:providers:kubernetes", "aks-provider", {"kubeconfig": "[secret]"}, unknown
    )
    assert changes_of([step("update", "kubernetes:core/v1:Service", "s", {"a": 1}, {"a": 1}), provider]) == []


def test_steps_of_one_replacement_are_one_change_with_its_cause() -> None:
    steps = [
        step("delete-replaced", CLUSTER, "c", {"p": 1}),
        step("replace", CLUSTER, "c", {"p": 1}, {"p": 2}, replaceReasons=["p"]),
        step("create-replacement", CLUSTER, "c", {"p": 1}, {"p": 2}, replaceReasons=["p"]),
    ]
    [change] = changes_of(steps)
    assert change == Change(Operation.REPLACE, CLUSTER, "c", ("p",), ("~ p: 1 -> 2",))
    assert change.loses_cluster


def test_what_goes_with_a_replaced_cluster_and_does_not_come_back_is_deleted() -> None:
    """The engine says nothing at all about it (seen 2026-11-27, Pulumi 3.255.0)."""
    kind = "kubernetes:core/v1:Service"
    deployed = [
        state(kind, "kept", {}),
        state(kind, "removed", {}),
        state("c:l:Part", "part", {}, custom=False),
    ]
    changes = changes_of([step("replace", kind, "kept", {}, {})], deployed)
    assert [(change.operation, change.name) for change in changes] == [
        (Operation.REPLACE, "kept"),
        (Operation.DELETE, "removed"),
    ]


def test_policy_that_comes_or_goes_is_shown_whole() -> None:
    kind = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    body = {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    [removed, new] = changes_of([step("create", kind, "new", new=body), step("delete", kind, "old", body)])
    assert new.lines == ("+ spec.podSelector: {}", '+ spec.policyTypes[0]: "Ingress"')
    assert removed.lines == ("- spec.podSelector: {}", '- spec.policyTypes[0]: "Ingress"')


def test_deleted_cluster_is_lost_and_an_updated_one_is_not() -> None:
    assert changes_of([step("delete", CLUSTER, "c", {})])[0].loses_cluster
    assert not changes_of([step("update", CLUSTER, "c", {"a": 1}, {"a": 2})])[0].loses_cluster


def test_a_cluster_of_a_preview_api_is_a_cluster() -> None:
    preview = "azure-native_containerservice_v20260502preview:containerservice:ManagedCluster"
    assert changes_of([step("delete", preview, "c", {})])[0].loses_cluster


def test_worst_comes_first_and_what_stays_is_not_listed() -> None:
    steps = [
        step("create", "a:b:C", "new", new={}),
        step("same", "a:b:C", "same", {}, {}),
        step("update", "a:b:C", "changed", {"x": 1}, {"x": 2}),
        step("delete", "a:b:C", "old", {}),
        step("replace", "a:b:C", "other", {"x": 1}, {"x": 2}),
    ]
    assert [change.name for change in changes_of(steps)] == ["other", "old", "changed", "new"]


def test_components_and_default_providers_are_no_changes() -> None:
    component = {"op": "create", "urn": f"{_PREFIX}calico-labs:app:DemoApp::app"}
    component["newState"] = state("calico-labs:app:DemoApp", "app", {}, custom=False)  # type: ignore[assignment]
    default = step("create", "pulumi:providers:kubernetes", "default_4_34_2", new={"version": "4"})
    assert changes_of([component, default]) == []


def test_moment_of_expiry_is_never_shown() -> None:
    [change] = changes_of(
        [
            step(
                "update",
                CLUSTER,
                "c",
                {"tags": {"expires": "1", "lab": "a"}},
                {"tags": {"expires": "2", "lab": "b"}},
            )
        ]
    )
    assert change.lines == ('~ tags.lab: "a" -> "b"',)


def test_secret_is_never_shown_even_if_its_value_is_there() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    [change] = changes_of([step("update", "a:b:C", "c", {"p": "clear"}, {"p": secret, "q": {"r": secret}})])
    assert change.lines == ('~ p: "clear" -> "[secret]"', '+ q: {"r": "[secret]"}')


def test_new_policy_is_shown_rule_by_rule() -> None:
    spec = {"types": ["Ingress"], "ingress": [{"action": "Allow"}, {"action": "Deny"}]}
    [change] = changes_of(
        [step("create", "kubernetes:projectcalico.org/v3:NetworkPolicy", "p", new={"spec": spec})]
    )
    assert change.lines == (
        '+ spec.ingress[0]: {"action": "Allow"}',
        '+ spec.ingress[1]: {"action": "Deny"}',
        '+ spec.types[0]: "Ingress"',
    )


def test_stack_that_goes_lists_what_it_leaves_behind() -> None:
    assert [change.name for change in gone([state(CLUSTER, "c", {})])] == ["c"]


class TestDrift:
    def test_update_without_an_input_of_ours_is_the_service_own_and_no_drift(self) -> None:
        assert drift({"steps": [step("update", CLUSTER, "c", {"a": 1}, {"a": 1})]}) == []

    def test_pool_of_its_own_is_no_drift_in_the_clusters_body_but_a_pool_by_hand_is(self) -> None:
        pool = "azure-native:containerservice:AgentPool"
        both = {"agentPoolProfiles": [{"name": "system"}, {"name": "second"}, {"name": "byhand"}]}
        steps = [
            step("update", CLUSTER, "c", both, {"agentPoolProfiles": [{"name": "system"}]}),
            step("same", pool, "p", {"agentPoolName": "second"}, {"agentPoolName": "second"}),
        ]
        assert drift({"steps": steps}) == [
            f"update {CLUSTER} c",
            '    - agentPoolProfiles[1]: {"name": "byhand"}',
        ]
        both["agentPoolProfiles"].pop()
        assert drift({"steps": steps}) == []

    def test_changed_input_and_missing_object_are(self) -> None:
        steps = [step("update", CLUSTER, "c", {"a": 2}, {"a": 1}), step("create", "a:b:C", "lost", new={})]
        assert drift({"steps": steps}) == [f"update {CLUSTER} c", "    ~ a: 2 -> 1", "create a:b:C lost"]
