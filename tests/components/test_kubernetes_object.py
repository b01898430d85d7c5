"""Manifest objects go to the engine exactly as the SDK's typed classes would send them, at a fraction of the
import."""

from __future__ import annotations

import importlib
from typing import Any

import pulumi
import pytest

from components.kubernetes_object import KubernetesObject, child_name, type_token
from labs.manifests import NAMESPACED
from tests.components.conftest import resolved, run
from tests.components.recorder import ADDRESS, Recorder

_CORE = [(version, kind) for version, kind in NAMESPACED if not version.startswith("projectcalico.org/")]


def sdk_class(api_version: str, kind: str) -> Any:
    """Return the SDK's own class for a kind that Kubernetes itself has."""
    group, _, version = api_version.rpartition("/")
    module = f"pulumi_kubernetes.{group.partition('.')[0] or 'core'}.{version}"
    return getattr(importlib.import_module(module), kind)


def test_some_kinds_are_compared_with_the_sdk() -> None:
    assert ("v1", "Service") in _CORE
    assert ("apps/v1", "Deployment") in _CORE


@pytest.mark.parametrize(("api_version", "kind"), _CORE, ids=lambda value: value)
def test_the_request_is_the_one_of_the_typed_class(recorder: Recorder, api_version: str, kind: str) -> None:
    def program() -> None:
        metadata = {"name": "a", "labels": {"app": "b"}}
        body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {"podSelector": {}}}
        KubernetesObject("ours", body, pulumi.ResourceOptions())
        accepted = {"metadata": metadata}
        if kind not in ("ServiceAccount", "ConfigMap"):
            accepted["spec"] = {"podSelector": {}}
        sdk_class(api_version, kind)("theirs", **accepted)

    run(program)
    ours, theirs = sorted(recorder.registrations, key=lambda r: r.name)
    assert ours.type == theirs.type
    # ServiceAccount and ConfigMap have no spec; the typed class could not be given one.
    assert {**ours.inputs, **theirs.inputs} == ours.inputs


def test_a_custom_resource_keeps_its_group() -> None:
    assert (
        type_token("operator.tigera.io/v1", "Installation") == "kubernetes:operator.tigera.io/v1:Installation"
    )


def test_the_status_is_what_the_cluster_reports() -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"type": "LoadBalancer"},
    }
    service = run(lambda: KubernetesObject("a", body, pulumi.ResourceOptions()))
    found = resolved({"address": service.status["loadBalancer"]["ingress"][0]["ip"]})
    assert found == {"address": (ADDRESS, False)}


@pytest.mark.parametrize(
    ("kind", "spec", "ignored"),
    [
        pytest.param("Service", {"ports": []}, ("spec.clusterIP",), id="address left to the cluster"),
        pytest.param("Service", {"clusterIP": "None"}, (), id="address of the manifest"),
        pytest.param("Deployment", {"replicas": 1}, (), id="no Service"),
    ],
)
def test_what_the_cluster_fills_in_does_not_replace_an_imported_service(
    recorder: Recorder, kind: str, spec: dict[str, Any], ignored: tuple[str, ...]
) -> None:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
    run(lambda: KubernetesObject("a", body, pulumi.ResourceOptions(ignore_changes=["metadata.labels"])))
    (made,) = recorder.registrations
    assert made.ignore_changes == ("metadata.labels", *ignored)


def body(namespace: str | None) -> dict[str, Any]:
    metadata = {"name": "an-object"} if namespace is None else {"name": "an-object", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Thing", "metadata": metadata}


def test_a_resource_is_named_after_the_object_and_its_namespace() -> None:
    assert child_name("app", body("bank")) == "app-bank-an-object"


def test_an_object_outside_namespaces_is_named_after_itself() -> None:
    assert child_name("app", body(None)) == "app-an-object"
