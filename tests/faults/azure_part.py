"""The Azure part of the azurecni lab on the real engine: every Azure resource a lab can have, and nothing inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sandbox import engine, faults
from sandbox.arm.faults import Fault
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project

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


def running(home: Home, toolbox: Toolbox, folder: Path, part: str) -> Iterator[Lab]:
    """Yield the stack; afterwards it is gone, and so are the faults."""
    project = make_project(folder / "calico-labs", PROGRAM)
    engine.prepare(home, toolbox, project)
    before = os.environ.get(PART)
    os.environ[PART] = part
    lab = Lab(home, project, "azurecni")
    assert lab.pulumi("config", "set", "subnetCidr", "10.224.0.0/24").returncode == 0
    try:
        yield lab
    finally:
        faults.disarm(home)
        lab.run("destroy")
        if before is None:
            del os.environ[PART]
        else:
            os.environ[PART] = before


def arm(lab: Lab, found: list[Fault]) -> None:
    faults.disarm(lab.home)
    faults.arm(lab.home, *found)


def all_fired(lab: Lab) -> None:
    """A fault that was not met would make its case say nothing."""
    left = faults.armed(lab.home)
    assert left == []


def known(lab: Lab) -> set[str]:
    """Return the Azure ids in the state, in small letters."""
    return {
        str(resource["id"]).lower()
        for resource in lab.resources()
        if str(resource["type"]).startswith("azure-native:") and "id" in resource
    }


def there(lab: Lab) -> set[str]:
    """Return the ids of what Azure has and the program asked for; not what AKS adds by itself."""
    found = lab.azure()
    return {
        id
        for id, resource in found.items()
        if not resource.get("managedBy") and not id.endswith("/agentpools/first") and "/azurecni" not in id
    }


def agree(lab: Lab) -> None:
    """Nothing is lost and nothing is double: the state knows exactly what Azure has."""
    assert known(lab) == there(lab)


def names_in_state(lab: Lab) -> set[str]:
    return {str(resource["urn"]).rpartition("::")[2] for resource in lab.resources()}
