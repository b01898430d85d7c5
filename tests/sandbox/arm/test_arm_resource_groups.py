"""Resource groups: the box that a lab is thrown away with."""

from __future__ import annotations

import threading

from sandbox.arm.catalog import REGIONS
from tests.sandbox.arm.arm_fakes import CLUSTER, GROUP, SUBSCRIPTION, Azure, cluster


def test_group_is_created_read_updated_and_deleted(azure: Azure) -> None:
    body = {"location": "Canada Central", "tags": {"lab": "dev"}}
    created = azure.put(GROUP, body)
    expected = {
        "id": GROUP,
        "name": "lab",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "canadacentral",
        "properties": {"provisioningState": "Succeeded"},
        "tags": {"lab": "dev"},
    }
    assert (created.status, created.body) == (201, expected)
    assert azure.get(GROUP).body == expected
    assert azure.put(GROUP, {"location": "canadacentral"}).status == 200
    assert "tags" not in azure.get(GROUP).body
    assert azure.delete(GROUP).status == 200
    assert azure.get(GROUP).status == 404


def test_group_is_found_in_any_case_and_keeps_its_own(azure: Azure) -> None:
    azure.make_group()
    assert azure.get(GROUP.upper()).body["name"] == "lab"
    assert azure.put(GROUP.upper(), {"location": "canadacentral"}).body["name"] == "lab"


def test_missing_group_is_not_found(azure: Azure) -> None:
    error = (404, "ResourceGroupNotFound", "Resource group 'lab' could not be found.")
    assert azure.get(GROUP).error == error
    assert azure.delete(GROUP).error == error
    assert azure.get(CLUSTER).error == error
    assert azure.put(CLUSTER, cluster()).error == error
    assert azure.delete(CLUSTER).error == error


def test_group_cannot_move(azure: Azure) -> None:
    azure.make_group()
    assert azure.put(GROUP, {"location": "westeurope"}).error == (
        409,
        "InvalidResourceGroupLocation",
        (
            "Invalid resource group location 'westeurope'. The Resource group already exists in location"
            " 'canadacentral'."
        ),
    )


def test_group_needs_a_location(azure: Azure) -> None:
    error = (400, "LocationRequired", "The location property is required for this definition.")
    assert azure.put(GROUP, {}).error == error


def test_group_needs_a_real_location(azure: Azure) -> None:
    assert azure.put(GROUP, {"location": "canadasouth"}).error == (
        400,
        "LocationNotAvailableForResourceGroup",
        (
            "The provided location 'canadasouth' is not available for resource group. List of available"
            f" regions is '{','.join(REGIONS)}'."
        ),
    )


def test_group_name_is_checked(azure: Azure) -> None:
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lab."
    assert azure.put(path, {"location": "canadacentral"}).error == (
        400,
        "InvalidResourceGroup",
        (
            "The provided resource group name 'lab.' has these invalid characters or ends with a period, or"
            " it is longer than 90 characters."
        ),
    )


def test_deleting_a_group_deletes_the_clusters_in_it(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.delete(GROUP).status == 200
    assert azure.clusters.running == {}
    assert (
        azure.get(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_lab_lab-aks_canadacentral").status == 404
    )


def test_group_that_is_being_deleted_takes_nothing_new(azure: Azure) -> None:
    azure.make_cluster()
    azure.clusters.gate = threading.Event()
    update = threading.Thread(target=azure.put, args=(CLUSTER, cluster(top__tags={})))
    update.start()
    assert azure.clusters.waiting.wait(20)
    delete = threading.Thread(target=azure.delete, args=(GROUP,))
    delete.start()
    while azure.get(GROUP).body["properties"]["provisioningState"] != "Deleting":
        pass
    assert azure.put(CLUSTER, cluster()).error == (
        409,
        "ResourceGroupBeingDeleted",
        "The resource group 'lab' is in deprovisioning state and cannot perform this operation.",
    )
    azure.clusters.gate.set()
    update.join()
    delete.join()
    assert azure.get(GROUP).status == 404


def test_group_stays_when_a_cluster_in_it_does(azure: Azure) -> None:
    azure.make_cluster()
    azure.clusters.broken = "etcd does not stop"
    assert azure.delete(GROUP).error == (200, "InternalOperationError", "etcd does not stop")
    assert azure.get(GROUP).body["properties"]["provisioningState"] == "Succeeded"


def test_group_of_the_nodes_cannot_be_deleted_by_itself(azure: Azure) -> None:
    azure.make_cluster()
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_lab_lab-aks_canadacentral"
    owner = azure.get(CLUSTER).body["id"]
    assert azure.get(path).body["managedBy"] == owner
    assert azure.delete(path).error == (
        400,
        "NotSimulatedInSandbox",
        (
            f"resource group 'MC_lab_lab-aks_canadacentral' belongs to {owner} and losing it would break"
            " that, which the sandbox does not simulate; delete the cluster instead"
        ),
    )
