"""The components from outside, as a program in another language uses them: the real engine runs the package.

The program below is Python, but it knows the package's schema only and nothing of the components' code: it sends what
the generated SDK of any language would send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox import engine
from sandbox.home import PROJECT, Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab

PACKAGE = PROJECT / "package"
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
def other(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A project that has nothing of this one but the package."""
    project = tmp_path_factory.mktemp("other")
    (project / ".venv").symlink_to(PROJECT / ".venv")
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    plugins = {"providers": [{"name": "calico-labs", "path": str(PACKAGE)}]}
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


class TestStep0Schema:
    def test_the_engine_is_told_the_committed_schema(
        self, home: Home, toolbox: Toolbox, tmp_path: Path
    ) -> None:
        engine.prepare(home, toolbox)
        told = engine.pulumi(home, ["package", "get-schema", str(PACKAGE)], tmp_path)
        assert told.returncode == 0, told.stderr
        schema, kept = json.loads(told.stdout), json.loads((PACKAGE / "schema.json").read_text("utf-8"))
        assert schema["name"] == kept["name"]
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
        file = other.project / "__main__.py"
        file.write_text(PROGRAM.replace('"vnetName": "vnet-other",', ""), encoding="utf-8")
        outcome = other.up()
        file.write_text(PROGRAM, encoding="utf-8")
        assert outcome.exit_code != 0
        assert "Missing required input 'vnetName' on 'LabNetwork'" in outcome.errors + outcome.events


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, other: Lab) -> None:
        outcome = other.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert other.resources() == []
        assert in_group(other) == set()
