"""Object bodies as plain dicts: their names and annotations, their shape on the wire, and live state cut to inputs.

Does not talk to a server and knows no kind but Secret and CustomResourceDefinition, the two that the API
server stores differently from how they are written.
"""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.kubernetes import kinds
from sandbox.plugins.rpc import UNKNOWN, Secret, has_unknown

Body = dict[str, Any]

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"

FIELD_MANAGER_KEY = "__fieldManager"
INITIAL_API_VERSION_KEY = "__initialApiVersion"

_READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)

# The SDKs cannot carry a dash in a property name, and CustomResourceDefinition schemas are full of these.
_DASHED = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_UNDERSCORED = {dashed: underscored for underscored, dashed in _DASHED.items()}


def metadata(body: Mapping[str, Any]) -> Body:
    value = body.get("metadata")
    return value if isinstance(value, dict) else {}


def name(body: Mapping[str, Any]) -> str:
    value = metadata(body).get("name")
    return value if isinstance(value, str) else ""


def is_named(body: Mapping[str, Any]) -> bool:
    """Tell whether the object has a name, known or not yet known."""
    return metadata(body).get("name") is UNKNOWN or bool(name(body))


def namespace(body: Mapping[str, Any]) -> str:
    value = metadata(body).get("namespace")
    return value if isinstance(value, str) else ""


def annotation(body: Mapping[str, Any], key: str) -> str:
    annotations = metadata(body).get("annotations")
    value = annotations.get(key) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def is_true(body: Mapping[str, Any], key: str) -> bool:
    return annotation(body, key) == "true"


def full_name(body: Mapping[str, Any]) -> str:
    """Return `namespace/name`, or the name alone; it is the resource's id."""
    return f"{namespace(body)}/{name(body)}" if namespace(body) else name(body)


def to_wire(inputs: Mapping[str, Any]) -> Body:
    """Return the body as the API server wants it."""
    body: Body = _renamed(inputs, lambda key: _DASHED.get(key, key))
    return body


def checkpoint(live: Mapping[str, Any], field_manager: str, initial_api_version: str) -> Body:
    """Return the outputs of a live object: what the state keeps.

    `managedFields` stays out: it is half of the object, no program reads it, and updates fetch it fresh
    anyway.
    """
    outputs: Body = _renamed(live, lambda key: _UNDERSCORED.get(key, key))
    metadata(outputs).pop("managedFields", None)
    if field_manager:
        outputs[FIELD_MANAGER_KEY] = field_manager
        outputs[INITIAL_API_VERSION_KEY] = initial_api_version
    return sealed(outputs)


def sealed(body: Body) -> Body:
    """Return the body with a Secret's data marked secret; other kinds keep what the engine knows of them."""
    if body.get("kind") != "Secret":
        return body
    return {key: Secret(value) if key in ("data", "stringData") else value for key, value in body.items()}


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {rename(key): _renamed(item, rename) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    return value


def normalised(inputs: Mapping[str, Any]) -> Body:
    """Return a copy without what only the server writes, and in the form in which the server stores it."""
    body = copy.deepcopy(dict(inputs))
    for field in _READ_ONLY:
        metadata(body).pop(field, None)
    if has_unknown(body):
        return body
    if kinds.is_crd(body):
        body.pop("status", None)
        spec = body.get("spec")
        if isinstance(spec, dict) and spec.get("preserveUnknownFields") is False:
            del spec["preserveUnknownFields"]
    if body.get("kind") == "Secret" and body.get("apiVersion") in ("v1", "core/v1"):
        _normalise_secret(body)
    return body


def _normalise_secret(body: Body) -> None:
    # The server answers with `data` only, so that a `stringData` kept in the inputs would differ for ever.
    data = {key: _reencoded(value) for key, value in (body.get("data") or {}).items()}
    plain = body.pop("stringData", None)
    if isinstance(plain, dict):
        data |= {key: base64.b64encode(str(value).encode()).decode() for key, value in plain.items()}
    if data:
        body["data"] = data


def _reencoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64encode(base64.b64decode("".join(value.split()), validate=True)).decode()
    except binascii.Error:
        return value  # the server refuses it in its own words


def pruned(live: Any, shape: Any) -> Any:
    """Return the part of a live value that `shape` (the inputs it was made from) also has.

    The operator and the server write defaults all over an object; only what the program set is compared with
    it. Elements of lists pair up by position, as in the real provider.
    """
    if isinstance(live, Mapping) and isinstance(shape, Mapping):
        return {key: pruned(value, shape[key]) for key, value in live.items() if key in shape}
    if isinstance(live, list) and isinstance(shape, list):
        if live and shape and type(live[0]) is not type(shape[0]):
            return copy.deepcopy(live)
        return [pruned(value, wanted) for value, wanted in zip(live, shape, strict=False)]
    return copy.deepcopy(live)
