"""Inputs are checked against the SDK's own types, so that a typo costs a preview and not a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.azure_native import schema
from sandbox.plugins.azure_native.resources import KINDS
from sandbox.plugins.azure_native.validate import check_inputs
from sandbox.plugins.rpc import UNKNOWN
from tests.sandbox.azure_native.native_inputs import CLUSTER, GROUP, POOL, cluster, group, pool


def failures(type: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item.property, item.reason) for item in check_inputs(schema.load(), type, inputs)]


@pytest.mark.parametrize(
    ("type", "inputs"),
    [(GROUP, group(tags={"a.b": "c"})), (CLUSTER, cluster()), (POOL, pool())],
    ids=["group", "cluster", "pool"],
)
def test_valid_inputs_have_no_failure(type: str, inputs: dict[str, Any]) -> None:
    assert failures(type, inputs) == []


def test_unknown_values_pass_wherever_they_are() -> None:
    inputs = cluster(
        resourceGroupName=UNKNOWN,
        location=UNKNOWN,
        networkProfile={"podCidr": UNKNOWN},
        agentPoolProfiles=[{"name": "system", "count": UNKNOWN, "osSKU": UNKNOWN}],
        tags={"lab": UNKNOWN},
        identity=UNKNOWN,
    )
    assert failures(CLUSTER, inputs) == []


CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "unknown property": (
        CLUSTER,
        cluster(dnsPrefx="lab"),
        "dnsPrefx",
        "'dnsPrefx' is not a property of ManagedCluster; did you mean 'dnsPrefix'?",
    ),
    "unknown property without a neighbour": (
        CLUSTER,
        cluster(zzz=1),
        "zzz",
        "'zzz' is not a property of ManagedCluster",
    ),
    "unknown nested property": (
        CLUSTER,
        cluster(networkProfile={"podCIDR": "10.244.0.0/16"}),
        "networkProfile.podCIDR",
        "'networkProfile.podCIDR' is not a property of ContainerServiceNetworkProfile; did you mean 'podCidr'?",
    ),
    "preview property": (
        CLUSTER,
        cluster(networkProfile={"kubeProxyConfig": {"enabled": False}}),
        "networkProfile.kubeProxyConfig",
        "'networkProfile.kubeProxyConfig' is not a property of ContainerServiceNetworkProfile",
    ),
    "snake case": (
        CLUSTER,
        cluster(agentPoolProfiles=[{"name": "system", "vm_size": "Standard_D4s_v5"}]),
        "agentPoolProfiles[0].vm_size",
        (
            "'agentPoolProfiles[0].vm_size' is not a property of ManagedClusterAgentPoolProfile; did you mean"
            " 'vmSize'?"
        ),
    ),
    "enum": (
        CLUSTER,
        cluster(networkProfile={"networkPlugin": "nonne"}),
        "networkProfile.networkPlugin",
        (
            "'networkProfile.networkPlugin' is 'nonne' but must be one of 'azure', 'kubenet', 'none'; did you mean"
            " 'none'?"
        ),
    ),
    "enum of a pool": (
        POOL,
        pool(mode="Sytem"),
        "mode",
        "'mode' is 'Sytem' but must be one of 'System', 'User', 'Gateway'; did you mean 'System'?",
    ),
    "enum that is not open": (
        CLUSTER,
        cluster(identity={"type": "systemassigned"}),
        "identity.type",
        (
            "'identity.type' is 'systemassigned' but must be one of 'SystemAssigned', 'UserAssigned', 'None'; did you"
            " mean 'SystemAssigned'?"
        ),
    ),
    "text for a number": (
        POOL,
        pool(count="3"),
        "count",
        "'count' should be of type 'integer' but got a string",
    ),
    "fraction for a whole number": (POOL, pool(count=1.5), "count", "'count' must be an integer but got 1.5"),
    "boolean for a number": (
        POOL,
        pool(count=True),
        "count",
        "'count' should be of type 'integer' but got a boolean",
    ),
    "number for text": (
        CLUSTER,
        cluster(kubernetesVersion=1.36),
        "kubernetesVersion",
        "'kubernetesVersion' should be of type 'string' but got a number",
    ),
    "object for a list": (
        CLUSTER,
        cluster(agentPoolProfiles={"name": "system"}),
        "agentPoolProfiles",
        "'agentPoolProfiles' should be of type 'array' but got an object",
    ),
    "list for an object": (
        CLUSTER,
        cluster(networkProfile=[]),
        "networkProfile",
        "'networkProfile' should be of type 'object' but got an array",
    ),
    "number in a map": (
        GROUP,
        group(tags={"a.b": 1}),
        'tags["a.b"]',
        "'tags[\"a.b\"]' should be of type 'string' but got a number",
    ),
    "missing nested": (
        CLUSTER,
        cluster(agentPoolProfiles=[{"count": 1}]),
        "agentPoolProfiles[0].name",
        "missing required property 'agentPoolProfiles[0].name'",
    ),
    "missing parent": (
        POOL,
        {key: value for key, value in pool().items() if key != "resourceName"},
        "resourceName",
        "missing required property 'resourceName'",
    ),
    "missing location": (
        GROUP,
        {"resourceGroupName": "lab"},
        "location",
        (
            "missing required property 'location'. Either set it explicitly or configure it with 'pulumi config set"
            " azure-native:location <value>'."
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_wrong_input_is_named_with_its_path(case: tuple[str, dict[str, Any], str, str]) -> None:
    type, inputs, path, reason = case
    assert failures(type, inputs) == [(path, reason)]


def test_all_wrong_inputs_are_reported_at_once() -> None:
    found = failures(POOL, {"resourceGroupName": "lab", "count": "1", "osSku": "Ubuntu"})
    assert [path for path, _ in found] == ["resourceName", "count", "osSku"]


def test_what_the_provider_adds_is_no_mistake() -> None:
    inputs = group(azureApiVersion="2024-03-01", __createBeforeDelete=True)
    assert failures(GROUP, inputs) == []


def test_schema_knows_every_kind_and_the_places_of_its_inputs() -> None:
    """A kind whose names the SDK does not have would build wrong paths and bodies."""
    found = schema.load()
    assert set(found.inputs) == set(found.outputs) == set(KINDS)
    for kind in KINDS.values():
        known = set(found.inputs[kind.type]["properties"])
        assert kind.top <= known
        assert set(kind.path_inputs) <= known
        assert {path.partition(".")[0] for path in kind.replaces} <= known


def test_schema_has_types_for_everything_that_labs_set() -> None:
    properties = schema.load().inputs[CLUSTER]["properties"]
    assert properties["networkProfile"] == {"type": "object", "ref": "ContainerServiceNetworkProfileArgs"}
    assert properties["addonProfiles"]["type"] == "map"
    assert properties["enableRBAC"] == {"type": "boolean"}
    assert schema.load().objects["ContainerServiceNetworkProfileArgs"]["properties"]["networkPlugin"] == {
        "type": "string",
        "enum": ["azure", "kubenet", "none"],
    }
    outputs = schema.load().outputs[CLUSTER]["properties"]
    assert outputs["fqdn"] == {"type": "string"}
    assert outputs["identity"] == {"type": "object", "ref": "ManagedClusterIdentityResponse"}
