"""Download a published program and verify its published checksum before anything of it is used."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.tools.pins import Download, Tool, fill

_TIMEOUT_SECONDS = 30


class UnreachableError(ToolError):
    """The project's site did not answer; building may still work."""


def _open(url: str) -> bytes:
    if not url.startswith(("https://", "http://127.0.0.1:")):  # loopback: the tests' own server
        raise ToolError(f"{url} is not an https address; nothing is downloaded from it")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise UnreachableError(f"cannot download {url}: {getattr(error, 'reason', error)}") from error


def published_checksum(text: str, file_name: str) -> str | None:
    """Return the sha256 that a checksum file gives for a file: its only word, or the line that names the file."""
    words = text.split()
    if len(words) == 1 and re.fullmatch(r"[0-9a-f]{64}", words[0]):
        return words[0]
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[1].lstrip("*") == file_name and re.fullmatch(r"[0-9a-f]{64}", parts[0]):
            return parts[0]
    return None


def download(tool: Tool, folder: Path) -> bool:
    """Fetch the tool (and what its archive brings along) into `folder`; False if none is published for this machine.

    Raises:
        UnreachableError: the site did not answer.
        ToolError: the checksum does not match, or the archive is not as expected. Nothing was installed.
    """
    source = tool.download
    url = fill(source.url, source.architectures) if source else None
    if source is None or url is None:
        return False
    name = url.rsplit("/", 1)[1]
    checksum_url = fill(source.checksum_url, source.architectures)
    assert checksum_url is not None
    expected = published_checksum(_open(checksum_url).decode(errors="replace"), name)
    if expected is None:
        raise ToolError(f"{checksum_url} has no sha256 for {name}; {tool.name} was not installed")
    data = _open(url)
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise ToolError(
            f"{url} has sha256 {actual}, but {checksum_url} says {expected}; {tool.name} was not installed. "
            "Try again; if it stays so, somebody is between you and the project's site"
        )
    _unpack(tool, source, data, folder)
    return True


def _unpack(tool: Tool, source: Download, data: bytes, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if source.member is None:
        _write(folder / tool.name, data)
        return
    member = fill(source.member, source.architectures)
    assert member is not None
    parent = member.rsplit("/", 1)[0]
    wanted = {member: tool.name, **{f"{parent}/{other}": other for other in tool.also}}
    archive_path = folder / ".archive.part"
    archive_path.write_bytes(data)
    try:
        with tarfile.open(archive_path) as archive:
            for path, name in wanted.items():
                # Only these members are read, by name: no path of the archive is ever written to.
                file = archive.extractfile(path)
                if file is None:
                    raise ToolError(f"the archive of {tool.name} has no file {path}")
                _write(folder / name, file.read())
    except (tarfile.TarError, KeyError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ToolError(f"the archive of {tool.name} is not as expected: {error}") from error
    finally:
        archive_path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.chmod(0o755)
    part.replace(path)
