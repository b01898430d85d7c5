"""What real nodes cannot do is refused where it is asked for; that the API server obeys is an e2e test."""

from __future__ import annotations

from sandbox.nodes.real import limits


def names(found: list[limits.Limit]) -> list[str]:
    return [limit.name for limit in found]


def test_a_kernel_without_modules_limits_more_than_one_that_has_all() -> None:
    assert names(limits.in_force(lambda script: "Unknown device type")) == [
        "no-ebpf",
        "no-wireguard",
        "no-ipip",
    ]
    assert names(limits.in_force(lambda script: None)) == ["no-ebpf"]


def test_each_kernel_is_asked_for_what_it_limits() -> None:
    asked: list[str] = []

    def only_ipip(script: str) -> str | None:
        asked.append(script)
        return None if "ipip" in script else "Unknown device type"

    assert names(limits.in_force(only_ipip)) == ["no-ebpf", "no-wireguard"]
    assert len(asked) == 2


def test_a_refusal_names_field_reason_and_remedy() -> None:
    for limit in limits.LIMITS:
        policy, binding = limits.bodies(limit)
        (validation,) = policy["spec"]["validations"]
        assert " but " in validation["message"]
        assert validation["message"].endswith("; start the sandbox with --nodes simulated")
        assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}
