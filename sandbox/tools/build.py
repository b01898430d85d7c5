"""Build programs from the Go modules pinned in `sandbox/modules`.

Always from a go.mod of ours: `go install path@version` cannot apply the replaces that Kubernetes needs, and go.sum
is what proves the sources.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.home import PROJECT
from sandbox.tools.pins import CRDS_SUM, CRDS_VERSION, LANGUAGE_HOST, Addition, Build, Tool

MODULES = PROJECT / "sandbox" / "modules"
_OLDEST_GO = (1, 21)
"""From 1.21 on Go fetches the toolchain that a go.mod asks for by itself."""
_NETWORK_WORDS = (
    "dial tcp",
    "no such host",
    "connection refused",
    "i/o timeout",
    "TLS handshake",
    "proxyconnect",
)


def check_go() -> None:
    """Make sure that a usable Go is there.

    Raises:
        ToolError: it is missing or too old.
    """
    if shutil.which("go") is None:
        raise ToolError(
            "Go is missing, and the sandbox's programs are built with it; install Go from https://go.dev/dl"
        )
    answer = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"go(\d+)\.(\d+)", answer)
    if match is None or (int(match[1]), int(match[2])) < _OLDEST_GO:
        raise ToolError(
            f"'{answer.strip()}' is too old; install Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer from https://go.dev/dl"
        )


def check_disk(builds: list[Build], folder: Path) -> None:
    """Make sure that the builds fit on the disk, before the first begins.

    Raises:
        ToolError: they do not.
    """
    needed = sum(build.disk for build in builds)
    places = {"the tool folder": folder}
    for variable in ("GOCACHE", "GOMODCACHE"):
        value = subprocess.run(
            ["go", "env", variable], capture_output=True, text=True, check=False
        ).stdout.strip()
        if value:
            places[variable] = Path(value)
    for what, place in places.items():
        existing = next(parent for parent in (place, *place.parents) if parent.exists())
        free = shutil.disk_usage(existing).free / 2**30
        if free < needed:
            raise ToolError(
                f"{what} is on a disk with {free:.1f} GiB free, and building takes about {needed:.0f} GiB; "
                f"free some space, or point {what if what.isupper() else 'CALICO_LABS_CACHE'} elsewhere"
            )


def build(tool: Tool, folder: Path) -> None:
    """Build the tool into `folder`.

    Raises:
        ToolError: the build failed; nothing was installed.
    """
    assert tool.build is not None
    _go_build(tool.build, folder / tool.name)
    if tool.name == "pulumi":
        _go_build(LANGUAGE_HOST, folder / "pulumi-language-python")
        script = _module_folder("pulumi", "github.com/pulumi/pulumi/sdk/v3")
        _install(
            script / "python" / "cmd" / "pulumi-language-python-exec", folder / "pulumi-language-python-exec"
        )


def _go(module: str, *arguments: str) -> str:
    """Run go in one of our modules and return what it printed."""
    result = subprocess.run(
        ["go", *arguments],
        cwd=MODULES / module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return result.stdout
    output = (result.stderr or result.stdout).strip()
    last = output.splitlines()[-1] if output else f"exit status {result.returncode}"
    if "no space left on device" in output:
        raise ToolError(
            f"the disk is full while building in sandbox/modules/{module}; free some space and run it again"
        )
    if any(word in output for word in _NETWORK_WORDS):
        raise ToolError(
            f"cannot download Go modules for sandbox/modules/{module}: {last}; check the network and GOPROXY"
        )
    raise ToolError(f"go {arguments[0]} in sandbox/modules/{module} failed: {last}")


def _go_build(spec: Build, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            _go(
                spec.module,
                "build",
                "-trimpath",
                *_with_additions(spec, Path(scratch)),
                "-ldflags",
                f"-s -w {spec.flags}",
                "-o",
                str(part),
                spec.package,
            )
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _with_additions(spec: Build, scratch: Path) -> list[str]:
    """Return the option that makes Go take the build's changed modules, copied with their lines added.

    A copy, not `-overlay`: Go refuses to overlay what lies in its module cache.
    """
    if not spec.additions:
        return []
    modfile = scratch / "go.mod"
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(MODULES / spec.module / name, scratch / name)
    for number, module in enumerate(sorted({addition.module for addition in spec.additions})):
        copy = scratch / str(number)
        shutil.copytree(_module_folder(spec.module, module), copy)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # the module cache is read-only
        _go(spec.module, "mod", "edit", f"-replace={module}={copy}", str(modfile))
        for addition in (a for a in spec.additions if a.module == module):
            _add(copy / addition.file, addition)
    return [f"-modfile={modfile}"]


def _add(path: Path, addition: Addition) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(f"{addition.after}\n") != 1:
        raise ToolError(f"{addition.module} does not have once in {addition.file}: {addition.after}")
    path.write_text(
        text.replace(f"{addition.after}\n", f"{addition.after}\n{addition.line}\n"), encoding="utf-8"
    )


def _module_folder(module: str, path: str) -> Path:
    return Path(_go(module, "list", "-m", "-f", "{{.Dir}}", path).strip())


def _install(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)


def fetch_crds(folder: Path) -> None:
    """Copy the CRDs of the pinned operator module into `folder`.

    Raises:
        ToolError: the module cannot be had, or is not the one that was pinned.
    """
    data = json.loads(
        _go("tigera-operator", "mod", "download", "-json", f"github.com/tigera/operator@v{CRDS_VERSION}")
    )
    if data.get("Sum") != CRDS_SUM:
        raise ToolError(
            f"github.com/tigera/operator v{CRDS_VERSION} has checksum {data.get('Sum')}, pinned is {CRDS_SUM}; "
            "its CRDs were not installed"
        )
    _copy_readable(Path(data["Dir"]) / "pkg" / "imports" / "crds", folder)


def fetch_real_crds(folder: Path) -> None:
    """Copy the CRDs of the Calico release that real nodes run into `folder`; go.sum proves the module.

    Raises:
        ToolError: the module cannot be had.
    """
    _go("calico", "mod", "download", "github.com/projectcalico/calico")
    module = _module_folder("calico", "github.com/projectcalico/calico")
    _copy_readable(module / "libcalico-go" / "config" / "crd", folder)


def fetch_confd(folder: Path) -> None:
    """Copy the templates of BIRD's configuration that this Calico release has into `folder`; go.sum proves them.

    Raises:
        ToolError: the module cannot be had.
    """
    _go("calico", "mod", "download", "github.com/projectcalico/calico")
    module = _module_folder("calico", "github.com/projectcalico/calico")
    _copy_readable(module / "confd" / "etc" / "calico" / "confd", folder)


def _copy_readable(source: Path, folder: Path) -> None:
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part, ignore=shutil.ignore_patterns("*.go", "enterprise"))
    for path in (part, *part.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # the module cache is read-only
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
