"""The programs that the sandbox runs: found on PATH, else downloaded, else built; kept in the user's cache.

`ensure` brings what is missing and returns a `Toolbox`; `Toolbox.path(name)` is the one way to a program.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.home import cache_folder
from sandbox.lock import locked
from sandbox.tools import build as go
from sandbox.tools.download import UnreachableError, download
from sandbox.tools.find import MARK, on_path
from sandbox.tools.pins import (
    CALICO_MODULE_VERSION,
    CRDS_VERSION,
    LANGUAGE_HOST,
    REAL_TOOLS,
    TOOLS,
    Build,
    Tool,
)
from sandbox.tools.progress import Steps

__all__ = ["Toolbox", "confd_folder", "ensure", "has_real"]


@dataclass
class Toolbox:
    """Where each program is, and where it came from."""

    paths: dict[str, Path] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """Tool -> `on PATH`, `downloaded` or `built`, with its version."""
    crds: Path = Path()
    """CRDs of the lab's Calico release."""
    real_crds: Path = Path()
    """CRDs of the Calico release that real nodes run."""

    def path(self, name: str) -> Path:
        """Return the program's path.

        Raises:
            ToolError: it is none of the sandbox's programs.
        """
        try:
            return self.paths[name]
        except KeyError:
            raise ToolError(
                f"'{name}' is no program of the sandbox; known are {', '.join(sorted(self.paths))}"
            ) from None


_Files = tuple[str, Callable[[Path], None], Path]
"""What the files are, what fetches them, and the folder they go to."""


def tools_folder() -> Path:
    return cache_folder() / "tools"


def _folder(tool: Tool) -> Path:
    return tools_folder() / f"{tool.name}-{tool.version}"


def _crds_folder() -> Path:
    return tools_folder() / f"calico-crds-{CRDS_VERSION}"


def _real_crds_folder() -> Path:
    return tools_folder() / f"calico-crds-v{CALICO_MODULE_VERSION}"


def confd_folder() -> Path:
    """Return where Calico's templates of BIRD's configuration are kept."""
    return tools_folder() / f"calico-confd-v{CALICO_MODULE_VERSION}"


def _kept(tool: Tool) -> bool:
    folder = _folder(tool)
    return all((folder / name).is_file() for name in (tool.name, *tool.also))


def has_real() -> bool:
    """Tell whether the programs of real nodes are there already, so that nothing would have to be built."""
    folders = (_real_crds_folder(), confd_folder())
    return all(_kept(tool) for tool in REAL_TOOLS) and all(folder.is_dir() for folder in folders)


ENGINE = ("pulumi",)
"""What is enough where nothing runs: previews need no control plane."""


def ensure(steps_title: str = "sandbox programs", real: bool = False, only: Collection[str] = ()) -> Toolbox:
    """Bring every program that is missing, showing progress, and return where they are.

    `real` also brings what only real nodes need; `only` names the programs that are enough, and no CRDs come with them.
    Of several processes one brings, and the others wait for it.

    Raises:
        ToolError: one line saying what is missing and what to do.
    """
    box, missing, files = _look(real, only)
    if not missing and not files:
        return box

    def waiting() -> None:
        Steps(steps_title, 0).note("another process brings the sandbox's programs; waiting for it to end")

    with locked(tools_folder() / ".lock", waiting):
        box, missing, files = _look(real, only)
        if missing or files:
            _bring(box, missing, files, Steps(steps_title, len(missing) + len(files)))
    return box


def look(*, real: bool = False) -> tuple[Toolbox, list[str]]:
    """Return the programs that are there, and the names of those that `ensure` would bring."""
    box, missing, files = _look(real, ())
    return box, [*(tool.name for tool in missing), *(what for what, _, _ in files)]


