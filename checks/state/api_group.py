"""`projectcalico.org/v3` is served and available: policies of Calico's own can be written."""

from __future__ import annotations

from checks.check import Check
from checks.errors import ApiError
from checks.lab import Lab, condition
from checks.result import Row, holds, same
from labs.enums import CalicoApiGroup, CalicoManagement

_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org"
_KINDS_AT_LEAST = 15


def _kinds(lab: Lab) -> list[str]:
    """Return the kinds that are served; none while the server behind the group does not answer."""
    try:
        served = (lab.api.get("/apis/projectcalico.org/v3") or {}).get("resources", [])
    except ApiError:
        return []
    return [item["name"] for item in served if "/" not in item["name"]]


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(_SERVICE) or {}
    available = condition(found, "Available")
    said = available.get("status", "not there")
    if said != "True" and available:
        said += f" ({available.get('reason')})"
    kinds = _kinds(lab)
    return [
        same(
            "APIService v3.projectcalico.org: Available",
            "True",
            said,
            f"{lab.kubectl} get apiservice v3.projectcalico.org",
        ),
        holds(
            "kinds of projectcalico.org",
            f"{_KINDS_AT_LEAST} or more",
            len(kinds),
            len(kinds) >= _KINDS_AT_LEAST,
            f"{lab.kubectl} api-resources --api-group=projectcalico.org",
        ),
    ]


CHECK = Check(
    name="api-group",
    proves="the API server serves projectcalico.org/v3",
    course="kubectl api-resources | grep projectcalico.org",
    needs="read apiservices",
    run=_run,
    applies=lambda lab: (
        lab.settings.calico_management is CalicoManagement.OPERATOR
        and lab.settings.calico_api_group is CalicoApiGroup.V3
    ),
)
