"""Download a published program and verify its published checksum before anything of it is used."""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import tarfile
import urllib.error
import urllib.request
import zlib
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.tools.pins import Download, Tool, fill

_TIMEOUT_SECONDS = 30
_MOST_BYTES = 1024 * 1024 * 1024
"""The largest program is about 200 MB."""
_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError)
"""What reading a damaged archive raises."""


class UnreachableError(ToolError):
    """The project's site did not answer; building may still work."""


def _open(url: str) -> bytes:
    _check_address(url)
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            _check_address(answer.url)  # a redirection could lead out of TLS
            data = bytes(answer.read(_MOST_BYTES + 1))
    except (urllib.error.URLError, OSError) as error:
        raise UnreachableError(f"cannot download {url}: {getattr(error, 'reason', error)}") from error
    if len(data) > _MOST_BYTES:
        raise ToolError(f"{url} has more than {_MOST_BYTES} bytes; nothing of it is used")
    return data


def _check_address(url: str) -> None:
    if not url.startswith(("https://", "http://127.0.0.1:")):  # loopback: the tests' own server
        raise ToolError(f"{url} is not an https address; nothing is downloaded from it")


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
    unpack(tool, source, data, folder)
    return True


def unpack(tool: Tool, source: Download, data: bytes, folder: Path) -> None:
    """Write the tool out of what was downloaded into `folder`: the file itself, or the wanted members of an archive.

    Raises:
        ToolError: the archive is not as expected; nothing was written.
    """
    programs = {tool.name: data} if source.member is None else _members(tool, source, data)
    folder.mkdir(parents=True, exist_ok=True)
    for name, program in programs.items():
        _write(folder / name, program)


def _members(tool: Tool, source: Download, data: bytes) -> dict[str, bytes]:
    """Return the wanted programs by name. Only members that are files themselves are read, by their full names: no
    path of the archive is ever written to, and no link in it is followed."""
    member = fill(source.member or "", source.architectures)
    assert member is not None
    parent = member.rsplit("/", 1)[0]
    wanted = {member: tool.name, **{f"{parent}/{other}": other for other in tool.also}}
    programs = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for path, name in wanted.items():
                info = archive.getmember(path)
                file = archive.extractfile(info) if info.isreg() else None
                if file is None:
                    raise _unexpected(tool, f"{path} is no file in it")
                if info.size > _MOST_BYTES:
                    raise _unexpected(tool, f"{path} has {info.size} bytes in it")
                programs[name] = file.read()
    except KeyError:
        raise _unexpected(tool, f"it lacks one of {', '.join(wanted)}") from None
    except _BROKEN as error:
        raise _unexpected(tool, f"it cannot be read ({type(error).__name__})") from error
    return programs


def _unexpected(tool: Tool, why: str) -> ToolError:
    return ToolError(
        f"the archive of {tool.name} is not as expected: {why}; {tool.name} was not installed. Set another version in "
        "sandbox/tools/pins.py, or put the program on PATH"
    )


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.chmod(0o755)
    part.replace(path)
