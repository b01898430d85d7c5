"""containerd's store with all images in it, filled once and shared by every node of every sandbox of this user.

A node gets a copy that shares the bytes: layers and unpacked files are never written to again, so they are hard
links; only containerd's two small databases are copied. Importing the images into each node took 20 s and 1.2 GB a
node (2026-11-22), linking takes under a second and nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sandbox.errors import ProcessError
from sandbox.home import cache_folder
from sandbox.lock import locked
from sandbox.nodes.real.archive import Image, Link, Text, write
from sandbox.nodes.real.shell import run
from sandbox.process import die_with

_NAMESPACE = "k8s.io"
"""containerd's namespace in which the kubelet looks."""
_FORMAT = "1"
"""Raised when this module fills a store in another way."""
_SECONDS = 30.0
_IMPORT_SECONDS = 600.0
_KEPT = 2


def stores_folder() -> Path:
    return cache_folder() / "images"


def key(images: Sequence[Image]) -> str:
    """Return a name for this set of images that changes with any file in it."""
    digest = hashlib.sha256(_FORMAT.encode())
    for image in images:
        digest.update(repr((image.name, list(image.entrypoint), dict(image.environment))).encode())
        for layer in image.layers:
            for path, content in sorted(layer.items()):
                digest.update(f"{path}\0{_fingerprint(content)}\0".encode())
    return digest.hexdigest()[:16]


def _fingerprint(content: Path | Link | Text | None) -> str:
    if isinstance(content, Path):
        status = content.stat()
        return f"{content.resolve()} {status.st_size} {status.st_mtime_ns}"
    return repr(content)


def is_there(images: Sequence[Image]) -> bool:
    """Tell whether the store that holds exactly these images is filled."""
    return (stores_folder() / key(images) / "complete").exists()


def ensure(images: Sequence[Image]) -> Path:
    """Return the store that holds exactly these images, filling it first if it is not there.

    Raises:
        ProcessError: containerd did not take them.
    """
    stores_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    store = stores_folder() / key(images)
    with locked(stores_folder() / ".lock"):
        if not (store / "complete").exists():
            shutil.rmtree(store, ignore_errors=True)
            _fill(store, images)
            (store / "complete").touch()
            _drop_old(store)
        os.utime(store)
    return store


def _drop_old(current: Path) -> None:
    others = [path for path in stores_folder().iterdir() if path.is_dir() and path != current]
    for path in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)  # nodes keep their own links to what is in it


def configuration(root: Path, state: Path, socket: Path, cri: str = "") -> str:
    """Return containerd's configuration; without `cri` it serves images only."""
    disabled = ["io.containerd.snapshotter.v1." + name for name in ("aufs", "btrfs", "devmapper", "zfs")]
    disabled += [] if cri else ["io.containerd.grpc.v1.cri"]
    return (
        "version = 2\n"
        f'root = "{root}"\n'
        f'state = "{state}"\n'
        f"disabled_plugins = {disabled!r}\n"
        "[grpc]\n"
        f'  address = "{socket}"\n'
        '[plugins."io.containerd.internal.v1.opt"]\n'
        f'  path = "{root / "opt"}"\n'
        f"{cri}"
    )


def _fill(store: Path, images: Sequence[Image]) -> None:
    root, state = store / "containerd", store / "state"
    state.mkdir(parents=True, mode=0o700)
    archive, socket, log = store / "images.tar", state / "s", store / "containerd.log"
    (store / "containerd.toml").write_text(configuration(root, state, socket), encoding="utf-8")
    write(images, archive)
    with log.open("wb") as output:
        # Its own mount namespace: unpacking mounts layers, and none of that may show on the host. No sandbox has a
        # record of it, so the kernel ends it with us; `unshare` without --fork becomes containerd and keeps that.
        process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--",
                "containerd",
                "-c",
                str(store / "containerd.toml"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid()),  # noqa: PLW1509 - C calls only
        )
    try:
        _wait_for(socket, process, log)
        client = ["ctr", "-a", str(socket), "-n", _NAMESPACE, "images"]
        run([*client, "import", "--snapshotter", "overlayfs", str(archive)], seconds=_IMPORT_SECONDS)
        there = set(run([*client, "list", "-q"]).split())
        if missing := [image.name for image in images if image.name not in there]:
            raise ProcessError(f"containerd took the images' archive but has no {', '.join(missing)}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        archive.unlink(missing_ok=True)
        shutil.rmtree(state, ignore_errors=True)


def _wait_for(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or [
                "(empty log)"
            ]
            raise ProcessError(f"containerd did not start for the images: {last[0]}")
        time.sleep(0.05)


def copy(store: Path, target: Path) -> None:
    """Make `target` a containerd root of its own with the store's images.

    Raises:
        ProcessError: the store is gone, or the copy cannot be written.
    """
    if not (store / "complete").exists():  # dropped for newer ones that other sandboxes filled
        raise ProcessError(
            f"the images' store {store} is gone; `labctl sandbox stop` and `labctl sandbox start` fill it again"
        )
    source = store / "containerd"
    try:
        for folder, names, files in os.walk(source):
            place = target / Path(folder).relative_to(source)
            place.mkdir(mode=0o755, exist_ok=True, parents=True)
            shutil.copystat(folder, place)
            for name in files + [n for n in names if (Path(folder) / n).is_symlink()]:
                _same(Path(folder) / name, place / name)
    except OSError as error:
        raise ProcessError(f"cannot copy the images' store to {target}: {error}") from error


def _same(source: Path, target: Path) -> None:
    if source.suffix == ".db":
        shutil.copyfile(source, target)
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EMLINK, errno.EPERM):
            raise
        shutil.copy2(source, target, follow_symlinks=False)
