"""Rules about which Calico is installed: its release, and the group that its objects are stored in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import versions
from labs.enums import CalicoCrds
from labs.errors import Violation
from labs.rules.wording import Rule, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_RELEASE = re.compile(r"v(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})", re.ASCII)


def _calico_version(settings: LabSettings) -> Iterator[Violation]:
    remedy = f"set it to '{versions.CALICO_VERSION}'"
    release = _release(settings.calico_version)
    if release is None:
        yield refusal(
            settings,
            "calico_version",
            "it is not a release in the form v<major>.<minor>.<patch>",
            remedy,
            "it is the version of the operator's chart",
            "github.com/projectcalico/calico/releases",
        )
    elif release < (_release(versions.CALICO_OLDEST) or ()):
        yield refusal(
            settings,
            "calico_version",
            f"the labs need {versions.CALICO_OLDEST} or later",
            remedy,
            "older ones are unsupported or refuse policies that Pulumi creates",
            "projectcalico/calico#12841",
        )
    elif settings.calico_version in versions.CALICO_WITHDRAWN:
        yield refusal(
            settings,
            "calico_version",
            "that release wipes FelixConfiguration settings",
            remedy,
            "its operator overwrites what others have set",
            "tigera/operator#5367",
        )


def _release(version: str) -> tuple[int, ...] | None:
    match = _RELEASE.fullmatch(version)
    return tuple(int(part) for part in match.groups()) if match else None


def _crds(settings: LabSettings) -> Iterator[Violation]:
    if settings.calico_crds is CalicoCrds.V3:
        yield refusal(
            settings,
            "calico_crds",
            "no lab installs those CRDs",
            f"set it to '{CalicoCrds.V1}'",
            "they come by a Helm chart of their own, before the operator, which is not built here",
            "Calico docs, native v3 CRDs",
        )


RULES: tuple[Rule, ...] = (_calico_version, _crds)
