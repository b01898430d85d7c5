"""The chart `tigera-operator`: its versions, its values and what is wrong with them. Its objects are next door.

Read from charts/tigera-operator of projectcalico/calico at v3.32.1 and at 87c15906 (2026-08-22). Values are
checked more strictly than Helm does, which takes any key and ignores what no template reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.charts.chart import Body, Install, unknown_key
from sandbox.charts.tigera_operator_objects import render

_OPERATOR_GROUP = "operator.tigera.io/v1"

OPERATOR_VERSIONS: Mapping[str, str] = {
    "v3.31.7": "v1.40.15",
    "v3.32.0": "v1.42.0",
    "v3.32.1": "v1.42.3",
    "v3.32.2": "v1.42.6",
    "v3.32.3": "v1.42.6",  # not verified: the newest 1.42 that could be looked up on 2026-11-22
    "v3.32.4": "v1.42.6",  # not verified, likewise
    "v3.33.0": "v1.44.0",
    "v3.33.1": "v1.44.1",
}
"""Calico (and chart) version -> operator version: manifests/tigera-operator.yaml at the tags v3.31.7 to
v3.32.1 and the release pages of tigera/operator, 2026-11-22.
"""

_FREE = None
"""Marks a section whose keys are not the chart's to name: the body of a custom resource, or of a pod."""

_SECTIONS: Mapping[str, frozenset[str] | None] = {
    "additionalLabels": _FREE,
    "affinity": _FREE,
    "apiServer": _FREE,
    "calicoctl": frozenset({"image", "tag"}),
    "certs": frozenset({"node", "typha"}),
    "containerSecurityContext": _FREE,
    "defaultFelixConfiguration": _FREE,
    "dnsConfig": _FREE,
    "goldmane": _FREE,
    "imagePullSecrets": _FREE,
    "installation": _FREE,
    "kubernetesServiceEndpoint": frozenset({"host", "port"}),
    "nodeSelector": _FREE,
    "podAnnotations": _FREE,
    "podLabels": _FREE,
    "resources": _FREE,
    "tigeraOperator": frozenset({"env", "image", "imagePullPolicy", "registry", "version"}),
    "whisker": _FREE,
}
_SCALARS = frozenset({"dnsPolicy", "manageCRDs", "priorityClassName", "zapDevel"})
_LISTS = frozenset({"tolerations"})
_SWITCHED = ("installation", "apiServer", "goldmane", "whisker", "defaultFelixConfiguration")
_FLAGS = ("manageCRDs", "zapDevel")


class TigeraOperatorChart:
    """Installs the operator, and by default also an Installation, an APIServer, a Goldmane and a Whisker."""

    name = "tigera-operator"
    repositories = (
        "https://docs.tigera.io/calico/charts",
        "https://projectcalico.docs.tigera.io/charts",
        "oci://quay.io/calico/charts",
    )
    versions: Mapping[str, str] = {version: version for version in OPERATOR_VERSIONS}

    def defaults(self, version: str) -> Body:
        return {
            "additionalLabels": {},
            "affinity": {},
            "apiServer": {"enabled": True},
            "calicoctl": {"image": "quay.io/calico/ctl", "tag": version},
            "certs": {"node": {}, "typha": {}},
            "defaultFelixConfiguration": {"enabled": False},
            "dnsConfig": {},
            "goldmane": {"enabled": True},
            "imagePullSecrets": {},
            "installation": {
                "controlPlaneNodeSelector": {},
                "controlPlaneReplicas": 2,
                "controlPlaneTolerations": [],
                "enabled": True,
                "imagePullSecrets": [],
                "kubeletVolumePluginPath": "None",
                "kubernetesProvider": "",
                "nonPrivileged": "Disabled",
            },
            "kubernetesServiceEndpoint": {"host": "", "port": "6443"},
            "manageCRDs": True,
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "podAnnotations": {},
            "podLabels": {},
            "priorityClassName": "",
            "resources": {},
            "tigeraOperator": {
                "image": "tigera/operator",
                "registry": "quay.io",
                "version": OPERATOR_VERSIONS[version],
            },
            "tolerations": [
                {"effect": effect, "operator": "Exists"} for effect in ("NoExecute", "NoSchedule")
            ],
            "whisker": {"enabled": True},
        }

    def mistakes(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        known = _SECTIONS.keys() | _SCALARS | _LISTS
        found = [unknown_key(key, key, known) for key in sorted(values.keys() - known)]
        for key in sorted(values.keys() & known):
            found += _section_mistakes(key, values[key])
        felix = values.get("defaultFelixConfiguration")
        if isinstance(felix, Mapping) and felix.get("enabled") is True:
            path = "defaultFelixConfiguration.enabled"
            reason = (
                f"{path} is 'true' but the sandbox does not render that object; leave it false and patch "
                "FelixConfiguration/default once Calico is ready (the operator owns it)"
            )
            found.append((path, reason))
        return found

    def render(self, install: Install) -> list[Body]:
        return render(install)

    def awaited_crds(self, install: Install) -> list[str]:
        if install.values.get("manageCRDs") is not True:
            return []
        return ["installations.operator.tigera.io", "apiservers.operator.tigera.io"]

    def cleaned_before_delete(self) -> list[tuple[str, str, str]]:
        return [
            (_OPERATOR_GROUP, kind, "default")
            for kind in ("Whisker", "Goldmane", "APIServer", "Installation")
        ]


def _section_mistakes(key: str, value: Any) -> list[tuple[str, str]]:
    """Return what is wrong with one known top-level value; null is always right, it takes the default out."""
    if value is None:
        return []
    if key in _FLAGS:
        return [] if isinstance(value, bool) else [_no_flag(key, value)]
    if key not in _SECTIONS:
        return []
    if not isinstance(value, Mapping):
        return [
            (key, f"{key} is '{value}' but the chart reads a map there; give it as a map of its settings")
        ]
    found = []
    names = _SECTIONS[key]
    if names is not None:
        found += [unknown_key(f"{key}.{name}", name, names) for name in sorted(value.keys() - names)]
    enabled = value.get("enabled")
    if key in _SWITCHED and "enabled" in value and not isinstance(enabled, bool):
        found.append(_no_flag(f"{key}.enabled", enabled))
    return found


def _no_flag(path: str, value: Any) -> tuple[str, str]:
    return path, f"{path} is '{value}' but the chart reads a boolean there; set it to true or false"
