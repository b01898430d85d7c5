"""Which programs the sandbox needs, at which versions, and where each can come from.

Versions and build times were measured on 2026-11-22 (2 cores, Go 1.26.8). A download is listed only where its project
publishes a checksum beside it; what has none is built from its Go module, whose checksum `go.sum` holds.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

PULUMI_VERSION = "3.255.0"
KUBERNETES_VERSION = "1.34.1"
KWOK_VERSION = "0.7.0"
ETCD_VERSION = "3.6.4"
OPERATOR_VERSION = "1.28.1"
"""The newest tigera-operator whose Go module builds (Calico v3.24); newer ones need modules that are not published."""
CRDS_VERSION = "1.42.4"
"""tigera/operator module that carries the CRDs of Calico v3.32.1."""
CRDS_SUM = "h1:AqPTK9dPMx5aO4fx4TnuayTV0fcxzo3I5wJnUTHSHQk="
CALICO_MODULE_VERSION = "3.28.5"
"""The newest Calico whose Go module is served whole; real nodes run it."""
COREDNS_VERSION = "1.12.4"
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
class Addition:
    """A line that a module's published source lacks, put in while building; the module cache stays as it is."""

    module: str
    file: str
    after: str
    """What it comes after: whole lines that are there once."""
    line: str


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
    additions: tuple[Addition, ...] = ()


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
    take_from_path: bool = True
    """Whether a program of that name on PATH may be used."""


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


def _real(name: str, version: str, build: Build) -> Tool:
    """A program that real nodes need; what PATH may hold under such a name is another program, or linked otherwise."""
    return Tool(name, version, (), (), (), build=build, take_from_path=False)


def _calico(
    name: str,
    package: str,
    seconds: int,
    disk: float = 0.1,
    flags: str = "",
    additions: tuple[Addition, ...] = (),
) -> Tool:
    build = Build("calico", f"github.com/projectcalico/calico/{package}", flags, seconds, disk, additions)
    return _real(name, CALICO_MODULE_VERSION, build)


def _node_program(name: str, package: str, seconds: int, disk: float) -> Tool:
    build = Build("kubernetes", f"k8s.io/kubernetes/{package}", _KUBERNETES_FLAGS, seconds, disk)
    return _real(name, KUBERNETES_VERSION, build)


def _lab_programs_version() -> str:
    """Return a version that changes with the sources: they are ours, and a built program is kept under its version."""
    digest = hashlib.sha256()
    for file in sorted((Path(__file__).parent.parent / "modules" / "lab-programs").glob("*.go")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


_CALICO_FLAGS = (
    f"-X github.com/projectcalico/calico/node/pkg/lifecycle/startup.VERSION=v{CALICO_MODULE_VERSION} "
    f"-X github.com/projectcalico/calico/node/buildinfo.GitVersion=v{CALICO_MODULE_VERSION}"
)

_API = "github.com/projectcalico/api"
_SCHEMA_HEAD = (
    "func schema_pkg_apis_projectcalico_v3_{kind}Spec(ref common.ReferenceCallback) "
    "common.OpenAPIDefinition {{\n"
    "\treturn common.OpenAPIDefinition{{\n"
    "\t\tSchema: spec.Schema{{\n"
    "\t\t\tSchemaProps: spec.SchemaProps{{\n"
    '\t\t\t\tType: []string{{"object"}},\n'
    "\t\t\t\tProperties: map[string]spec.Schema{{"
)
_TIERS = tuple(
    addition
    for kind in ("GlobalNetworkPolicy", "NetworkPolicy")
    for addition in (
        Addition(
            _API,
            f"pkg/apis/projectcalico/v3/{kind.lower()}.go",
            f"type {kind}Spec struct {{",
            '\tTier string `json:"tier,omitempty"`',
        ),
        # What kubectl asks before it sends anything.
        Addition(
            _API,
            "pkg/openapi/openapi_generated.go",
            _SCHEMA_HEAD.format(kind=kind),
            '"tier": {SchemaProps: spec.SchemaProps{Type: []string{"string"}}},',
        ),
    )
)
"""Calico v3.30 gave policies `spec.tier`, and the labs write it out (projectcalico/calico#12841); v3.28 refuses a field
it does not know. There every policy is in tier `default`, the only one that the sandbox then accepts."""

REAL_TOOLS: tuple[Tool, ...] = (
    _node_program("kubelet", "cmd/kubelet", 60, 0.7),
    _node_program("kube-proxy", "cmd/kube-proxy", 15, 0.2),
    _node_program("agnhost", "test/images/agnhost", 10, 0.2),
    _calico("calico-node", "node/cmd/calico-node", 200, 1.8, _CALICO_FLAGS),
    _calico("calico-cni", "cni-plugin/cmd/calico", 15),
    _calico("calico-cni-install", "cni-plugin/cmd/install", 5),
    _calico("calico-typha", "typha/cmd/calico-typha", 5),
    _calico("calico-kube-controllers", "kube-controllers/cmd/kube-controllers", 20),
    _calico("calico-check-status", "kube-controllers/cmd/check-status", 2),
    _calico("calico-apiserver", "apiserver/cmd/apiserver", 90, 0.7, additions=_TIERS),
    _calico("calico-csi", "pod2daemon/csidriver", 5),
    _calico("calico-flexvol", "pod2daemon/flexvol", 3),
    _real(
        "coredns",
        COREDNS_VERSION,
        Build("coredns", "github.com/coredns/coredns", seconds=160, disk=2.0),
    ),
    _real("lab-programs", _lab_programs_version(), Build("lab-programs", ".", seconds=5, disk=0.1)),
)
"""What real nodes need beside `TOOLS`; containerd, runc and the CNI plugins are Debian's (`nodes/real/preflight`)."""


def fill(template: str, architectures: tuple[tuple[str, str], ...]) -> str | None:
    """Return the template with this machine's system and architecture, or None if none is published for it."""
    arch = dict(architectures).get(platform.machine())
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)
    if arch is None or system is None:
        return None
    return template.replace("{os}", system).replace("{arch}", arch)
