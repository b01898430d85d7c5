"""The probe pods' own program, agnhost's `connect`, built from the pinned source of Kubernetes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sandbox.home import PROJECT

_MODULE = PROJECT / "sandbox" / "modules" / "kubernetes"
_MAIN = """package main

import (
	"os"

	"github.com/spf13/cobra"
	"k8s.io/kubernetes/test/images/agnhost/connect"
)

func main() {
	root := &cobra.Command{Use: "agnhost"}
	root.AddCommand(connect.CmdConnect)
	if root.Execute() != nil {
		os.Exit(1)
	}
}
"""


def build(folder: Path) -> Path:
    """Return the program, built in an empty folder; the sandbox's own pins say which Kubernetes, and its checksums.

    Raises:
        RuntimeError: there is no Go, or it cannot be built.
    """
    go = shutil.which("go")
    if go is None:
        raise RuntimeError("agnhost cannot be built: there is no go on the PATH")
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(_MODULE / name, folder / name)
    (folder / "main.go").write_text(_MAIN, encoding="utf-8")
    # -mod=mod: what agnhost needs is among the pinned modules, but not listed as needed by the sandbox.
    done = subprocess.run(
        [go, "build", "-mod=mod", "-o", "agnhost", "."],
        cwd=folder,
        env={**os.environ, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"agnhost cannot be built: {done.stderr.strip()[-500:]}")
    return folder / "agnhost"
