"""The Azure part of the azurecni lab on the real engine: every Azure resource a lab can have, and nothing inside.

The stand-in is the daemon's own `ArmServer`, over clusters that only note what is asked: nothing is put into them, so a
control plane would be started for nothing, some seventy times.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import engine, faults
from sandbox.arm.faults import Fault
from sandbox.home import Home, write_private_json
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project
from tests.faults.agreement import azure_in_state, azure_there, resources
from tests.sandbox.arm.arm_fakes import Azure

PART = "CALICO_LABS_TEST_PART"
PROGRAM = f"""
import os
from datetime import UTC, datetime

from components.azure import aks_cluster
from components.lab_network import LabNetwork
from components.resource_group import LabResourceGroup
from labs import names, rules
from labs.settings import read_settings
from labs.tags import tags

settings = read_settings()
rules.check(settings)
now = datetime.now(UTC)
if os.environ.get("{PART}") == "network":
    group = LabResourceGroup("lab", {{
        "resource_group_name": names.resource_group_name(settings),
        "location": settings.location,
        "tags": tags(settings, now),
    }})
    LabNetwork("network", {{
        "resource_group_name": group.group_name,
        "vnet_name": names.vnet_name(settings),
        "location": settings.location,
        "vnet_cidr": settings.vnet_cidr,
        "subnet_cidr": settings.subnet_cidr,
        "tags": tags(settings, now),
    }})
else:
    aks_cluster(settings, now)
"""
NAMES = {
    "group": "lab-group",
    "network": "network-vnet",
    "subnet": "network-subnet",
    "cluster": "aks-cluster",
    "pool": "aks-pool-second",
    "role": "aks-subnet-role",
}
"""Resource of a moment -> its name in the program."""


def running(toolbox: Toolbox, folder: Path, part: str, delay: float = 0.0) -> Iterator[Lab]:
    """Yield the stack in a sandbox of its own; afterwards both are gone. `delay`: seconds that a cluster takes."""
    home = Home(folder / "sandbox")
    home.create()
    azure = Azure(home.root, delay=delay)
    write_private_json(home.arm_endpoint, {"url": azure.server.url, "token": azure.server.token})
    project = make_project(folder / "calico-labs", PROGRAM)
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, "azurecni")
    assert lab.pulumi("config", "set", "subnetCidr", "10.224.0.0/24").returncode == 0
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(PART, part)
        yield lab
    azure.server.stop()


def arm(lab: Lab, found: list[Fault]) -> None:
    faults.disarm(lab.home)
    faults.arm(lab.home, *found)


def all_fired(lab: Lab) -> None:
    """A fault that was not met would make its case say nothing."""
    left = faults.armed(lab.home)
    assert left == []


def agree(lab: Lab) -> None:
    """Nothing is lost and nothing is double: the state knows exactly what Azure has."""
    assert azure_in_state(lab) == azure_there(lab)


def names_in_state(lab: Lab) -> set[str]:
    return {str(resource["urn"]).rpartition("::")[2] for resource in resources(lab)}
