"""The components from outside, as a program in another language uses them: the real engine talks to the package.

The program below is Python, but it knows the package's schema only and nothing of the components' code: it sends what
the generated SDK of any language would send. The sandbox's Python language host is older than its engine and cannot
run a PulumiPlugin.yaml for it (3.78.1 reads a field that 3.255.0 no longer sends), so a launcher starts the package,
as the language host of the same release would.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import engine
from sandbox.home import PROJECT, Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab

PACKAGE = PROJECT / "package"
LAUNCHER = f'#!/bin/sh\nexec "{sys.executable}" "{PACKAGE}" "$@"\n'
PROGRAM = '''
import pulumi

TAGS = {"owner": "another-language"}


class Remote(pulumi.ComponentResource):
    """What the generated class of a component is: its token and its inputs."""

    def __init__(self, kind, name, inputs, outputs):
        super().__init__(f"calico-labs:index:{kind}", name, {**inputs, **outputs}, None, remote=True)


group = Remote(
    "LabResourceGroup",
    "group",
    {"resourceGroupName": "rg-other", "location": "canadacentral", "tags": TAGS},
    {"groupName": None},
)
network = Remote(
    "LabNetwork",
    "network",
    {
        "resourceGroupName": group.groupName,
        "vnetName": "vnet-other",
        "location": "canadacentral",
        "vnetCidr": "10.224.0.0/12",
        "subnetCidr": "10.224.0.0/24",
        "tags": TAGS,
    },
    {"subnetId": None},
)
pulumi.export("subnet", network.subnetId)
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a program that the engine can start."""
    path = tmp_path_factory.mktemp("plugin") / "pulumi-resource-calico-labs"
    path.write_text(LAUNCHER, encoding="utf-8")
    path.chmod(0o700)
    return path


@pytest.fixture(scope="module")
def other(
    home: Home, toolbox: Toolbox, plugin: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A project that has nothing of this one but the package."""
    project = tmp_path_factory.mktemp("other")
    (project / ".venv").symlink_to(PROJECT / ".venv")
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    plugins = {"providers": [{"name": "calico-labs", "path": str(plugin.parent)}]}
    (project / "Pulumi.yaml").write_text(
        yaml.safe_dump({"name": "other", "runtime": runtime, "plugins": plugins}), encoding="utf-8"
    )
    (project / "Pulumi.other.yaml").write_text("config: {}\n", encoding="utf-8")
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, "other")
    yield lab
    lab.run("destroy")


def in_group(lab: Lab) -> set[str]:
    prefix = "/resourcegroups/rg-other"
    return {id.partition(prefix)[2].rpartition("/providers/")[2] for id in lab.azure() if prefix in id}


def as_the_engine_tells_it(value: Any, inner: bool = False) -> Any:
    """Return a schema without what the engine leaves out: descriptions inside lists and maps, and what is empty."""
    if isinstance(value, dict):
        told = {
            key: as_the_engine_tells_it(item, inner or key in ("items", "additionalProperties"))
            for key, item in value.items()
            if not (inner and key == "description")
        }
        return {key: item for key, item in told.items() if item not in ({}, [])}
    return value


class TestStep0Schema:
    def test_the_engine_is_told_the_committed_schema(self, other: Lab, plugin: Path, tmp_path: Path) -> None:
        told = engine.pulumi(other.home, ["package", "get-schema", str(plugin)], tmp_path)
        assert told.returncode == 0, told.stderr
        schema = json.loads(told.stdout)
        kept = as_the_engine_tells_it(json.loads((PACKAGE / "schema.json").read_text(encoding="utf-8")))
        assert (schema["name"], schema["version"]) == (kept["name"], kept["version"])
        assert schema["resources"] == kept["resources"]
        assert schema["types"] == kept["types"]


class TestStep1Up:
    def test_components_make_what_they_make_for_the_labs(self, other: Lab) -> None:
        assert set(other.must_up().changes) == {"create"}
        assert in_group(other) == {
            "",
            "microsoft.network/virtualnetworks/vnet-other",
            "microsoft.network/virtualnetworks/vnet-other/subnets/nodes",
        }

    def test_their_outputs_arrive(self, other: Lab) -> None:
        assert other.outputs()["subnet"].endswith("/virtualNetworks/vnet-other/subnets/nodes")

    def test_second_up_changes_nothing(self, other: Lab) -> None:
        assert set(other.must_up().changes) == {"same"}


class TestStep2Refused:
    def test_a_missing_argument_is_named_and_makes_nothing(self, other: Lab) -> None:
        file, before = other.project / "__main__.py", in_group(other)
        file.write_text(PROGRAM.replace('"vnetName": "vnet-other",', ""), encoding="utf-8")
        try:
            outcome = other.up()
        finally:
            file.write_text(PROGRAM, encoding="utf-8")
        assert outcome.exit_code != 0
        assert "Missing required input 'vnetName' on 'LabNetwork'" in outcome.errors + outcome.events
        assert in_group(other) == before


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, other: Lab) -> None:
        outcome = other.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert other.resources() == []
        assert in_group(other) == set()
