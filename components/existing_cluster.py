"""A cluster that was there before the lab and stays after it: NKE, kind, kubeadm.

Offers the same interface as AksCluster. Creates nothing in the cluster and copies no credentials into the
state except those of the one context that is named.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import pulumi
import yaml
from pulumi_kubernetes.provider import Provider

from labs.errors import LabError


class KubeconfigError(LabError):
    """Raised when a kubeconfig cannot be used: unreadable, or without the context that was asked for."""


class ExistingClusterArgs(TypedDict):
    """Which cluster to use. Both fields are plain: the file is read while the program runs."""

    kubeconfig_path: str
    """Path of the kubeconfig file; `~` is the home directory."""

    context: str
    """Context inside that file. Required, never the current one: a lab must not land on whichever cluster the
    user looked at last."""

    allow_exec: bool
    """Whether the context may name a program that is run to log in."""


class ExistingCluster(pulumi.ComponentResource):
    """A Kubernetes provider for one context of a kubeconfig file."""

    cluster_name: pulumi.Output[str]
    """Name of the context."""

    kubeconfig: pulumi.Output[str]
    """The one context's credentials, secret."""

    def __init__(
        self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:kubernetes:ExistingCluster", name, None, opts)

        kubeconfig = single_context(
            Path(args["kubeconfig_path"]).expanduser(), args["context"], allow_exec=args["allow_exec"]
        )

        self.cluster_name = pulumi.Output.from_input(args["context"])
        self.kubeconfig = pulumi.Output.secret(kubeconfig)
        # The cluster outlives the lab, so a destroy removes what the lab put there object by object.
        self.deleted_with: pulumi.Resource | None = None
        self.kubernetes_provider = Provider(
            f"{name}-provider",
            kubeconfig=self.kubeconfig,
            # Renewed credentials must not replace the provider and with it everything the lab has in the
            # cluster.
            cluster_identifier=args["context"],
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"clusterName": self.cluster_name, "kubeconfig": self.kubeconfig})


def single_context(path: Path, context: str, *, allow_exec: bool = False) -> str:
    """Return a kubeconfig that holds one context of the file and nothing of the others.

    Raises:
        KubeconfigError: the file cannot be read, the context or what it refers to is not in it, or it would run
            a program to log in and that is not allowed.
    """
    document = _read(path)
    chosen = _named(document, "contexts", context, path)
    details = chosen.get("context") or {}
    cluster = _named(document, "clusters", str(details.get("cluster")), path)
    user = _named(document, "users", str(details.get("user")), path)
    _refuse_programs(user, context, path, allow_exec)
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [chosen],
            "clusters": [_with_absolute_files(cluster, "cluster", path)],
            "users": [_with_absolute_files(user, "user", path)],
        }
    )


def _refuse_programs(user: Mapping[str, Any], context: str, path: Path, allow_exec: bool) -> None:
    """Refuse a user whose login runs a program: whoever wrote the file decides which one."""
    login = user.get("user") or {}
    if "auth-provider" in login:
        raise KubeconfigError(
            f"context is '{context}' but in {path} its user logs in by an auth-provider; name a context that "
            "logs in by certificate, token or exec (Kubernetes knows auth-providers no more)"
        )
    if "exec" in login and not allow_exec:
        program = (login["exec"] or {}).get("command", "")
        raise KubeconfigError(
            f"context is '{context}' but in {path} its user logs in by running '{program}'; set "
            "calico-labs:kubeconfigExec to 'Enabled' if you trust that program, or name a context that logs in "
            "by certificate or token (a kubeconfig can name any program)"
        )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unusable(path, "it cannot be read", str(error.strerror)) from error
    except (UnicodeDecodeError, yaml.YAMLError):
        # Not chained: these errors quote the file, and the file holds keys.
        raise _unusable(path, "it is not YAML", "its text is not shown, for it may hold keys") from None
    if not isinstance(document, dict):
        raise _unusable(path, "it is no mapping", "a kubeconfig has contexts, clusters and users")
    return document


def _named(document: Mapping[str, Any], section: str, name: str, path: Path) -> dict[str, Any]:
    found = [entry for entry in document.get(section) or [] if isinstance(entry, dict)]
    entries = {str(entry.get("name")): entry for entry in found}
    if name in entries:
        return entries[name]
    known = ", ".join(sorted(entries)) or "none"
    if section == "contexts":
        raise KubeconfigError(
            f"context is '{name}' but {path} has no such context; set it to one it has ({known})"
        )
    raise _unusable(path, f"its context wants '{name}' of {section}", f"it has {known}")


def _unusable(path: Path, conflict: str, reason: str) -> KubeconfigError:
    return KubeconfigError(f"kubeconfig is '{path}' but {conflict}; name a complete kubeconfig ({reason})")


def _with_absolute_files(entry: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    """Make file references absolute: they are relative to the file, which the provider never sees."""
    details = dict(entry.get(key) or {})
    for field in ("certificate-authority", "client-certificate", "client-key", "tokenFile"):
        if details.get(field):
            details[field] = os.path.normpath(path.absolute().parent / details[field])
    return {**entry, key: details}
