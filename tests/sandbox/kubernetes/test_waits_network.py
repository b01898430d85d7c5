"""When a Service, an Ingress or a volume counts as ready."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.waits.network import Ingress, Service
from sandbox.plugins.kubernetes.waits.storage import Claim, Volume
from tests.sandbox.kubernetes.fake_api import FakeApi

Body = dict[str, Any]
ENDPOINTS = "/api/v1/namespaces/apps/endpoints/web"
ADDRESS = {"loadBalancer": {"ingress": [{"ip": "20.0.0.1"}]}}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(api: FakeApi, clock: Clock) -> Service:
    return Service(api, "web", now=clock)  # type: ignore[arg-type]


def _service(status: Body | None = None, **spec: Any) -> Body:
    return {
        "metadata": {"name": "web", "namespace": "apps"},
        "spec": {"selector": {"app": "web"}, **spec},
        "status": status or {},
    }


class TestService:
    """Endpoints, and an address for a load balancer."""

    def test_one_ready_endpoint_is_enough(self, service: Service, api: FakeApi) -> None:
        api.put(ENDPOINTS, {"subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]})
        assert service.look(_service()).ready

    def test_an_endpoint_that_is_not_ready_is_waited_for(self, service: Service, api: FakeApi) -> None:
        subset = {"addresses": [{"ip": "10.0.0.1"}], "notReadyAddresses": [{"ip": "10.0.0.2"}]}
        api.put(ENDPOINTS, {"subsets": [subset]})
        look = service.look(_service())
        assert (look.ready, look.waiting_for) == (False, "[1/3] Finding Pods to direct traffic to")

    def test_endpoints_that_nobody_wrote_yet_are_waited_for(self, service: Service, clock: Clock) -> None:
        assert not service.look(_service()).ready
        clock.seconds += 60
        assert not service.look(_service()).ready

    def test_a_service_without_pods_passes_once_its_endpoints_have_been_quiet(
        self, service: Service, api: FakeApi, clock: Clock
    ) -> None:
        api.put(ENDPOINTS, {"subsets": []})
        assert not service.look(_service()).ready
        clock.seconds += 9
        assert not service.look(_service()).ready
        clock.seconds += 1
        assert service.look(_service()).ready

    def test_a_change_of_the_endpoints_starts_the_quiet_time_again(
        self, service: Service, api: FakeApi, clock: Clock
    ) -> None:
        api.put(ENDPOINTS, {"subsets": []})
        service.look(_service())
        clock.seconds += 9
        api.put(ENDPOINTS, {"subsets": []})
        service.look(_service())
        clock.seconds += 9
        assert not service.look(_service()).ready

    @pytest.mark.parametrize(
        "spec",
        [{"clusterIP": "None"}, {"selector": {}}, {"type": "ExternalName"}],
        ids=["headless", "no selector", "external"],
    )
    def test_services_without_pods_of_their_own_are_ready_at_once(self, service: Service, spec: Body) -> None:
        assert service.look(_service(**spec)).ready

    def test_a_load_balancer_needs_its_address(self, service: Service, api: FakeApi) -> None:
        api.put(ENDPOINTS, {"subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]})
        look = service.look(_service(type="LoadBalancer"))
        assert (look.ready, look.waiting_for) == (False, "[2/3] Attempting to allocate IP address to Service")
        assert service.look(_service(ADDRESS, type="LoadBalancer")).ready

    def test_the_reasons_are_pods_and_address(self, service: Service, api: FakeApi) -> None:
        api.put(ENDPOINTS, {"subsets": []})
        assert service.problems(_service(type="LoadBalancer")) == [
            (
                "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not "
                "match labels on any Pods"
            ),
            "Service was not allocated an IP address; does your cloud provider support this?",
        ]
        assert service.failure == "'web' timed out waiting to be Ready"


def test_an_ingress_needs_its_address() -> None:
    assert not Ingress("web").look({"status": {}}).ready
    assert Ingress("web").look({"status": ADDRESS}).ready
    assert Ingress("web").problems({}) == [
        "Ingress .status.loadBalancer field was not updated with a hostname/IP address."
    ]


@pytest.mark.parametrize(("phase", "ready"), [("Available", True), ("Bound", True), ("Pending", False)])
def test_a_volume_is_available_or_bound(phase: str, ready: bool) -> None:
    assert Volume().look({"status": {"phase": phase}}).ready is ready


@pytest.mark.parametrize(
    ("phase", "mode", "ready"),
    [
        ("Bound", "Immediate", True),
        ("Pending", "Immediate", False),
        ("Pending", "WaitForFirstConsumer", True),
        ("Lost", "WaitForFirstConsumer", False),
    ],
)
def test_a_claim_is_bound_or_waits_for_its_pod(api: FakeApi, phase: str, mode: str, ready: bool) -> None:
    api.put("/apis/storage.k8s.io/v1/storageclasses/disk", {"volumeBindingMode": mode})
    claim = Claim(api)  # type: ignore[arg-type]
    assert claim.look({"spec": {"storageClassName": "disk"}, "status": {"phase": phase}}).ready is ready
    assert not claim.look({"spec": {}, "status": {"phase": "Pending"}}).ready
    assert not claim.look({"spec": {"storageClassName": "none"}, "status": {"phase": "Pending"}}).ready
