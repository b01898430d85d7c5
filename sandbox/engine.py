"""Pulumi's engine inside the sandbox: its environment, its plugins and its stacks.

The environment is all that differs from a run against Azure: an isolated PULUMI_HOME with the stand-in plugins, a
file backend and a passphrase of its own. The program and the stack files stay as they are; in particular no
encryption salt stays in a committed stack file, where it would make the next run against Azure ask for the sandbox's
passphrase: the salt lies in the stack's state (`_create_stack`), and `pulumi_wrapper.py` takes out what Pulumi
writes.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import yaml

from sandbox.errors import SandboxError
from sandbox.home import PROJECT, SANDBOX_VARIABLE, Home, write_private, write_private_json
from sandbox.tools import Toolbox, link_all
from sandbox.turns import turn

PLUGINS = {
    "azure-native": ("azure_native", "pulumi_azure_native"),
    "kubernetes": ("kubernetes", "pulumi_kubernetes"),
}
"""Plugin -> (package in sandbox/plugins, SDK whose version the plugin takes)."""


def environment(home: Home) -> dict[str, str]:
    """Return the variables that make plain `pulumi` commands run in this sandbox."""
    own = [str(home.root / "bin"), str(Path(sys.executable).parent), str(PROJECT / "bin")]
    rest = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part and part not in own]
    return {
        "PATH": os.pathsep.join(own + rest),
        "PULUMI_HOME": str(home.pulumi_home),
        # Without side files: Pulumi rewrites `<stack>.json.attrs` in place on every step, and one that was killed while
        # it did leaves an empty one, after which every command fails ("failed to load checkpoint: EOF", measured
        # 2026-11-27). The state itself is replaced whole.
        "PULUMI_BACKEND_URL": f"file://{home.backend}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(home.passphrase),
        # The stack files carry no salt; the one in the stack's state is used (sdk/go/common/env).
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        SANDBOX_VARIABLE: str(home.root),
    }


def full_environment(home: Home) -> dict[str, str]:
    """Return this process's environment with the sandbox's variables, and no other passphrase."""
    base = {key: value for key, value in os.environ.items() if key != "PULUMI_CONFIG_PASSPHRASE"}
    return {**base, **environment(home)}


def pulumi(
    home: Home,
    arguments: Sequence[str],
    folder: Path = PROJECT,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `pulumi` in the sandbox and return what it printed; the caller looks at the exit code.

    `environment` is everything that it gets to see; None: this process's own with the sandbox's variables.
    """
    return subprocess.run(
        [str(home.root / "bin" / "pulumi"), *arguments],
        cwd=folder,
        env=full_environment(home) if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def show_pulumi(home: Home, arguments: Sequence[str], folder: Path = PROJECT) -> int:
    """Run `pulumi` in the sandbox before the user's eyes and return its exit code.

    Ctrl-C reaches Pulumi by itself: it finishes what is under way and keeps the state whole, so it is waited for.
    """
    process = subprocess.Popen(
        [str(home.root / "bin" / "pulumi"), *arguments],
        cwd=folder,
        env=full_environment(home),
        # Only with a terminal to read from does Pulumi draw its tree and redraw it; nothing is asked, for --yes.
        stdin=None if sys.stdin.isatty() else subprocess.DEVNULL,
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def prepare(home: Home, box: Toolbox, project: Path = PROJECT) -> None:
    """Make programs, plugins and stacks ready; quick if they are, and harmless while Pulumi runs in the sandbox.

    Raises:
        SandboxError: Pulumi refused a plugin or a stack.
    """
    home.create()
    with turn(home):
        link_all(box, home.root / "bin", but=("pulumi",))
        _wrap_pulumi(home, box)
        if not home.passphrase.exists():
            write_private(home.passphrase, secrets.token_urlsafe(24))
        for name in PLUGINS:
            _install_plugin(home, name)
        for stack in stacks_of(project):
            _create_stack(home, project, stack)


_WRAPPER = Path(__file__).with_name("pulumi_wrapper.py")


def _wrap_pulumi(home: Home, box: Toolbox) -> None:
    wrapper = home.root / "bin" / "pulumi"
    part = wrapper.with_name(".pulumi.part")
    words = (sys.executable, "-I", "-S", str(_WRAPPER), str(box.path("pulumi")))
    part.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    part.chmod(0o700)
    part.replace(wrapper)


def stacks_of(project: Path) -> list[str]:
    """Return the stacks a project has files for.

    Raises:
        SandboxError: there is none.
    """
    found = sorted(
        path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in project.glob("Pulumi.*.yaml")
    )
    if not found:
        raise SandboxError(f"{project} has no Pulumi.<stack>.yaml; run the command in the project's folder")
    return found


def _launcher(home: Home, name: str) -> str:
    package, _ = PLUGINS[name]
    variables = f"PYTHONPATH={shlex.quote(str(PROJECT))}"
    if name == "azure-native":
        variables += f" CALICO_LABS_AZURE_SCHEMA={shlex.quote(str(_kept_schema(home)))}"
    return f'#!/bin/sh\n{variables} exec {shlex.quote(sys.executable)} -m sandbox.plugins.{package} "$@"\n'


def _kept_schema(home: Home) -> Path:
    """Return the file with what azure-native's SDK knows of its resources; made once a version of it."""
    reader = PROJECT / "sandbox" / "plugins" / "azure_native" / "schema.py"
    key = hashlib.sha256(reader.read_bytes() + version(PLUGINS["azure-native"][1]).encode()).hexdigest()[:16]
    path = home.pulumi_home / f"azure-native-schema-{key}.json"
    if not path.exists():
        # In a process of its own, since it imports the SDK.
        code = (
            "import sys, pathlib; from sandbox.plugins.azure_native import schema; "
            "schema.keep(pathlib.Path(sys.argv[1]))"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], cwd=PROJECT, check=True)
    return path


def _install_plugin(home: Home, name: str) -> None:
    release = version(PLUGINS[name][1])
    program = f"pulumi-resource-{name}"
    launcher = _launcher(home, name)
    installed = home.pulumi_home / "plugins" / f"resource-{name}-v{release}" / program
    if installed.exists() and installed.read_text(encoding="utf-8") == launcher:
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "plugin.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            info = tarfile.TarInfo(program)
            info.size, info.mode = len(launcher.encode()), 0o755
            tar.addfile(info, io.BytesIO(launcher.encode()))
        result = pulumi(
            home,
            ["plugin", "install", "resource", name, f"v{release}", "--file", str(archive), "--reinstall"],
        )
    if result.returncode != 0:
        raise SandboxError(
            f"Pulumi did not take the stand-in plugin {name} {release}: {result.stderr.strip()}"
        )


def _create_stack(home: Home, project: Path, stack: str) -> None:
    """Create the stack if it is not there, with its salt in the state.

    `pulumi stack init` writes the salt into the stack file beside the project file only, so it runs in a folder that
    holds the project file alone, and the salt is then imported into the state as an empty deployment.
    """
    project_name = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    if any((home.backend / ".pulumi" / "stacks" / project_name).glob(f"{stack}.json*")):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(project / "Pulumi.yaml", folder / "Pulumi.yaml")
        (folder / f"Pulumi.{stack}.yaml").write_text("encryptionsalt:\n", encoding="utf-8")
        _expect(pulumi(home, ["stack", "init", stack, "--no-select", "--non-interactive"], folder), stack)
        salt = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["encryptionsalt"]
        deployment = {
            "version": 3,
            "deployment": {
                "manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""},
                "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
            },
        }
        write_private_json(folder / "empty.json", deployment)
        _expect(
            pulumi(home, ["stack", "import", "-s", stack, "--file", str(folder / "empty.json")], folder),
            stack,
        )


def _expect(result: subprocess.CompletedProcess[str], stack: str) -> None:
    if result.returncode != 0:
        raise SandboxError(f"Pulumi could not create the stack {stack}: {result.stderr.strip()}")
