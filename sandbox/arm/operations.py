"""What is going on: one operation a cluster at a time, each as long as the chosen pace says.

Owns Azure's 409 for a second operation, and the realistic delay. Does not run operations in the background: a
request is answered when its operation has ended, which is all that a Pulumi provider waits for anyway.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.arm.errors import ArmError, conflict
from sandbox.arm.ids import ResourceId

_HINT = "is in progress, please wait for it to finish before starting a new operation."
_MORE = "See https://aka.ms/aks-pending-operation for more details"


class Operations:
    """The running operation of each cluster."""

    def __init__(self) -> None:
        self._running: dict[str, str] = {}
        self._changed = threading.Condition()

    @contextmanager
    def begin(self, cluster: ResourceId, state: str, pool: str = "") -> Iterator[None]:
        """Run one operation of the cluster, or of one of its pools; `state` is Azure's word for it.

        Raises:
            ArmError: another one is running.
        """
        with self._changed:
            running = self._running.get(cluster.key)
            if running:
                raise pending(running)
            self._running[cluster.key] = (
                f"agentpool operation ({pool} - {state})" if pool else f"operation ({state})"
            )
        yield from self._run(cluster)

    @contextmanager
    def begin_after(self, cluster: ResourceId, state: str) -> Iterator[None]:
        """Wait for the running operation to end, then run this one.

        Only for deleting a cluster: Azure accepts that at any time and ends what is running (its error list
        has `OperationPreempted`); here the running operation is let to its end, with the same outcome.
        """
        with self._changed:
            self._changed.wait_for(lambda: cluster.key not in self._running)
            self._running[cluster.key] = f"operation ({state})"
        yield from self._run(cluster)

    def _run(self, cluster: ResourceId) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                del self._running[cluster.key]
                self._changed.notify_all()


def pending(running: str) -> ArmError:
    """Return Azure's refusal while `running` is going on.

    Seen for pools: https://github.com/cilium/cilium/issues/25944 (2023-06); for clusters:
    https://github.com/Azure/terraform-azurerm-avm-ptn-aks-production/pull/25 (2024-03)."""
    return conflict("OperationNotAllowed", f"Operation is not allowed: Another {running} {_HINT} {_MORE}")


class Pace:
    """How long operations take: `delay` seconds for creating a cluster, the others in proportion; 0 for at
    once."""

    CLUSTER_CREATE = 1.0
    CLUSTER_UPDATE = 0.4
    CLUSTER_DELETE = 0.8
    POOL_CREATE = 0.6
    POOL_UPDATE = 0.4
    POOL_DELETE = 0.4
    GROUP = 0.02

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._stopped = threading.Event()
        self._stopped.set()

    def start(self) -> None:
        """Let operations take their time from now on; what is finished before that waits for nothing."""
        self._stopped.clear()

    def take(self, share: float) -> None:
        if self._delay > 0:
            self._stopped.wait(self._delay * share)

    def wait(self, seconds: float) -> None:
        """Let this many seconds pass, or less if the stand-in stops."""
        self._stopped.wait(seconds)

    def stop(self) -> None:
        """End all waits, now and later."""
        self._stopped.set()
