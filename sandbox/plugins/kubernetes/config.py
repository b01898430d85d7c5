"""What the provider is configured with: its inputs first, then the environment, then the real provider's defaults.

Carries the settings that change what happens to an object. Tuning of the client (`kubeClientSettings`),
Helm's own folders and the rendering of YAML have no meaning here and are accepted without effect.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.kubernetes.kubeconfig import Kubeconfig, KubeconfigError, parse
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change, Diff, Failure

_IDENTIFIER = "clusterIdentifier"
_CLUSTER_KEYS = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One configured provider. The flags are those of the real one, with its defaults."""

    kubeconfig: Kubeconfig | None
    kubeconfig_problem: str = ""
    """Why there is no kubeconfig; every operation that needs the cluster says so."""
    namespace: str = "default"
    """Namespace of objects that name none."""
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    server_side_apply: bool = True
    patch_force: bool = False
    upsert_existing: bool = False
    config_map_mutable: bool = False
    secret_mutable: bool = False


def settings(config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the provider's inputs; a kubeconfig that cannot be used makes the cluster unreachable, as it does
    for real.
    """

    def flag(key: str, variable: str, default: bool = False) -> bool:
        # The SDKs send non-string inputs of a provider as JSON text.
        value = config.get(key)
        if value is None:
            value = environment.get(variable)
        return default if value is None else value is True or value == "true"

    kubeconfig: Kubeconfig | None = None
    problem = ""
    try:
        kubeconfig = parse(config.get("kubeconfig"), _text(config, "context"), _text(config, "cluster"))
    except KubeconfigError as error:
        problem = f"failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- {error}"
    context_namespace = kubeconfig.namespace() if kubeconfig else ""
    return Settings(
        kubeconfig=kubeconfig,
        kubeconfig_problem=problem,
        namespace=_text(config, "namespace") or context_namespace or "default",
        delete_unreachable=flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        skip_update_unreachable=flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
        server_side_apply=flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", default=True),
        patch_force=flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        upsert_existing=flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        config_map_mutable=flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        secret_mutable=flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    )


def _text(config: Mapping[str, Any], key: str) -> str:
    value = config.get(key)
    return value if isinstance(value, str) else ""


def check(news: Mapping[str, Any]) -> list[Failure]:
    """Refuse a provider that names no cluster or cannot be read; an unknown kubeconfig passes, it comes later."""
    value = news.get("kubeconfig")
    if value is UNKNOWN:
        return []
    try:
        parse(value)
    except KubeconfigError as error:
        # Not as a failure of the property: the engine shows the value of that, and here it may hold a key.
        return [Failure("", str(error))]
    return []


def diff(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Diff:
    """Tell which inputs changed and whether the cluster behind them is another one, which replaces everything on it.

    `clusterIdentifier` decides alone where both sides have it. Adding or removing it never replaces by
    itself.
    """
    changed = {key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key)}
    replacing = set() if _same_identifier(olds, news) else _replacing(olds, news, changed)
    return Diff({key: _change(key in olds, key in news, key in replacing) for key in changed})


def _same_identifier(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    identifier = news.get(_IDENTIFIER)
    return bool(identifier) and identifier is not UNKNOWN and identifier == olds.get(_IDENTIFIER)


def _replacing(olds: Mapping[str, Any], news: Mapping[str, Any], changed: set[str]) -> set[str]:
    replacing = set()
    if _IDENTIFIER in changed and olds.get(_IDENTIFIER) and news.get(_IDENTIFIER):
        replacing.add(_IDENTIFIER)
    unknown = {key for key in _CLUSTER_KEYS if news.get(key) is UNKNOWN}
    if unknown:
        # Nobody can tell yet which cluster it will be, so the real provider assumes another one.
        return replacing | unknown
    before, after = _active_cluster(olds), _active_cluster(news)
    if before is not None and after is not None and before != after:
        replacing |= changed.intersection(_CLUSTER_KEYS)
    return replacing


def _active_cluster(config: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        kubeconfig = parse(config.get("kubeconfig"), _text(config, "context"), _text(config, "cluster"))
    except KubeconfigError:
        return None
    return kubeconfig.active_cluster()


def _change(before: bool, after: bool, replaces: bool) -> Change:
    if not before:
        return Change.ADD_REPLACE if replaces else Change.ADD
    if not after:
        return Change.DELETE_REPLACE if replaces else Change.DELETE
    return Change.UPDATE_REPLACE if replaces else Change.UPDATE
