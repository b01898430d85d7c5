"""The network policies of a lab, one resource a policy, in the order of their files.

Each policy waits for the one before; of more than a hundred, each wave for the wave before. Nothing runs yet when they
are first created, so the order shows later: switched on under a running application, the default deny comes first, and
taken away again, it goes last. A policy that fails leaves the rest unapplied, which is the closed side.

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
        for wave in waves(args["policies"]):
            before, last = applied[-1:], len(wave) - 1
            first = len(applied)
            for index, body in enumerate(wave):
                # The last of a wave waits for the others of it, so that the next wave has one to wait for.
                after = before + applied[first:] if index == last else before
                options = pulumi.ResourceOptions(parent=self, depends_on=after)
                applied.append(KubernetesObject(child_name(name, body), body, options))

        self.last: Sequence[pulumi.Resource] = applied[-1:]
        """The policy that waits for all others, alone; empty when there is none. Who comes after waits for it, not for
        the component: that would be a dependency on every child, and each a line of the state (146 of 3,270 KiB with a
        thousand, bench/policies.py, 2026-11-27). For Python only, so not among the outputs.
        """
        self.names = pulumi.Output.all(*(policy.metadata["name"] for policy in applied))
        self.register_outputs({"names": self.names})


_MOST_WAVES = 100
"""The SDK walks the whole chain of what a resource depends on, and recursively: a chain of a thousand ends in a
RecursionError (pulumi 3.255, runtime/resource_cycle_breaker.py; bench/policies.py, 2026-11-27)."""


def waves(policies: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
    """Return the policies in their order, in waves to apply one after the other; the first is always alone."""
    rest = policies[1:]
    width = max(1, -(-len(rest) // _MOST_WAVES))
    return [policies[:1], *(rest[at : at + width] for at in range(0, len(rest), width))]
