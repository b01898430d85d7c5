"""Container images as an archive that containerd imports: layers as tar files, a configuration each, one list.

The same files give the same bytes, so that equal layers of several images are stored once and an unchanged image is
recognised. No compression: the archive is read once, on the same disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Text:
    """A file of our own words."""

    text: str


Entries = dict[str, "Path | Link | Text | None"]
"""Path in the image -> file of this machine, link, text, or None for an empty folder."""


@dataclass(frozen=True)
class Image:
    """One image under its name."""

    name: str
    layers: Sequence[Entries]
    entrypoint: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    """What is in it and where that comes from, for `labctl sandbox status`."""


_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cni/bin"


def write(images: Sequence[Image], target: Path) -> None:
    """Write all images into one archive."""
    with tarfile.open(target, "w") as archive:
        manifest = []
        written: dict[str, str] = {}
        for image in images:
            digests = []
            for entries in image.layers:
                key = str(id(entries))
                if key not in written:
                    written[key] = _add_layer(archive, entries, target.with_suffix(".layer"))
                digests.append(written[key])
            configuration = json.dumps(_configuration(image, digests), sort_keys=True).encode()
            name = f"{hashlib.sha256(configuration).hexdigest()}.json"
            if name not in written:
                written[name] = name
                _add(archive, name, io.BytesIO(configuration), len(configuration))
            manifest.append(
                {"Config": name, "RepoTags": [image.name], "Layers": [f"{d}/layer.tar" for d in digests]}
            )
        data = json.dumps(manifest).encode()
        _add(archive, "manifest.json", io.BytesIO(data), len(data))


def _add_layer(archive: tarfile.TarFile, entries: Entries, scratch: Path) -> str:
    try:
        with scratch.open("wb") as file, tarfile.open(fileobj=file, mode="w") as layer:
            _fill(layer, entries)
        with scratch.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
            written.seek(0)
            if f"{digest}/layer.tar" not in archive.getnames():
                _add(archive, f"{digest}/layer.tar", written, scratch.stat().st_size)
        return digest
    finally:
        scratch.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    archive.addfile(info, content)


def _fill(layer: tarfile.TarFile, entries: Entries) -> None:
    folders: set[str] = set()
    for path, content in sorted(entries.items()):
        for parent in reversed(PurePosixPath(path).parents):
            name = str(parent).strip("/")
            if name and name not in folders and not isinstance(entries.get(f"/{name}"), Link):
                folders.add(name)
                layer.addfile(_info(name, tarfile.DIRTYPE, 0o755))
        name = path.strip("/")
        if content is None:
            if name not in folders:
                folders.add(name)
                layer.addfile(_info(name, tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755))
        elif isinstance(content, Link):
            info = _info(name, tarfile.SYMTYPE, 0o777)
            info.linkname = content.target
            layer.addfile(info)
        elif isinstance(content, Text):
            data = content.text.encode()
            info = _info(name, tarfile.REGTYPE, 0o644)
            info.size = len(data)
            layer.addfile(info, io.BytesIO(data))
        else:
            info = _info(name, tarfile.REGTYPE, 0o755)
            info.size = content.stat().st_size
            with content.open("rb") as file:
                layer.addfile(info, file)


def _info(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode = kind, mode
    return info


def _configuration(image: Image, digests: Sequence[str]) -> dict[str, object]:
    machine = platform.machine()
    return {
        "architecture": _ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": [f"PATH={_PATH}", *(f"{name}={value}" for name, value in image.environment.items())],
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }
