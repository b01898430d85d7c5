"""What is in a state is found whichever version of Azure's API made it."""

from __future__ import annotations

import pytest

from doctor.stack_state import StackState

CLUSTER = "azure-native:containerservice:ManagedCluster"


@pytest.mark.parametrize(
    "type",
    [CLUSTER, "azure-native_containerservice_v20260502preview:containerservice:ManagedCluster"],
    ids=["default", "preview"],
)
def test_a_cluster_is_there(type: str) -> None:
    assert StackState(({"type": type},), ()).has(CLUSTER)


def test_an_agent_pool_is_no_cluster() -> None:
    assert not StackState(({"type": "azure-native:containerservice:AgentPool"},), ()).has(CLUSTER)
