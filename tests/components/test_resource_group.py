"""The resource group: one name, the tags that let a forgotten lab be found, and an expiry that stays put."""

from __future__ import annotations

from components.resource_group import LabResourceGroup, LabResourceGroupArgs
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder

_GROUP = ":ResourceGroup"


def baseline() -> LabResourceGroupArgs:
    return {
        "resource_group_name": "a-group",
        "location": "canadacentral",
        "tags": {
            "lab": "byocni",
            "owner": "ada",
            "expires": "2026-11-22T18:00:00Z",
            "managedBy": "calico-labs",
        },
    }


def test_azure_is_asked_for_the_group_and_its_tags(recorder: Recorder) -> None:
    run(lambda: LabResourceGroup("lab", baseline()))
    assert recorder.one(_GROUP).inputs == {
        "resourceGroupName": "a-group",
        "location": "canadacentral",
        "tags": {
            "lab": "byocni",
            "owner": "ada",
            "expires": "2026-11-22T18:00:00Z",
            "managedBy": "calico-labs",
        },
    }


def test_only_the_expiry_is_ignored_so_that_a_new_owner_still_arrives(recorder: Recorder) -> None:
    run(lambda: LabResourceGroup("lab", baseline()))
    assert recorder.one(_GROUP).ignore_changes == ("tags.expires",)


def test_a_replacement_deletes_first_because_the_name_is_fixed(recorder: Recorder) -> None:
    run(lambda: LabResourceGroup("lab", baseline()))
    assert recorder.one(_GROUP).delete_before_replace


def test_the_name_comes_from_azure_so_that_what_uses_it_waits_for_the_group() -> None:
    group = run(lambda: LabResourceGroup("lab", baseline()))
    assert resolved({"name": group.group_name}) == {"name": ("a-group", False)}


def test_the_group_is_a_child_of_its_component(recorder: Recorder) -> None:
    run(lambda: LabResourceGroup("lab", baseline()))
    component = recorder.one("calico-labs:azure:LabResourceGroup")
    assert recorder.one(_GROUP).parent == component.urn
    assert recorder.one(_GROUP).name == "lab-group"
