"""Which programs the sandbox needs, at which versions, and where each can come from.

Versions and build times were measured on 2026-11-22 (2 cores, Go 1.26.8). A download is listed only where its project
publishes a checksum beside it; what has none is built from its Go module, whose checksum `go.sum` holds.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

PULUMI_VERSION = "3.255.0"
KUBERNETES_VERSION = "1.34.1"
KWOK_VERSION = "0.7.0"
ETCD_VERSION = "3.6.4"
OPERATOR_VERSION = "1.28.1"
"""The newest tigera-operator whose Go module builds (Calico v3.24); newer ones need modules that are not published."""
CRDS_VERSION = "1.42.4"
"""tigera/operator module that carries the CRDs of Calico v3.32.1."""
CRDS_SUM = "h1:AqPTK9dPMx5aO4fx4TnuayTV0fcxzo3I5wJnUTHSHQk="
LANGUAGE_HOST_VERSION = "3.78.1"
"""The last release whose Python language host lies inside the Pulumi sdk module; it runs under newer engines."""


@dataclass(frozen=True)
class Download:
    """A published file. `{os}`, `{arch}` and `{version}` are filled in."""

    url: str
    checksum_url: str
    """A file with `<sha256>` or lines of `<sha256>  <file name>`."""
    member: str | None = None
    """Path of the program inside the archive; None if the file is the program."""
    architectures: tuple[tuple[str, str], ...] = (
        ("x86_64", "amd64"),
        ("aarch64", "arm64"),
        ("arm64", "arm64"),
    )


@dataclass(frozen=True)
class Build:
    """A program built from a Go module pinned in `sandbox/modules/<module>`."""

    module: str
    package: str
    flags: str = ""
    """For the linker: where the program keeps its version."""
    seconds: int = 60
    """Time a cold build took."""
    disk: float = 1.0
    """GiB that module and build cache grew by."""


@dataclass(frozen=True)
class Tool:
    """One program."""

    name: str
    version: str
    ask_version: tuple[str, ...]
    """Arguments that make it print its version."""
    at_least: tuple[int, ...]
    below: tuple[int, ...]
    """A program on PATH is good if `at_least` <= version < `below`."""
    download: Download | None = None
    build: Build | None = None
    also: tuple[str, ...] = ()
    """Programs that must lie beside it on PATH, and that its archive brings along."""


_KUBERNETES_FLAGS = (
    f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES_VERSION} "
    "-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34"
)


def _kubernetes(name: str, seconds: int, disk: float, ask: tuple[str, ...] = ("--version",)) -> Tool:
    base = f"https://dl.k8s.io/v{KUBERNETES_VERSION}/bin/{{os}}/{{arch}}/{name}"
    return Tool(
        name=name,
        version=KUBERNETES_VERSION,
        ask_version=ask,
        at_least=(1, 34),
        below=(
            1,
            36,
        ),  # MutatingAdmissionPolicy moves to v1 in 1.36; sandbox/calico/protection.yaml uses v1beta1
        download=Download(base, f"{base}.sha256"),
        build=Build("kubernetes", f"k8s.io/kubernetes/cmd/{name}", _KUBERNETES_FLAGS, seconds, disk),
    )


_PULUMI_RELEASE = f"https://github.com/pulumi/pulumi/releases/download/v{PULUMI_VERSION}"
_ETCD_RELEASE = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"

TOOLS: tuple[Tool, ...] = (
    Tool(
        name="pulumi",
        version=PULUMI_VERSION,
        ask_version=("version",),
        at_least=(3, 237),
        below=(4,),
        download=Download(
            f"{_PULUMI_RELEASE}/pulumi-v{PULUMI_VERSION}-{{os}}-{{arch}}.tar.gz",
            f"{_PULUMI_RELEASE}/pulumi-{PULUMI_VERSION}-checksums.txt",
            member="pulumi/pulumi",
            architectures=(("x86_64", "x64"), ("aarch64", "arm64"), ("arm64", "arm64")),
        ),
        build=Build(
            "pulumi",
            "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI_VERSION}",
            seconds=280,
            disk=3.0,
        ),
        also=("pulumi-language-python", "pulumi-language-python-exec"),
    ),
    _kubernetes("kube-apiserver", 215, 2.5),
    _kubernetes("kube-controller-manager", 65, 0.5),
    _kubernetes("kube-scheduler", 5, 0.2),
    _kubernetes("kubectl", 30, 0.3, ("version", "--client")),
    Tool(
        name="etcd",
        version=ETCD_VERSION,
        ask_version=("--version",),
        at_least=(3, 4),
        below=(4,),
        download=Download(
            f"{_ETCD_RELEASE}/etcd-v{ETCD_VERSION}-{{os}}-{{arch}}.tar.gz",
            f"{_ETCD_RELEASE}/SHA256SUMS",
            member=f"etcd-v{ETCD_VERSION}-{{os}}-{{arch}}/etcd",
        ),
        build=Build("kubernetes", "go.etcd.io/etcd/server/v3", "", seconds=10, disk=0.2),
    ),
    Tool(
        name="kwok",
        version=KWOK_VERSION,
        ask_version=("--version",),
        at_least=(0, 7),
        below=(0, 8),
        build=Build(
            "kwok",
            "sigs.k8s.io/kwok/cmd/kwok",
            f"-X sigs.k8s.io/kwok/pkg/consts.Version=v{KWOK_VERSION}",
            seconds=75,
            disk=1.0,
        ),
    ),
    Tool(
        name="tigera-operator",
        version=OPERATOR_VERSION,
        ask_version=("-version",),
        at_least=(1, 28, 1),
        below=(1, 28, 2),
        build=Build(
            "tigera-operator",
            "github.com/tigera/operator",
            f"-X github.com/tigera/operator/version.VERSION=v{OPERATOR_VERSION}",
            seconds=80,
            disk=1.5,
        ),
    ),
)

LANGUAGE_HOST = Build(
    "pulumi-python",
    "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
    f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{LANGUAGE_HOST_VERSION}",
    seconds=40,
    disk=0.5,
)
"""Built together with `pulumi`; the official archive brings its own."""


def fill(template: str, architectures: tuple[tuple[str, str], ...]) -> str | None:
    """Return the template with this machine's system and architecture, or None if none is published for it."""
    arch = dict(architectures).get(platform.machine())
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)
    if arch is None or system is None:
        return None
    return template.replace("{os}", system).replace("{arch}", arch)
