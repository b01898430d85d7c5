"""Upgrades of a lab that is up, one after the other: what the preview says, and that nothing but that changes.

No step replaces the cluster or anything in it. The steps are data; docs/reliability.md has them as a table, and a test
in tests/docs compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, running


@dataclass(frozen=True)
class Step:
    """One upgrade: what is set, and what changes."""

    id: str
    config: dict[str, str]
    changes: dict[str, str]
    """Resource -> operation, exactly."""
    properties: dict[str, list[str]]
    """Resource -> what of it differs in the preview, exactly."""
    inside_unknown: bool = False
    """Whether the preview shows an update of everything in the cluster, too: the credentials of a cluster that will be
    updated are not known before, and neither is the provider. None of it happens."""


START = {"calicoVersion": "v3.32.1", "kubernetesVersion": "1.35"}
STEPS = (
    Step(
        "Calico v3.32.1 to v3.32.4",
        {"calicoVersion": "v3.32.4"},
        {"operator-release": "update"},
        {"operator-release": ["version"]},
    ),
    Step(
        "Calico v3.32.4 to v3.33.1",
        {"calicoVersion": "v3.33.1"},
        {"operator-release": "update"},
        {"operator-release": ["version"]},
    ),
    Step(
        "Kubernetes 1.35 to 1.36",
        {"kubernetesVersion": "1.36"},
        {"aks-cluster": "update"},
        {"aks-cluster": ["kubernetesVersion"]},
        inside_unknown=True,
    ),
)


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    for lab in running(home, toolbox, tmp_path_factory.mktemp("upgraded"), "byocni"):
        for key, value in START.items():
            assert lab.pulumi("config", "set", key, value).returncode == 0
        lab.must_up()
        yield lab


def previewed(lab: Lab) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what a preview says: operations, and the properties that differ."""
    result = lab.pulumi("preview", "--json")
    assert result.returncode == 0, result.stderr
    found, properties = {}, {}
    for step in json.loads(result.stdout)["steps"]:
        name = step["urn"].rpartition("::")[2]
        if step["op"] not in ("same", "read"):
            found[name] = step["op"]
            properties[name] = sorted(step.get("detailedDiff") or {})
    return found, properties


def inside(lab: Lab) -> set[str]:
    """Return the provider of the cluster and everything on it."""
    return {
        str(r["urn"]).rpartition("::")[2]
        for r in lab.resources()
        if str(r["type"]).startswith("kubernetes:") or str(r["type"]) == "pulumi:providers:kubernetes"
    }


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_upgrade_changes_what_its_preview_says_and_replaces_nothing(lab: Lab, step: Step) -> None:
    before = {r["urn"]: r.get("id") for r in lab.resources()}
    for key, value in step.config.items():
        assert lab.pulumi("config", "set", key, value).returncode == 0
    found, properties = previewed(lab)
    assert set(found.values()) == {"update"}
    told = {name: paths for name, paths in properties.items() if paths and name != "aks-provider"}
    assert told == step.properties
    assert set(found) == {*step.changes, *(inside(lab) if step.inside_unknown else ())}
    assert operations(lab.must_up()) == step.changes
    after = {r["urn"]: r.get("id") for r in lab.resources()}
    assert after == before, "every resource is the one it was"
    assert set(lab.must_up().changes) == {"same"}


def test_the_cluster_runs_what_was_asked_for_last(lab: Lab) -> None:
    (cluster,) = [
        body for id, body in lab.azure().items() if id.endswith("/managedclusters/calico-labs-byocni")
    ]
    assert cluster["properties"]["kubernetesVersion"] == "1.36"
    deployment = lab.api().get("/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator")
    assert deployment is not None
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "quay.io/tigera/operator:v1.44.1"
    assert {"name": "CALICO_API_GROUP", "value": "crd.projectcalico.org/v1"} in container["env"]


def test_a_newer_provider_sdk_changes_the_version_of_the_provider_and_nothing_else(lab: Lab) -> None:
    """What the engine does when a provider's SDK is another one: the version is an input of the provider resource.

    The sandbox has one version of each plugin, so the older one is written into the state of a copy.
    """
    state = lab.export()
    urns = {r["urn"] for r in state["resources"] if str(r["type"]).startswith("pulumi:providers:")}
    assert len(urns) >= 2
    for resource in state["resources"]:
        if resource["urn"] in urns and "version" in resource.get("inputs", {}):
            parts = [int(part) for part in resource["inputs"]["version"].split(".")]
            older = f"{parts[0]}.{max(parts[1] - 1, 0)}.0"
            resource["inputs"]["version"] = resource["outputs"]["version"] = older
    file = lab.project / "older.json"
    file.write_text(json.dumps({"version": 3, "deployment": state}), encoding="utf-8")
    assert lab.pulumi("stack", "import", "--file", str(file)).returncode == 0
    found, _ = previewed(lab)
    print(found)
    assert not [name for name, operation in found.items() if "replace" in operation or operation == "delete"]
    outcome = lab.must_up()
    print(operations(outcome))
    assert not [name for name, operation in operations(outcome).items() if "replace" in operation]
    assert set(lab.must_up().changes) == {"same"}
