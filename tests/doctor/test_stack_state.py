"""What is in a state is found whichever version of Azure's API made it, and no state is told from no answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.errors import CannotLookError
from doctor.stack_state import StackState, read_state

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


class TestReadState:
    """With a program in Pulumi's place that says what the real one says (3.255.0)."""

    @staticmethod
    def read(folder: Path, export: str, listing: str) -> StackState:
        pulumi = folder / "pulumi"
        pulumi.write_text(
            f'#!/bin/sh\ncase "$2" in export) {export};; ls) {listing};; esac\n', encoding="utf-8"
        )
        pulumi.chmod(0o755)
        return read_state(folder, "byocni", {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})

    def test_a_stack_that_the_backend_does_not_have_has_an_empty_state(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, "exit 255", """echo '[{"name": "organization/calico-labs/dev"}]'""")
        assert found == StackState((), (), in_backend=False)

    @pytest.mark.parametrize(
        "listing",
        ["""echo '[{"name": "byocni"}]'""", "exit 255", "echo '[]'; exit 255", "echo no JSON", "echo '[1]'"],
    )
    def test_any_other_answer_leaves_it_open(self, tmp_path: Path, listing: str) -> None:
        with pytest.raises(CannotLookError, match="pulumi gives no state of byocni: error: boom"):
            self.read(tmp_path, "echo error: boom >&2; exit 255", listing)

    def test_a_state_that_is_there_is_read(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, """echo '{"deployment": {}}'""", "exit 255")
        assert found == StackState((), ())
