"""Fields whose change replaces an object instead of updating it.

The table is the real provider's (provider/pkg/provider/diff.go), as far as it names kinds that Kubernetes
still serves. Server-side immutability is wider: what is not listed here is tried as an update and refused by
the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.plugins.kubernetes.config import Settings
from sandbox.plugins.kubernetes.kinds import Gvk, words
from sandbox.plugins.kubernetes.paths import ANY, Key, parse

IDENTITY = ("metadata.name", "metadata.namespace")

_SELECTOR = ("spec.selector",)
_STATEFUL_SET = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)
_POD_SPEC = words(
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC "
    "hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority "
    "priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext "
    "serviceAccount serviceAccountName shareProcessNamespace subdomain terminationGracePeriodSeconds volumes"
)
_CONTAINER = words(
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources "
    "securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices "
    "volumeMounts workingDir"
)
_VOLUME_SOURCES = words(
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk "
    "glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos "
    "vsphereVolume"
)

_BY_KIND: Mapping[tuple[str, str], Iterable[str]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): _STATEFUL_SET,
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
    ("", "PersistentVolume"): [f"spec.{name}" for name in _VOLUME_SOURCES],
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("", "Pod"): [f"spec.{name}" for name in _POD_SPEC]
    + [f"spec.{group}[*].{name}" for group in ("containers", "initContainers") for name in _CONTAINER],
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Service"): ("spec.clusterIP",),
}


def fields(gvk: Gvk, body: Mapping[str, Any], settings: Settings) -> list[list[Key]]:
    """Return the paths whose change replaces this object."""
    named: list[str] = [*IDENTITY, *_BY_KIND.get((gvk.group, gvk.kind), ())]
    immutable = body.get("immutable") is True
    if (gvk.group, gvk.kind) == ("", "Secret"):
        named.append("type")
        if immutable or not settings.secret_mutable:
            named += ["stringData", "data"]
    if (gvk.group, gvk.kind) == ("", "ConfigMap") and (immutable or not settings.config_map_mutable):
        named += ["binaryData", "data"]
    return [parse(name) for name in named]


def touched(pattern: list[Key], path: list[Key], value: Any) -> bool:
    """Tell whether a change at `path`, to or of `value`, changes what the pattern names.

    A whole new map can bring the field along, so the rest of the pattern is looked for inside the value.
    """
    for index, wanted in enumerate(pattern):
        if index < len(path):
            if wanted not in (ANY, path[index]) or (wanted == ANY and not isinstance(path[index], int)):
                return False
            continue
        return _holds(value, pattern[index:])
    return True


def _holds(value: Any, rest: list[Key]) -> bool:
    if not rest:
        return True
    if rest[0] == ANY:
        return isinstance(value, list) and any(_holds(item, rest[1:]) for item in value)
    return isinstance(value, Mapping) and rest[0] in value and _holds(value[str(rest[0])], rest[1:])
