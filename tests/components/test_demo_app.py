"""The application and its namespaces: manifests as they are, images exchanged on request, one address out."""

from __future__ import annotations

from typing import Any

from components.app_namespaces import AppNamespaces
from components.demo_app import DemoApp, DemoAppArgs, ingress_address, with_images
from tests.components.conftest import resolved, run
from tests.components.recorder import ADDRESS, Recorder


def manifest(api_version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "bank"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def service(kind: str) -> dict[str, Any]:
    return manifest("v1", "Service", f"a-{kind}", {"type": kind, "ports": [{"port": 80}]})


def deployment() -> dict[str, Any]:
    containers = [{"name": "web", "image": "web:1"}, {"name": "sidecar", "image": "sidecar:1"}]
    return manifest("apps/v1", "Deployment", "web", {"template": {"spec": {"containers": containers}}})


def baseline() -> DemoAppArgs:
    return {"manifests": [service("LoadBalancer"), deployment()], "images": {}, "wait_minutes": 7}


def images_sent(recorder: Recorder) -> list[str]:
    template = recorder.one(":Deployment").inputs["spec"]["template"]
    return [container["image"] for container in template["spec"]["containers"]]


class TestTheObjects:
    """What is in the files is what is deployed."""

    def test_each_is_sent_as_it_is_written(self, recorder: Recorder) -> None:
        run(lambda: DemoApp("app", baseline()))
        sent = [(r.name, r.inputs) for r in recorder.registrations if r.custom]
        written = [
            ("app-bank-a-LoadBalancer", service("LoadBalancer")),
            ("app-bank-web", deployment()),
        ]
        assert sent == written

    def test_all_are_children_of_the_component_with_a_time_limit(self, recorder: Recorder) -> None:
        run(lambda: DemoApp("app", baseline()))
        component = recorder.one("calico-labs:app:DemoApp")
        objects = [r for r in recorder.registrations if r.custom]
        assert [(r.parent, r.timeouts) for r in objects] == [(component.urn, ("7m", "7m", "7m"))] * 2

    def test_what_a_pod_cannot_start_without_comes_first(self, recorder: Recorder) -> None:
        account = manifest("v1", "ServiceAccount", "web", {})
        run(lambda: DemoApp("app", {**baseline(), "manifests": [deployment(), account]}))
        assert recorder.one(":Deployment").dependencies == (recorder.one(":ServiceAccount").urn,)
        assert recorder.one(":ServiceAccount").dependencies == ()


class TestImages:
    """The published images come from one maintainer's account, so they have to be exchangeable."""

    def test_a_named_container_gets_the_other_image_and_its_neighbour_keeps_its_own(
        self, recorder: Recorder
    ) -> None:
        run(lambda: DemoApp("app", {**baseline(), "images": {"web": "mirror.example/web:2"}}))
        assert images_sent(recorder) == ["mirror.example/web:2", "sidecar:1"]

    def test_the_manifest_itself_is_not_changed(self) -> None:
        original = deployment()
        with_images(original, {"web": "mirror.example/web:2"})
        assert original == deployment()


class TestTheAddress:
    """Readers want to open the page, wherever the address comes from."""

    def test_it_is_the_load_balancers(self) -> None:
        app = run(lambda: DemoApp("app", baseline()))
        assert resolved({"address": app.address}) == {"address": (ADDRESS, False)}

    def test_there_is_none_without_a_load_balancer(self) -> None:
        app = run(lambda: DemoApp("app", {**baseline(), "manifests": [service("ClusterIP"), deployment()]}))
        assert resolved({"address": app.address}) == {"address": (None, False)}

    def test_a_host_name_is_as_good_as_an_ip(self) -> None:
        assert ingress_address({"loadBalancer": {"ingress": [{"hostname": "lb.example"}]}}) == "lb.example"

    def test_a_service_that_no_cloud_serves_has_none(self) -> None:
        assert ingress_address({"loadBalancer": {}}) is None
        assert ingress_address(None) is None


class TestTheNamespaces:
    """A component of their own, so that policies can come between them and the pods."""

    def test_each_is_sent_as_it_is_written(self, recorder: Recorder) -> None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bank", "labels": {"a": "b"}}}
        namespaces = [body]
        made = run(lambda: AppNamespaces("app-namespaces", {"namespaces": namespaces, "wait_minutes": 7}))
        sent = recorder.one(":Namespace")
        assert (sent.name, sent.inputs) == ("app-namespaces-bank", body)
        assert sent.timeouts == ("7m", "7m", "7m")
        assert sent.parent == recorder.one("calico-labs:app:AppNamespaces").urn
        assert resolved({"names": made.names}) == {"names": (["bank"], False)}
