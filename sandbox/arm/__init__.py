"""A small Azure Resource Manager: resource groups, managed clusters and agent pools, over HTTP on loopback.

May live here: what Azure would answer, its error codes included, each with where it was seen. May not: how a
cluster runs (`sandbox/clusters`), Pulumi's protocol (`sandbox/plugins`), and anything of the labs, so that a
mistake in the program cannot agree with the same mistake here.

Adding a resource type is one class with `put`, `get`, `delete` (`provider.py`) and one line in `server.py`.
"""

from sandbox.arm.server import ArmServer

__all__ = ["ArmServer"]
