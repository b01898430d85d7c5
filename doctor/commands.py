"""The commands that are put together from more than a name.

Why `pulumi import` and not `pulumi refresh --import-pending-creates`: Pulumi 3.255 takes that flag, drops the pending
operation and imports nothing (measured 2026-11-27), after which nothing knows of the resource any more.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from doctor.patient import Patient


def import_command(patient: Patient, resource: Mapping[str, Any], id: str) -> str:
    """Return the command that puts a resource into the state, under the name, parent and provider the program gives.

    `resource` has `urn`, `type` and `parent` as in the state, and `provider` if it is of Kubernetes.
    """
    name = str(resource["urn"]).rpartition("::")[2]
    words = ["pulumi", "import", str(resource["type"]), name, id, "--parent", f"parent={resource['parent']}"]
    if resource["type"].startswith("kubernetes:"):
        words += ["--provider", f"provider={re.sub('::[^:]*$', '', resource['provider'])}"]
    words += ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"]
    return shlex.join([*words, "--stack", patient.settings.stack])