def _look(real: bool, only: Collection[str]) -> tuple[Toolbox, list[Tool], list[_Files]]:
    """Return what is there, and which programs and files are not."""
    box = Toolbox(crds=_crds_folder(), real_crds=_real_crds_folder())
    missing: list[Tool] = []
    for tool in (*TOOLS, *(REAL_TOOLS if real else ())):
        if only and tool.name not in only:
            continue
        found = on_path(tool)
        if found is not None:
            _register(box, tool, found.parent, "on PATH")
        elif _kept(tool):
            _register(box, tool, _folder(tool), _origin(tool))
        else:
            missing.append(tool)
    sources: list[_Files] = [(f"Calico CRDs (tigera/operator v{CRDS_VERSION})", go.fetch_crds, box.crds)]
    if only:
        sources = []
    elif real:
        module = f"projectcalico/calico v{CALICO_MODULE_VERSION}"
        sources += [
            (f"Calico CRDs ({module})", go.fetch_real_crds, box.real_crds),
            (f"BIRD templates ({module})", go.fetch_confd, confd_folder()),
        ]
    return box, missing, [source for source in sources if not source[2].is_dir()]


def _bring(box: Toolbox, missing: list[Tool], files: list[_Files], steps: Steps) -> None:
    tools_folder().mkdir(parents=True, exist_ok=True)
    steps.note(
        f"{len(missing) + len(files)} of the sandbox's programs are missing; they go to {tools_folder()}"
    )
    to_build = _download_all(box, missing, steps)
    if to_build or files:
        go.check_go()
    if to_build:
        go.check_disk([part for tool in to_build for part in _builds(tool)], tools_folder())
    for what, fetch, folder in files:
        with steps.step(what, 10):
            fetch(folder)
    for tool in to_build:
        with steps.step(f"building {tool.name} {tool.version}", sum(part.seconds for part in _builds(tool))):
            go.build(tool, _folder(tool))
        _settle(box, tool, "built")


def _builds(tool: Tool) -> list[Build]:
    assert tool.build is not None
    return [tool.build, LANGUAGE_HOST] if tool.name == "pulumi" else [tool.build]


def _download_all(box: Toolbox, missing: list[Tool], steps: Steps) -> list[Tool]:
    """Download what is published; return what must be built. One site that does not answer is enough to stop asking."""
    to_build: list[Tool] = []
    online = True
    for tool in missing:
        if tool.download is None or not online:
            to_build.append(tool)
            continue
        try:
            with steps.step(f"downloading {tool.name} {tool.version}", 20):
                fetched = download(tool, _folder(tool))
        except UnreachableError as error:
            steps.note(f"{error}; building from Go modules instead")
            online = False
            fetched = False
        if fetched:
            _settle(box, tool, "downloaded")
        else:
            to_build.append(tool)
    return to_build


def _settle(box: Toolbox, tool: Tool, origin: str) -> None:
    (_folder(tool) / "origin").write_text(origin, encoding="utf-8")
    _register(box, tool, _folder(tool), origin)


def _origin(tool: Tool) -> str:
    path = _folder(tool) / "origin"
    return path.read_text(encoding="utf-8").strip() if path.exists() else "built"


def _register(box: Toolbox, tool: Tool, folder: Path, origin: str) -> None:
    for name in (tool.name, *tool.also):
        box.paths[name] = folder / name
    box.origins[tool.name] = f"{origin}, {tool.version}" if origin != "on PATH" else origin


def link_all(box: Toolbox, folder: Path, but: Collection[str] = ()) -> None:
    """Put a link to every program into `folder`, which the sandbox's environment has first on PATH, and take away what
    is none of them. No program is ever missing meanwhile, for one may be running that looks for another there.

    `but` names those that the caller puts there by itself.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARK).touch()
    for name in box.paths.keys() - set(but):
        part = folder / f".{name}.part"
        part.unlink(missing_ok=True)
        part.symlink_to(box.paths[name])
        part.replace(folder / name)
    for path in folder.iterdir():
        if path.name not in (MARK, *box.paths):
            path.unlink()
