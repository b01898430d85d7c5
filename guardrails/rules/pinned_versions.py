"""No unpinned image and no unpinned chart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, plain

_RELEASE = "helm.sh/v3:Release"
_CHART = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_LISTS = ("initContainers", "containers", "ephemeralContainers")


def check(resource: Resource) -> Iterator[Finding]:
    """Look at the containers of pods and of what makes pods, and at the version of a chart."""
    if resource.kubernetes_kind == _RELEASE:
        yield from _chart(resource)
    elif resource.kubernetes_kind:
        for path in ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"):
            yield from _containers(resource, path)


def _chart(resource: Resource) -> Iterator[Finding]:
    version = plain(resource.at("version"))
    if version is UNKNOWN:
        yield unknown(resource, "version")
    elif not (isinstance(version, str) and _CHART.fullmatch(version)):
        yield Finding(
            resource.urn,
            "chart",
            f"version is '{'' if version is MISSING else version}' but that is no exact release; write one like "
            "'v3.32.4' (the same commit would install something else tomorrow)",
        )


def _containers(resource: Resource, path: str) -> Iterator[Finding]:
    spec: Any = plain(resource.at(path))
    if spec is UNKNOWN:
        yield unknown(resource, path)
        return
    if not isinstance(spec, Mapping):
        return
    for name in _LISTS:
        found = plain(spec.get(name))
        if found is UNKNOWN:
            yield unknown(resource, f"{path}.{name}")
            continue
        for index, container in enumerate(items(found)):
            field = f"{path}.{name}[{index}].image"
            image = UNKNOWN if container is UNKNOWN else plain(container.get("image", ""))
            if image is UNKNOWN:
                yield unknown(resource, field)
            elif not pinned(str(image)):
                yield Finding(
                    resource.urn,
                    "image",
                    f"{field} is '{image}' but that is no fixed version; write a tag other than latest, or a digest "
                    "(the same commit would run something else tomorrow)",
                )


def pinned(image: str) -> bool:
    """Tell whether an image has a digest, or a tag that is not `latest`; a registry's port is no tag."""
    name, _, digest = image.partition("@")
    if digest:
        return re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is not None
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag not in ("", "latest")


PINNED_VERSIONS = Rule(
    name="pinned-images-and-charts",
    level=Level.MANDATORY,
    reason="What is not pinned changes without a commit, and a review has nothing to look at.",
    exempt="Never for a chart; for an image that is published under one moving tag only.",
    resource=check,
)
