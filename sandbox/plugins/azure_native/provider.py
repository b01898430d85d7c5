"""The provider: what the engine asks, answered as azure-native would.

Owns the order of steps of each operation. Types are in `schema.py`, conversions in `shapes.py`, Azure in
`client.py`.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sandbox.plugins.azure_native import functions, previews, schema, shapes
from sandbox.plugins.azure_native.client import ArmClient, AzureError, GivenUpError
from sandbox.plugins.azure_native.diffs import changes
from sandbox.plugins.azure_native.resources import KINDS, Kind, kind_of
from sandbox.plugins.azure_native.validate import check_inputs
from sandbox.plugins.rpc import UNKNOWN, Unknown
from sandbox.plugins.server import Context, Diff, Failure, InitFailedError, Provider, ProviderError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_MADE_UP = "__createBeforeDelete"
"""Input that notes a made-up name: only such a resource can be created before its predecessor is deleted."""
_RESCUE_TIMEOUT = 10.0


class AzureNative(Provider):
    """azure-native, as far as the labs use it."""

    name = "azure-native"

    def __init__(self) -> None:
        super().__init__()
        self.version = schema.sdk_version()
        self._client = ArmClient(self.cancelled)
        self._subscription = SUBSCRIPTION
        self._location = ""
        self._group_locations: dict[str, str] = {}

    def parameterize(self, value: bytes) -> str:
        return previews.package_of(value)

    def configure(self, config: dict[str, Any]) -> None:
        self._subscription = str(config.get("subscriptionId") or SUBSCRIPTION)
        self._location = str(config.get("location") or "")

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        return functions.invoke(self._client, self._subscription, token, args)

    def check(
        self, context: Context, olds: dict[str, Any], news: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Failure]]:
        kind = kind_of(context.type)
        inputs: dict[str, Any] = shapes.without_nulls(news)
        self._name(kind, context, olds, inputs)
        if "location" in previews.schema_of(kind).inputs[kind.type]["properties"] and not inputs.get(
            "location"
        ):
            location = self._default_location(olds, inputs)
            if location:
                inputs["location"] = location
        inputs.setdefault("azureApiVersion", kind.api_version)
        failures = check_inputs(previews.schema_of(kind), kind.type, inputs)
        # Each reason names its path. As a property of its own the engine would show it with the value, which it
        # finds for top-level names only: `{<nil>}` for all others, and a whole object, passwords included, for those.
        return inputs, [Failure("", failure.reason) for failure in failures]

    def diff(
        self,
        context: Context,
        id: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
    ) -> Diff:
        kind = kind_of(context.type)
        old: dict[str, Any] = shapes.without_nulls(old_inputs)
        if "azureApiVersion" in old_outputs:
            old.setdefault("azureApiVersion", old_outputs["azureApiVersion"])
        found = changes(kind, old, shapes.without_nulls(news))
        replaced = any(change.replaces for change in found.values())
        return Diff(found, delete_before_replace=replaced and not old.get(_MADE_UP, False))

    def create(self, context: Context, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        kind = kind_of(context.type)
        if context.preview:
            return "", shapes.previewed(previews.schema_of(kind), kind, inputs)
        id = kind.id(self._subscription, inputs)
        if self._client.exists(id, kind.api_version):
            raise ProviderError(f"cannot create already existing resource '{id}'")
        try:
            answer = self._put(kind, id, inputs, context.timeout)
        except (AzureError, GivenUpError) as error:
            # What an accepted request has made, finished or not, belongs into the state; a refused one made nothing.
            if isinstance(error, GivenUpError) or error.accepted:
                self._keep_half_done(kind, id, inputs, error)
            raise
        return str(answer["id"]), self._outputs(kind, str(answer["id"]))

    def read(
        self, context: Context, id: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        kind = kind_of(context.type)
        kind.parse_id(id)
        try:
            answer = self._client.get(id, kind.api_version)
        except AzureError as error:
            if error.status == 404:
                return "", {}, {}
            raise
        live = shapes.to_outputs(previews.schema_of(kind), kind, answer)
        if not inputs:
            return id, shapes.to_inputs(previews.schema_of(kind), kind, id, answer), live
        return id, shapes.refreshed_inputs(previews.schema_of(kind), kind, inputs, outputs, live), live

    def update(
        self,
        context: Context,
        id: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
    ) -> dict[str, Any]:
        kind = kind_of(context.type)
        if context.preview:
            outputs = shapes.previewed(previews.schema_of(kind), kind, news)
            # Names and places never change, so what depends on them can be shown in full.
            outputs.update({name: old_outputs[name] for name in ("name", "location") if name in old_outputs})
            return outputs
        try:
            self._put(kind, id, news, context.timeout)
        except (AzureError, GivenUpError) as error:
            if isinstance(error, GivenUpError) or error.accepted:
                self._keep_half_done(kind, id, news, error)
            raise
        return self._outputs(kind, id)

    def delete(self, context: Context, id: str, old_inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        kind = kind_of(context.type)
        try:
            self._client.call("DELETE", id, kind.api_version, timeout=context.timeout)
        except AzureError as error:
            if error.status != 404:
                raise

    def _put(self, kind: Kind, id: str, inputs: dict[str, Any], timeout: float) -> dict[str, Any]:
        body = shapes.to_body(kind, shapes.without_nulls(inputs))
        return self._client.call("PUT", id, kind.api_version, body, timeout=timeout)

    def _outputs(self, kind: Kind, id: str) -> dict[str, Any]:
        """Read after the write: what a later refresh compares with must come from the same kind of answer."""
        return shapes.to_outputs(previews.schema_of(kind), kind, self._client.get(id, kind.api_version))

    def _keep_half_done(self, kind: Kind, id: str, inputs: dict[str, Any], error: Exception) -> None:
        """Hand what exists of a resource to the engine, with the error (crud.go, HandleErrorWithCheckpoint).

        Raises:
            InitFailedError: it exists.
        """
        try:
            answer = self._client.call(
                "GET", id, kind.api_version, timeout=_RESCUE_TIMEOUT, even_if_cancelled=True
            )
        except ProviderError:
            return
        outputs = shapes.to_outputs(previews.schema_of(kind), kind, answer)
        raise InitFailedError(str(answer["id"]), outputs, inputs, [str(error)]) from error

    def _name(self, kind: Kind, context: Context, olds: dict[str, Any], inputs: dict[str, Any]) -> None:
        """Make up a name where none is given, the same one again for a resource that has one."""
        key = kind.auto_name
        if key in inputs:
            return
        if key in olds:
            inputs[key] = olds[key]
            if _MADE_UP in olds:
                inputs[_MADE_UP] = olds[_MADE_UP]
            return
        inputs[key] = f"{context.name}{_suffix(context.random_seed)}"
        inputs[_MADE_UP] = True

    def _default_location(self, olds: dict[str, Any], inputs: dict[str, Any]) -> str | Unknown:
        """Return the location that was there, or the configured one, or the resource group's."""
        if olds.get("location"):
            return str(olds["location"])
        if self._location:
            return self._location
        group = inputs.get("resourceGroupName")
        if isinstance(group, Unknown):
            return UNKNOWN
        if not isinstance(group, str):
            return ""
        if group not in self._group_locations:
            kind = KINDS["azure-native:resources:ResourceGroup"]
            try:
                answer = self._client.get(kind.id(self._subscription, inputs), kind.api_version)
            except ProviderError:
                return ""  # the missing location is reported like any other missing input
            self._group_locations[group] = str(answer["location"])
        return self._group_locations[group]


def _suffix(seed: bytes) -> str:
    """Return the eight random digits of a made-up name: the same ones for the same seed, as the engine
    expects."""
    return hashlib.sha256(seed).hexdigest()[:8] if seed else secrets.token_hex(4)
