"""The stack that is looked at, with a way to every place that may know something about it."""

from __future__ import annotations

import os.path
import shlex
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from doctor.azure import Azure
from doctor.errors import CannotLookError
from doctor.stack_state import StackState
from labs import names
from labs.enums import ClusterKind, Switch
from labs.kubeconfig import KubeconfigError, single_context
from labs.settings import LabSettings

if TYPE_CHECKING:
    from checks.api import Api


@dataclass(frozen=True)
class Patient:
    """One stack. Places that cannot be reached raise `CannotLookError` when they are asked for, not before."""

    settings: LabSettings
    project: Path
    state: StackState
    environment: Mapping[str, str]
    """What Pulumi runs with; names the backend."""
    find_azure: Callable[[], Azure]
    now: datetime
    delete_group: str = "az group delete --yes --name {name}"
    """Command that deletes a resource group with all in it."""
    delete_resource: str = "az resource delete --ids {id}"
    """Command that deletes one resource, whatever its type."""
    get_kubeconfig: str = "az aks get-credentials --admin --resource-group {name} --name {name} --file {file}"
    """Command that writes the cluster's kubeconfig into a file."""
    host: str = field(default_factory=socket.gethostname)

    @property
    def on_azure(self) -> bool:
        return self.settings.cluster is ClusterKind.AKS

    @cached_property
    def azure(self) -> Azure:
        return self.find_azure()

    @cached_property
    def cluster_is_there(self) -> bool:
        """Whether Azure has the cluster; one of the user's own always counts as there."""
        if not self.on_azure:
            return True
        group, name = names.resource_group_name(self.settings), names.cluster_name(self.settings)
        return self.azure.cluster(group, name) is not None

    @cached_property
    def api(self) -> Api:
        """The cluster, with credentials that are valid now: Azure's, or those of the user's own kubeconfig."""
        from checks import kubeconfig
        from checks.api import Api
        from checks.errors import ApiError, CheckError

        settings = self.settings
        try:
            if self.on_azure:
                group, name = names.resource_group_name(settings), names.cluster_name(settings)
                api = Api(*kubeconfig.choose(self.azure.kubeconfig(group, name), None))
            else:
                api = Api(*kubeconfig.choose(self._own_kubeconfig(), settings.context))
            api.call("GET", "/version")
        except ApiError as error:
            raise CannotLookError(f"the cluster does not let us look: {error}") from error
        except (CheckError, KubeconfigError) as error:
            raise CannotLookError(str(error)) from error
        return api

    @property
    def _own_file(self) -> str:
        """The kubeconfig of the user's own cluster, seen from the project's folder; no shell expands a quoted `~`."""
        return os.path.expanduser(self.settings.kubeconfig)  # pathlib's raises for a user that does not exist

    def _own_kubeconfig(self) -> str:
        """Return the one context of the user's kubeconfig, refusing what the program refuses."""
        return single_context(
            self.project / self._own_file,
            self.settings.context,
            allow_exec=self.settings.kubeconfig_exec is Switch.ENABLED,
        )

    def kubectl(self, arguments: str) -> tuple[str, ...]:
        """Return the commands that do something in this cluster with kubectl; the first gets the kubeconfig."""
        if not self.on_azure:
            file, context = shlex.quote(self._own_file), shlex.quote(self.settings.context)
            return (f"kubectl --kubeconfig {file} --context {context} {arguments}",)
        name, file = names.cluster_name(self.settings), names.kubeconfig_file(self.settings)
        return (
            self.get_kubeconfig.format(name=name, file=file),
            f"kubectl --kubeconfig {file} {arguments}",
        )
