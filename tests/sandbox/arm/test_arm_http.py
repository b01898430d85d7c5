"""The protocol of the Azure stand-in: who may ask, and what is not a question."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from sandbox.arm import ArmServer
from sandbox.arm.errors import ArmError
from sandbox.arm.provider import Request, Response
from sandbox.errors import SandboxError
from tests.sandbox.arm.arm_fakes import CLUSTER, GROUP, SUBSCRIPTION, Azure, cluster


def test_server_listens_on_loopback_only(azure: Azure) -> None:
    assert azure.server.url.startswith("http://127.0.0.1:")


def test_url_of_a_stopped_server_says_what_to_do(azure: Azure) -> None:
    azure.server.stop()
    with pytest.raises(SandboxError) as refused:
        _ = azure.server.url
    assert str(refused.value) == "the Azure stand-in is not running; call start() first"


def test_every_server_has_its_own_token(azure: Azure) -> None:
    other = ArmServer(azure.folder / "other.json", azure.clusters)
    assert len(other.token) >= 32
    assert other.token != azure.server.token


@pytest.mark.parametrize("token", ["", "wrong"], ids=["none", "wrong"])
def test_request_without_the_token_is_refused_before_anything_else(azure: Azure, token: str) -> None:
    assert azure.call("GET", "/nonsense", token=token).error == (
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing or has the wrong token.",
    )


def test_request_without_api_version_is_refused(azure: Azure) -> None:
    assert azure.call("GET", GROUP, version="").error == (
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )


def test_retired_api_version_is_refused_with_the_ones_that_work(azure: Azure) -> None:
    status, code, message = azure.call("GET", CLUSTER, version="2024-09-02-preview").error
    assert (status, code) == (400, "NoRegisteredProviderFound")
    assert message.startswith(
        "No registered resource provider found for location 'canadacentral' and API version '2024-09-02-preview' for"
        " type 'managedClusters'. The supported api-versions are '2025-09-01, 2026-03-02-preview,"
        " 2026-05-02-preview'. The supported locations are 'australiaeast, brazilsouth, "
    )


def test_unknown_resource_type_is_refused(azure: Azure) -> None:
    path = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/x"
    assert azure.get(path).error == (
        404,
        "InvalidResourceType",
        "The resource type could not be found in the namespace 'Microsoft.Storage' for api version '2025-09-01'.",
    )


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/tenants", (404, "InvalidRequestUri", "The request URI '/tenants' does not name a resource.")),
        (
            f"/subscriptions/{SUBSCRIPTION}/locations/x",
            (
                404,
                "InvalidRequestUri",
                f"The request URI '/subscriptions/{SUBSCRIPTION}/locations/x' does not name a resource.",
            ),
        ),
        (
            f"{GROUP}/locks/x",
            (404, "InvalidRequestUri", f"The request URI '{GROUP}/locks/x' does not name a resource."),
        ),
        (
            "/subscriptions/mine/resourceGroups/lab",
            (
                400,
                "InvalidSubscriptionId",
                "The provided subscription identifier 'mine' is malformed or invalid.",
            ),
        ),
    ],
    ids=["no-subscription", "no-group", "no-provider", "subscription-is-no-guid"],
)
def test_path_that_names_no_resource_is_refused(azure: Azure, path: str, error: tuple[int, str, str]) -> None:
    assert azure.get(path).error == error


def test_method_must_fit_the_path(azure: Azure) -> None:
    assert azure.call("POST", CLUSTER, {}).error == (
        404,
        "InvalidRequestUri",
        "The request URI does not fit the method POST.",
    )


@pytest.mark.parametrize("body", ["{", "[]"], ids=["not-json", "not-an-object"])
def test_body_that_is_no_object_is_refused(azure: Azure, body: str) -> None:
    assert azure.put(GROUP, body).error == (
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized.",
    )


def test_store_is_readable_by_its_owner_only(azure: Azure) -> None:
    azure.make_group()
    assert azure.store_path.stat().st_mode & 0o777 == 0o600


def test_unreadable_store_says_what_to_do(azure: Azure) -> None:
    azure.store_path.write_text("{}", encoding="utf-8")
    with pytest.raises(SandboxError) as refused:
        ArmServer(azure.store_path, azure.clusters)
    assert str(refused.value) == (
        f"cannot read {azure.store_path} ('format'); delete it to start with an empty Azure"
    )


def test_mistake_of_the_stand_in_is_answered_too(azure: Azure, caplog: pytest.LogCaptureFixture) -> None:
    azure.make_group()
    body = cluster(agentPoolProfiles__0__count="many")
    status, code, message = azure.put(CLUSTER, body).error
    assert (status, code) == (500, "InternalServerError")
    assert message == "'<=' not supported between instances of 'int' and 'str'"
    assert f"PUT {CLUSTER}" in caplog.text


def test_trouble_can_be_put_in_front_of_every_request(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one seam for throttling, failures and lost answers."""
    calm = azure.server.answer

    def stormy(request: Request) -> Response:
        if request.method == "PUT":
            raise ArmError(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", "Slow down.")
        return calm(request)

    monkeypatch.setattr(azure.server, "answer", stormy)
    assert azure.put(GROUP, {"location": "canadacentral"}).error == (429, "TooManyRequests", "Slow down.")
    assert azure.get(GROUP).status == 404
