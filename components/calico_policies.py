"""The network policies of a lab, one resource a policy, in the order of their files.

Each policy waits for the one before. Nothing runs yet when they are first created, so the order shows later:
switched on under a running application, the default deny comes first, and taken away again, it goes last. A
policy that fails leaves the rest unapplied, which is the closed side.

Policies are not written or judged here; the files are, by labs/manifests.py and by the verdict engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from components.kubernetes_object import KubernetesObject, child_name


class CalicoPoliciesArgs(TypedDict):
    """Which policies to apply."""

    policies: Sequence[Mapping[str, Any]]
    """Bodies of the policies in the order to apply them. Plain: they decide which resources exist."""


class CalicoPolicies(pulumi.ComponentResource):
    """Kubernetes and Calico network policies.

    Has no children when there is no policy, and depending on a component without children means depending on
    nothing (measured, pulumi SDK rpc.py _add_dependency): whoever comes after must name what the policies
    wait for as well.
    """

    names: pulumi.Output[Sequence[str]]
    """Names of the policies, in the order in which they are applied."""

    def __init__(
        self, name: str, args: CalicoPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:calico:CalicoPolicies", name, None, opts)

        applied: list[KubernetesObject] = []
        for body in args["policies"]:
            applied.append(
                KubernetesObject(
                    child_name(name, body),
                    body,
                    pulumi.ResourceOptions(parent=self, depends_on=applied[-1:]),
                )
            )

        self.names = pulumi.Output.all(*(policy.metadata["name"] for policy in applied))
        self.register_outputs({"names": self.names})
