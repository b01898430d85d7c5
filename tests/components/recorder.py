"""A Pulumi monitor that remembers what Pulumi's own mocks throw away: options, parents, providers,
dependencies.

The mocks fill in what only a provider can know (ids, names, a kubeconfig, a load balancer's address) and
nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

KUBECONFIG = "the kubeconfig of the mock cluster"
ADDRESS = "203.0.113.7"
PRINCIPAL = "00000000-0000-0000-0000-00000000c1c1"
FQDN = "lab.hcp.example.azmk8s.io"
_ARM_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"


@dataclass(frozen=True)
class Registration:
    """One RegisterResource request, as the engine would have received it."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    dependencies: tuple[str, ...]
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    ignore_changes: tuple[str, ...]
    deleted_with: str
    delete_before_replace: bool
    timeouts: tuple[str, str, str]
    aliases: tuple[Any, ...]
    package: str
    """The engine's reference of a parameterized package; empty: the provider as it is."""


class LabMocks(Mocks):
    """Answers as Azure and Kubernetes would, without changing anything that was asked for."""

    def __init__(self) -> None:
        self.calls: list[MockCallArgs] = []
        self.reported_network_plugin: str | None = None
        """What Azure claims the plugin is; None: what was asked for."""
        self.ids_are_known = True
        """False in a first preview."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Return an id and the inputs, with what the provider computes."""
        state = dict(args.inputs)
        if not self.ids_are_known:
            return "", state
        match args.typ:
            case "azure-native:resources:ResourceGroup":
                state["name"] = args.inputs["resourceGroupName"]
            case kind if kind.endswith(":containerservice:ManagedCluster"):  # by the stable API or a preview
                state["name"] = args.inputs["resourceName"]
                state["fqdn"] = FQDN
                state["identity"] = {**args.inputs["identity"], "principalId": PRINCIPAL}
                if self.reported_network_plugin is not None:
                    profile = dict(args.inputs["networkProfile"])
                    state["networkProfile"] = {**profile, "networkPlugin": self.reported_network_plugin}
                return _ARM_ID, state
            case "azure-native:network:VirtualNetwork":
                state["name"] = args.inputs["virtualNetworkName"]
            case "kubernetes:helm.sh/v3:Release":
                state["status"] = {"namespace": args.inputs["namespace"], "status": "deployed"}
            case "kubernetes:core/v1:Service" if args.inputs["spec"].get("type") == "LoadBalancer":
                state["status"] = {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
        return f"{args.name}_id", state

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Hand out the admin kubeconfig; any other call is a mistake of the program."""
        assert args.token == "azure-native:containerservice:listManagedClusterAdminCredentials", args.token
        self.calls.append(args)
        encoded = base64.b64encode(KUBECONFIG.encode()).decode()
        return {"kubeconfigs": [{"name": "clusterAdmin", "value": encoded}]}, []


class Recorder(MockMonitor):
    """Keeps every registration in the order of arrival."""

    def __init__(self, mocks: LabMocks) -> None:
        super().__init__(mocks)
        self.lab_mocks = mocks
        self.registrations: list[Registration] = []
        self.packages: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC service's spelling
        """Remember the request, then let the mocks answer it."""
        if request.type != "pulumi:pulumi:Stack":
            self.registrations.append(self._registration(request))
        return super().RegisterResource(request)

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802 - the gRPC service's spelling
        """Remember the request, then let the mocks answer it."""
        self.packages.append(request)
        return super().RegisterPackage(request)

    def _registration(self, request: Any) -> Registration:
        raw = rpc.deserialize_properties(request.object, keep_unknowns=True)
        timeouts = request.customTimeouts
        return Registration(
            urn=self.make_urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            provider=request.provider,
            dependencies=tuple(request.dependencies),
            inputs={key: rpc.unwrap_rpc_secret(value) for key, value in raw.items()},
            secret_inputs=frozenset(key for key, value in raw.items() if rpc.is_rpc_secret(value)),
            ignore_changes=tuple(request.ignoreChanges),
            deleted_with=request.deletedWith,
            delete_before_replace=request.deleteBeforeReplace,
            timeouts=(timeouts.create, timeouts.update, timeouts.delete),
            aliases=(*request.aliases, *request.aliasURNs),
            package=request.packageRef,
        )

    def one(self, type_suffix: str) -> Registration:
        """Return the only registration whose type ends like this."""
        found = self.all(type_suffix)
        assert len(found) == 1, f"{len(found)} registrations of {type_suffix}"
        return found[0]

    def all(self, type_suffix: str) -> list[Registration]:
        """Return all registrations whose type ends like this, in order of arrival."""
        return [r for r in self.registrations if r.type.endswith(type_suffix)]

    def waits_for(self, later: Registration) -> set[str]:
        """Return the URNs of everything the engine finishes before `later`, and deletes after it.

        A resource waits for its dependencies, its provider, its parent, and whatever those wait for (engine,
        dependency_graph.go markAsDependency, read 2026-11-22).
        """
        by_urn = {r.urn: r for r in self.registrations}
        reached: set[str] = set()
        pending = list(_edges(later))
        while pending:
            urn = pending.pop()
            if urn not in reached:
                reached.add(urn)
                pending.extend(_edges(by_urn[urn]) if urn in by_urn else ())
        return reached


def _edges(registration: Registration) -> Iterable[str]:
    yield from registration.dependencies
    if registration.parent:
        yield registration.parent
    if registration.provider:
        yield registration.provider.rpartition("::")[0]
