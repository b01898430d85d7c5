"""Downloaded archives: links, devices, absolute paths and `..` in them; only the wanted programs come out."""

from __future__ import annotations

import io
import shutil
import tarfile
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from sandbox.errors import ToolError
from sandbox.tools.download import unpack
from sandbox.tools.pins import Download, Tool
from tests.fuzz.junk import anything, edit_bytes, words
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, told_well
from tests.fuzz.targets.files import folder

_TOOL = Tool("demo", "1.2.3", ("--version",), (1, 2), (1, 3), also=("helper",))
_SOURCE = Download("https://example.invalid/demo", "https://example.invalid/sums", "demo/demo")
_KINDS = [
    getattr(tarfile, f"{kind}TYPE")
    for kind in ("REG", "AREG", "LNK", "SYM", "CHR", "BLK", "DIR", "FIFO", "CONT")
]
_names = (
    st.sampled_from(
        [
            "demo/demo",
            "demo/helper",
            "./demo/demo",
            "/demo/demo",
            "../escaped",
            "demo/../../escaped",
            "demo",
            "escaped",
        ]
    )
    | words
    | anything
)
_REGULAR = tarfile.REGTYPE
_others = st.lists(st.tuples(_names, st.sampled_from(_KINDS), _names, st.binary(max_size=8)), max_size=5)


_good = st.just([("demo/demo", _REGULAR, "", b"program"), ("demo/helper", _REGULAR, "", b"helper")])
_members = st.one_of(
    _others,
    st.tuples(_others, _good).map(lambda parts: [*parts[0], *parts[1]]),
    st.tuples(_good, _others).map(lambda parts: [*parts[0], *parts[1]]),
)


@st.composite
def _inputs(draw: st.DrawFn) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=draw(st.sampled_from(["w", "w:gz"]))) as archive:
        for name, kind, link, content in draw(_members):
            info = tarfile.TarInfo(name.replace("\0", "").encode("utf-8", "replace").decode() or "x")
            info.type, info.linkname, info.size = kind, link.encode("utf-8", "replace").decode(), len(content)
            archive.addfile(info, io.BytesIO(content))
    data = bytearray(buffer.getvalue())
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):  # and a few bytes that no program wrote
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.sampled_from([len(data)] * 5 + [len(data) // 2]))])


def _judge(data: Any) -> str:
    place = folder() / "archives"
    target = place / "tools" / "demo"
    shutil.rmtree(place, ignore_errors=True)
    (place / "tools").mkdir(parents=True)
    result = ACCEPTED
    try:
        unpack(_TOOL, replace(_SOURCE), data, target)
    except ToolError as error:
        told_well(str(error))
        result = REFUSED
    came = sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))
    wanted = ["tools", "tools/demo", "tools/demo/demo", "tools/demo/helper"]
    if came != (wanted if result == ACCEPTED else wanted[:1]):
        raise FindingError(f"{result}, and there is {came}")
    if any(path.is_symlink() for path in place.rglob("*")):
        raise FindingError("a link was unpacked")
    return result


TARGET = Target("archives", "archives of downloaded programs", _inputs(), _judge, edit_bytes)
