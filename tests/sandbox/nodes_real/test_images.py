"""The images of real nodes: every name that somebody asks for is there, and equal contents give equal bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from sandbox.errors import ProcessError
from sandbox.home import CACHE_VARIABLE, PROJECT
from sandbox.nodes.real import addons, bgp, images, store, userland
from sandbox.nodes.real.archive import Entries, Image, Link, Text, write


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(userland, "gather", lambda: {"/bin": Link("usr/bin")})
    monkeypatch.setattr(bgp, "entries", lambda confd: {"/usr/bin/birdcl": Link("/usr/sbin/birdc")})
    program = tmp_path / "program"
    program.write_bytes(b"program")
    return program


@pytest.fixture
def made(tool: Path) -> list[Image]:
    return images.images(lambda name: tool)


class TestNames:
    def test_no_name_is_given_twice(self, made: list[Image]) -> None:
        names = [image.name for image in made]
        assert len(names) == len(set(names)) > 15

    def test_every_name_is_in_containerds_full_form(self, made: list[Image]) -> None:
        """containerd looks for docker.io/library/redis when it is asked for redis."""
        for image in made:
            registry, *rest = image.name.split("/")
            assert "." in registry, image.name
            assert ":" in rest[-1], image.name
            assert registry != "docker.io" or len(rest) > 1, image.name

    def test_every_image_says_what_is_in_it(self, made: list[Image]) -> None:
        assert all(image.origin for image in made)

    def test_the_add_ons_images_are_there(self, made: list[Image]) -> None:
        asked = {c["image"] for spec in addons.pod_specs().values() for c in spec["containers"]}
        assert asked
        assert asked <= {image.name for image in made}

    def test_every_linux_image_of_the_demo_applications_is_there(self, made: list[Image]) -> None:
        asked = set()
        for file in sorted((PROJECT / "apps").rglob("*.yaml")):
            for body in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                spec = ((body or {}).get("spec") or {}).get("template", {}).get("spec", {})
                if spec.get("nodeSelector", {}).get("kubernetes.io/os") != "windows":
                    asked |= {container["image"] for container in spec.get("containers", [])}
        assert asked
        assert {full(name) for name in asked} <= {image.name for image in made}

    def test_no_later_layer_has_a_folder_where_the_userland_has_a_link(self, made: list[Image]) -> None:
        for image in made:
            links = {path for path, content in image.layers[0].items() if isinstance(content, Link)}
            for layer in image.layers[1:]:
                tops = {f"/{path.split('/')[1]}" for path in layer}
                assert not tops & links, image.name


def full(name: str) -> str:
    """Return a reference as containerd completes it."""
    first = name.split("/")[0]
    if "." not in first:
        name = f"docker.io/{name}"
    registry, rest = name.split("/", 1)
    return f"{registry}/library/{rest}" if registry == "docker.io" and "/" not in rest else name


def one(entries: Entries, name: str = "docker.io/a/b:1") -> Image:
    return Image(name, [entries], ["/x"])


class TestArchive:
    def test_the_same_files_give_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("one.tar", "two.tar"):
            write([one({"/etc/a": Text("a"), "/b": None, "/c": Link("b")})], tmp_path / name)
        assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()

    def test_a_layer_of_two_images_is_stored_once(self, tmp_path: Path) -> None:
        shared: Entries = {"/a": Text("a")}
        write([one(shared), one(dict(shared), "docker.io/a/c:1")], tmp_path / "a.tar")
        with tarfile.open(tmp_path / "a.tar") as archive:
            names = archive.getnames()
            manifest = json.loads(archive.extractfile("manifest.json").read())  # type: ignore[union-attr]
        assert sum(name.endswith("layer.tar") for name in names) == 1
        assert [entry["RepoTags"] for entry in manifest] == [["docker.io/a/b:1"], ["docker.io/a/c:1"]]
        assert len({entry["Layers"][0] for entry in manifest}) == 1

    def test_a_link_stays_a_link_and_nothing_is_put_below_it_as_a_folder(self, tmp_path: Path) -> None:
        write([one({"/bin": Link("usr/bin"), "/usr/bin/a": Text("a")})], tmp_path / "a.tar")
        with tarfile.open(tmp_path / "a.tar") as archive:
            name = next(name for name in archive.getnames() if name.endswith("layer.tar"))
            (tmp_path / "layer.tar").write_bytes(archive.extractfile(name).read())  # type: ignore[union-attr]
        with tarfile.open(tmp_path / "layer.tar") as layer:
            kinds = {member.name: (member.issym(), member.isdir()) for member in layer}
        assert kinds == {
            "bin": (True, False),
            "usr": (False, True),
            "usr/bin": (False, True),
            "usr/bin/a": (False, False),
        }


class TestKeptStores:
    """One store a set of images, filled once; those that were used last are kept."""

    @pytest.fixture
    def filled(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The first image's name of each store that was filled."""
        names: list[str] = []

        def fill(folder: Path, wanted: Sequence[Image]) -> None:
            folder.mkdir()
            names.append(wanted[0].name)

        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
        monkeypatch.setattr(store, "_fill", fill)
        return names

    def test_a_store_is_filled_once(self, filled: list[str]) -> None:
        wanted = [one({}, "a")]
        assert not store.is_there(wanted)
        assert store.ensure(wanted) == store.ensure(wanted)
        assert store.is_there(wanted)
        assert filled == ["a"]

    def test_a_store_that_was_not_filled_to_its_end_is_begun_anew(
        self, filled: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted = [one({}, "a")]

        def breaks(folder: Path, _: Sequence[Image]) -> None:
            (folder / "half").mkdir(parents=True)
            raise ProcessError("containerd did not start")

        with monkeypatch.context() as broken:
            broken.setattr(store, "_fill", breaks)
            with pytest.raises(ProcessError):
                store.ensure(wanted)
        assert not store.is_there(wanted)
        assert [path.name for path in store.ensure(wanted).iterdir()] == ["complete"]
        assert filled == ["a"]

    def test_the_store_that_was_not_used_for_longest_goes_for_a_new_one(self, filled: list[str]) -> None:
        first, second, third = ([one({}, name)] for name in ("first", "second", "third"))
        for age, wanted in ((2000, first), (1000, second)):
            os.utime(store.ensure(wanted), (time.time() - age,) * 2)
        store.ensure(first)
        store.ensure(third)
        assert [store.is_there(wanted) for wanted in (first, second, third)] == [True, False, True]
        assert filled == ["first", "second", "third"]


class TestStore:
    def test_another_file_makes_another_store(self, tmp_path: Path) -> None:
        program = tmp_path / "p"
        program.write_bytes(b"1")
        first = store.key([one({"/p": program})])
        assert store.key([one({"/p": program})]) == first
        program.write_bytes(b"22")
        assert store.key([one({"/p": program})]) != first

    def test_a_copy_shares_the_bytes_but_not_the_databases(self, tmp_path: Path) -> None:
        source = tmp_path / "store" / "containerd"
        (source / "blobs").mkdir(parents=True)
        (source / "blobs" / "layer").write_text("layer", encoding="utf-8")
        (source / "blobs" / "link").symlink_to("layer")
        (source / "meta.db").write_text("names", encoding="utf-8")
        (tmp_path / "store" / "complete").touch()
        store.copy(tmp_path / "store", tmp_path / "copy")
        assert (tmp_path / "copy" / "blobs" / "layer").samefile(source / "blobs" / "layer")
        assert (tmp_path / "copy" / "blobs" / "link").is_symlink()
        assert not (tmp_path / "copy" / "meta.db").samefile(source / "meta.db")
        assert (tmp_path / "copy" / "meta.db").read_text(encoding="utf-8") == "names"

    def test_a_store_that_is_gone_is_told_and_no_node_starts_without_images(self, tmp_path: Path) -> None:
        (tmp_path / "store" / "containerd").mkdir(parents=True)  # another process is filling it again
        with pytest.raises(ProcessError) as refused:
            store.copy(tmp_path / "store", tmp_path / "copy")
        assert str(refused.value) == (
            f"the images' store {tmp_path / 'store'} is gone; `labctl sandbox stop` and `labctl sandbox start` "
            "fill it again"
        )
        assert not (tmp_path / "copy").exists()

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
    def test_containerd_ends_with_whoever_fills_the_store(self, tmp_path: Path) -> None:
        """`kill -9` of labctl: nothing has a record of this containerd, and its mounts live as long as it does."""
        programs = {
            "unshare": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
            "containerd": f"echo $$ >{tmp_path}/pid; exec sleep 300",
        }
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
        code = (
            "import sys; from pathlib import Path; from sandbox.nodes.real import store;"
            "store._fill(Path(sys.argv[1]), [])"
        )
        filler = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "store")],
            cwd=PROJECT,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )
        try:
            pid = int(eventually(lambda: read(tmp_path / "pid")))
        finally:
            filler.kill()
            filler.wait()
        assert eventually(lambda: gone(pid))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
