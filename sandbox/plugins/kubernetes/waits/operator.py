"""What the Tigera operator says about its resources: it writes its reasons into TigeraStatus, not into the resource."""

from __future__ import annotations

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body, name
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.waits.condition import conditions, shown

_GROUP = "operator.tigera.io/"
_PATH = "/apis/operator.tigera.io/v1/tigerastatuses"


def reasons(api: Api, live: Body) -> list[str]:
    """Return what each TigeraStatus complains about; nothing for objects of other groups."""
    if not str(live.get("apiVersion", "")).startswith(_GROUP):
        return []
    try:
        statuses = api.get(_PATH).get("items") or []
    except ApiError as error:
        return [f"TigeraStatus cannot be read: {error}"]
    if not statuses:
        return ["there is no TigeraStatus: the operator has not looked at it, is it running?"]
    return [
        f"TigeraStatus {name(item)}: {shown(condition)}"
        for item in statuses
        for condition in conditions(item)
        if _complains(condition)
    ]


def _complains(condition: Body) -> bool:
    wanted = "True" if condition.get("type") == "Available" else "False"
    return condition.get("status") != wanted
