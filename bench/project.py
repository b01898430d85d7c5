"""Throw-away sandboxes, projects and stacks to measure in."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox import daemon, engine, plain_clusters
from sandbox.home import SANDBOX_VARIABLE, Home, write_private
from sandbox.tools import Toolbox, ensure
from tests.e2e.harness import Lab, make_project
from tests.interruptible import take_interrupts

EMPTY = 'import pulumi\npulumi.export("nothing", "")\n'
ONE_OF_EACH = """
from pulumi import ResourceOptions
from pulumi_azure_native import containerservice, resources
from pulumi_kubernetes import core, helm, provider

assert containerservice.ManagedCluster and helm.v3.Release
group = resources.ResourceGroup("group", resource_group_name="small", location="canadacentral")
cluster = provider.Provider("cluster", kubeconfig=group.id)
core.v1.Namespace("namespace", opts=ResourceOptions(provider=cluster))
"""
"""The same SDKs and providers, and one resource of each: what nobody who uses them can go below."""
_CLUSTER = "plain"


@contextlib.contextmanager
def sandbox() -> Iterator[tuple[Home, Toolbox, Path]]:
    """A running sandbox of its own, and a folder beside it; both are gone afterwards."""
    take_interrupts()
    with tempfile.TemporaryDirectory(prefix="calico-labs-bench-") as name:
        os.environ[SANDBOX_VARIABLE] = str(Path(name) / "sandbox")
        home, box = Home.default(), ensure()
        daemon.start(home)
        try:
            yield home, box, Path(name)
        finally:
            daemon.stop(home)


def small_project(home: Home, box: Toolbox, folder: Path, program: str = EMPTY) -> Lab:
    """Make a project of a small program; `EMPTY` declares nothing, the floor that Pulumi's engine and Python set."""
    project = make_project(folder, program)
    (project / "Pulumi.yaml").write_text(
        f"name: {folder.name}\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: .venv}}}}\n",
        encoding="utf-8",
    )
    for file in project.glob("Pulumi.*.yaml"):
        if file.name != "Pulumi.dev.yaml":
            file.unlink()
    (project / "Pulumi.dev.yaml").write_text("config: {}\n", encoding="utf-8")
    engine.prepare(home, box, project)
    return Lab(home, project, "dev")


def configure(lab: Lab, *pairs: str) -> None:
    """Set configuration values, each `key=value`.

    Raises:
        RuntimeError: Pulumi did not take one.
    """
    for pair in pairs:
        key, _, value = pair.partition("=")
        secret = ["--secret"] if key == "windowsAdminPassword" else []
        result = lab.pulumi("config", "set", *secret, key, value)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)


@contextlib.contextmanager
def ready(lab: Lab, calico: bool = False) -> Iterator[None]:
    """Give a stack what its file cannot hold: an administrator, or a cluster that is there already."""
    if lab.stack == "windows":
        configure(
            lab, "windowsAdminUsername=labadmin", f"windowsAdminPassword=Aa1-{secrets.token_urlsafe(18)}"
        )
    if lab.stack != "nke":
        yield
        return
    kubeconfig = plain_clusters.start(lab.home, _CLUSTER, 3, calico)
    write_private(lab.project / f"kubeconfig-{_CLUSTER}", kubeconfig)
    configure(lab, f"kubeconfig=kubeconfig-{_CLUSTER}", f"context={_CLUSTER}")
    if calico:
        configure(lab, "calico=existing")
    try:
        yield
    finally:
        plain_clusters.remove(lab.home, _CLUSTER)


def must_preview(lab: Lab, *arguments: str) -> None:
    result = lab.pulumi("preview", "--non-interactive", *arguments)
    if result.returncode != 0:
        raise RuntimeError(result.stdout + result.stderr)


def must_destroy(lab: Lab) -> None:
    outcome = lab.run("destroy")
    if outcome.exit_code != 0:
        raise RuntimeError(outcome.errors)


def state_bytes(lab: Lab) -> int:
    """Return the size of a stack's state as the file backend keeps it."""
    files = list((lab.home.backend / ".pulumi" / "stacks").glob(f"*/{lab.stack}.json"))
    if len(files) != 1:
        raise RuntimeError(f"the backend has {len(files)} states of stack {lab.stack}")
    return files[0].stat().st_size
