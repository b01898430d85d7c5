"""The programs of the sandbox: found, downloaded with a verified checksum, or built; each failure is one clear line."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import re
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from sandbox import tools
from sandbox.errors import ToolError
from sandbox.tools import Toolbox, build, find, pins
from sandbox.tools.download import UnreachableError, download, published_checksum, unpack
from sandbox.tools.pins import Download, Tool
from sandbox.tools.progress import Steps, duration

BASE = Tool("demo", "1.2.3", ("--version",), (1, 2), (1, 3))


def program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


class TestOnPath:
    """A program of PATH is taken at a good version only, and only with what belongs to it."""

    @pytest.mark.parametrize(
        ("says", "taken"),
        [
            pytest.param("demo v1.2.0", True, id="lowest"),
            pytest.param("demo 1.2.99 (abc)", True, id="newer patch"),
            pytest.param("demo 1.1.9", False, id="too old"),
            pytest.param("demo v1.3.0", False, id="too new"),
            pytest.param("no version here", False, id="no version"),
            pytest.param("2024/01/01 10:00:00 warning\ndemo 1.2.5", True, id="log line before the version"),
        ],
    )
    def test_version_decides(self, tmp_path: Path, says: str, taken: bool) -> None:
        path = program(tmp_path, "demo", says)
        assert find.on_path(BASE, str(tmp_path)) == (path if taken else None)

    def test_program_without_its_companion_is_not_taken(self, tmp_path: Path) -> None:
        program(tmp_path, "demo", "1.2.0")
        tool = replace(BASE, also=("demo-host",))
        assert find.on_path(tool, str(tmp_path)) is None
        elsewhere = program(tmp_path / "elsewhere", "demo-host", "").parent
        assert find.on_path(tool, f"{tmp_path}:{elsewhere}") is None
        program(tmp_path, "demo-host", "")
        assert find.on_path(tool, str(tmp_path)) is not None

    def test_shim_is_taken_as_it_is_called(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """/snap/bin/kubectl is a link to /usr/bin/snap, and there is no /usr/bin/kubectl."""
        shims = tmp_path / "snap"
        shims.mkdir()
        (shims / "demo").symlink_to(program(tmp_path / "usr", "snap", "1.2.0"))
        monkeypatch.setenv("PATH", f"{shims}:/usr/bin:/bin")
        monkeypatch.setattr(tools, "TOOLS", (BASE,))
        assert tools.ensure(only=("demo",)).paths == {"demo": shims / "demo"}

    def test_program_of_a_relative_folder_can_be_linked_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = program(tmp_path / "own", "demo", "1.2.0")
        monkeypatch.chdir(tmp_path)
        assert find.on_path(BASE, "own") == own

    def test_what_a_sandbox_put_on_path_is_not_taken_as_found(self, tmp_path: Path) -> None:
        """After `eval "$(labctl sandbox env)"` the next start must not wrap the wrapper around Pulumi once more."""
        own = program(tmp_path / "own", "demo", "1.2.0")
        tools.link_all(Toolbox(paths={"demo": own}), tmp_path / "bin")
        assert (tmp_path / "bin" / "demo").exists()
        assert find.on_path(BASE, f"{tmp_path / 'bin'}") is None
        assert find.on_path(BASE, f"{tmp_path / 'bin'}:{tmp_path / 'own'}") == own

    def test_links_are_there_all_the_while_they_are_made_again(self, tmp_path: Path) -> None:
        """A running `pulumi up` looks for its language host and for kubectl there while another command starts."""
        old, new = (program(tmp_path / name, "demo", "1.2.0") for name in ("old", "new"))
        folder = tmp_path / "bin"
        tools.link_all(Toolbox(paths={"demo": old, "gone": old}), folder)
        (folder / "wrapped").touch()
        ended, missed = threading.Event(), []

        def look() -> None:
            while not ended.is_set():
                if not (folder / "demo").exists():
                    missed.append(1)

        watcher = threading.Thread(target=look)
        watcher.start()
        for _ in range(200):
            tools.link_all(Toolbox(paths={"demo": new, "wrapped": old}), folder, but=("wrapped",))
        ended.set()
        watcher.join()
        assert missed == []
        assert (folder / "demo").resolve() == new
        assert not (folder / "wrapped").is_symlink()
        assert {path.name for path in folder.iterdir()} == {find.MARK, "demo", "wrapped"}

    def test_program_that_cannot_run_is_not_taken(self, tmp_path: Path) -> None:
        (tmp_path / "demo").write_bytes(b"\x7fELF broken")
        (tmp_path / "demo").chmod(0o755)
        assert find.on_path(BASE, str(tmp_path)) is None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A project's download site on loopback: its folder and its address."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def archive_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


class TestDownload:
    """Nothing that was downloaded is used before the project's published checksum has matched."""

    def tool(self, url: str, member: str | None = None, also: tuple[str, ...] = ()) -> Tool:
        source = Download(f"{url}/demo-1.2.3", f"{url}/sums", member)
        return replace(BASE, download=source, also=also)

    def test_program_with_matching_checksum_is_installed_executable(
        self, site: tuple[Path, str], tmp_path: Path
    ) -> None:
        folder, url = site
        (folder / "demo-1.2.3").write_bytes(b"#!/bin/sh\n")
        (folder / "sums").write_text(hashlib.sha256(b"#!/bin/sh\n").hexdigest() + "  demo-1.2.3\n")
        assert download(self.tool(url), tmp_path / "out")
        assert os.access(tmp_path / "out" / "demo", os.X_OK)

    def test_wrong_checksum_installs_nothing_and_names_both(
        self, site: tuple[Path, str], tmp_path: Path
    ) -> None:
        folder, url = site
        (folder / "demo-1.2.3").write_bytes(b"evil")
        (folder / "sums").write_text("0" * 64 + "\n")
        with pytest.raises(ToolError) as caught:
            download(self.tool(url), tmp_path / "out")
        assert str(caught.value) == (
            f"{url}/demo-1.2.3 has sha256 {hashlib.sha256(b'evil').hexdigest()}, but {url}/sums says {'0' * 64}; "
            "demo was not installed. Try again; if it stays so, somebody is between you and the project's site"
        )
        assert not (tmp_path / "out").exists()

    def test_checksum_file_without_the_program_is_an_error(
        self, site: tuple[Path, str], tmp_path: Path
    ) -> None:
        folder, url = site
        (folder / "sums").write_text("0" * 64 + "  other\n" + "1" * 64 + "  another\n")
        with pytest.raises(
            ToolError, match=re.escape(f"{url}/sums has no sha256 for demo-1.2.3; demo was not")
        ):
            download(self.tool(url), tmp_path / "out")

    def test_site_that_does_not_answer_is_told_apart(self, tmp_path: Path) -> None:
        with pytest.raises(UnreachableError):
            download(self.tool("http://127.0.0.1:1"), tmp_path / "out")

    def test_plain_http_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match="is not an https address"):
            download(self.tool("http://example.invalid"), tmp_path / "out")

    def test_archive_gives_the_program_and_its_companions_only(
        self, site: tuple[Path, str], tmp_path: Path
    ) -> None:
        folder, url = site
        data = archive_of(
            {"demo/demo": b"a", "demo/demo-host": b"b", "../../escaped": b"c", "demo/other": b"d"}
        )
        (folder / "demo-1.2.3").write_bytes(data)
        (folder / "sums").write_text(hashlib.sha256(data).hexdigest())
        download(self.tool(url, "demo/demo", ("demo-host",)), tmp_path / "a" / "b" / "out")
        assert sorted(p.name for p in (tmp_path / "a").rglob("*") if p.is_file()) == ["demo", "demo-host"]

    def test_archive_without_the_program_leaves_nothing(self, site: tuple[Path, str], tmp_path: Path) -> None:
        folder, url = site
        data = archive_of({"demo/other": b"d"})
        (folder / "demo-1.2.3").write_bytes(data)
        (folder / "sums").write_text(hashlib.sha256(data).hexdigest())
        with pytest.raises(ToolError, match="the archive of demo is not as expected"):
            download(self.tool(url, "demo/demo"), tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
    @pytest.mark.parametrize("link", ["/etc/passwd", "demo/demo", "../../escaped", "demo/other"])
    def test_program_that_is_a_link_or_device_in_its_archive_is_refused(
        self, tmp_path: Path, kind: bytes, link: str
    ) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            other = tarfile.TarInfo("demo/other")
            tar.addfile(other, io.BytesIO())
            info = tarfile.TarInfo("demo/demo")
            info.type, info.linkname = kind, link
            tar.addfile(info)
        tool = self.tool("https://example.invalid", "demo/demo")
        assert tool.download
        with pytest.raises(ToolError) as caught:
            unpack(tool, tool.download, buffer.getvalue(), tmp_path / "out")
        assert str(caught.value) == (
            "the archive of demo is not as expected: demo/demo is no file in it; demo was not installed. Set another "
            "version in sandbox/tools/pins.py, or put the program on PATH"
        )
        assert list(tmp_path.iterdir()) == []

    def test_archive_that_is_none_or_is_cut_off_is_refused(self, tmp_path: Path) -> None:
        tool = self.tool("https://example.invalid", "demo/demo")
        assert tool.download
        whole = archive_of({"demo/demo": os.urandom(5000)})
        for data in (b"", b"no archive", whole[: len(whole) // 2], b"\x1f\x8b" + bytes(50)):
            with pytest.raises(ToolError, match="the archive of demo is not as expected: it "):
                unpack(tool, tool.download, data, tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_redirection_out_of_tls_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        answer = io.BytesIO(b"x")
        answer.url = "http://example.invalid/demo"  # type: ignore[attr-defined]
        monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: answer)
        with pytest.raises(ToolError, match=r"http://example\.invalid/demo is not an https address"):
            download(self.tool("https://example.invalid"), tmp_path / "out")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("a" * 64 + "\n", "a" * 64, id="bare"),
            pytest.param(
                "a" * 64 + "  x\n" + "b" * 64 + " *demo\n", "b" * 64, id="line of the file, binary mark"
            ),
            pytest.param("a" * 64 + "  demo.sig\n", None, id="only another file"),
            pytest.param("<html>not found</html>", None, id="an error page"),
            pytest.param("", None, id="empty"),
        ],
    )
    def test_checksum_is_read_from_both_forms(self, text: str, expected: str | None) -> None:
        assert published_checksum(text, "demo") == expected


class TestBuild:
    """A build that cannot succeed says so in one line, before or after Go did."""

    def test_missing_go_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ToolError) as caught:
            build.check_go()
        assert str(caught.value) == (
            "Go is missing, and the sandbox's programs are built with it; install Go from https://go.dev/dl"
        )

    def test_old_go_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        program(tmp_path, "go", "go version go1.19.8 linux/amd64")
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(
            ToolError, match=r"'go version go1\.19\.8 linux/amd64' is too old; install Go 1\.21"
        ):
            build.check_go()

    def test_full_disk_is_told_before_the_first_build(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        program(tmp_path / "bin", "go", str(tmp_path))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        huge = pins.Build("m", "p", disk=1e9)
        with pytest.raises(
            ToolError, match=r"the tool folder is on a disk with .* GiB free, and building takes about"
        ):
            build.check_disk([huge], tmp_path / "not" / "there" / "yet")

    @pytest.mark.parametrize(
        ("says", "message"),
        [
            pytest.param(
                "x: dial tcp: lookup nowhere: no such host", "cannot download Go modules", id="no network"
            ),
            pytest.param(
                "write /x: no space left on device", "the disk is full while building", id="full disk"
            ),
            pytest.param(
                "x.go:1: undefined: y", "go build in sandbox/modules/pulumi failed: x.go:1", id="compiler"
            ),
        ],
    )
    def test_failure_is_one_line_and_leaves_nothing(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, message: str
    ) -> None:
        (tmp_path / "go").write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
        (tmp_path / "go").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        tool = replace(BASE, build=pins.Build("pulumi", "example.org/demo"))
        with pytest.raises(ToolError, match=message) as caught:
            build.build(tool, tmp_path / "out")
        assert "\n" not in str(caught.value)
        assert list((tmp_path / "out").iterdir()) == []

    def test_crds_of_another_checksum_are_not_installed(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        program(tmp_path / "bin", "go", '{"Sum": "h1:other", "Dir": "/nowhere"}')
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        with pytest.raises(ToolError, match=re.escape(f"has checksum h1:other, pinned is {pins.CRDS_SUM}")):
            build.fetch_crds(tmp_path / "crds")
        assert not (tmp_path / "crds").exists()


class TestEnsure:
    """What is there is reused; only what is missing is brought."""

    @pytest.fixture(autouse=True)
    def cache(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        monkeypatch.setenv("CALICO_LABS_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setattr(tools, "TOOLS", (replace(BASE, build=pins.Build("pulumi", "p")),))
        (tmp_path / "cache" / "tools" / f"calico-crds-{pins.CRDS_VERSION}").mkdir(parents=True)
        return tmp_path / "cache"

    def built(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        done: list[str] = []

        def fake(tool: Tool, folder: Path) -> None:
            done.append(tool.name)
            program(folder, tool.name, "1.2.3")

        monkeypatch.setattr(build, "check_go", lambda: None)
        monkeypatch.setattr(build, "check_disk", lambda builds, folder: None)
        monkeypatch.setattr(build, "build", fake)
        return done

    def test_second_time_builds_nothing(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        done = self.built(monkeypatch)
        first = tools.ensure()
        assert done == ["demo"]
        assert tools.ensure().paths == first.paths
        assert done == ["demo"]
        assert first.path("demo") == cache / "tools" / "demo-1.2.3" / "demo"
        assert first.origins == {"demo": "built, 1.2.3"}

    def test_only_what_is_enough_is_brought(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        """A preview on a new machine waits for Pulumi, not for an API server that it never starts."""
        done = self.built(monkeypatch)
        (cache / "tools" / f"calico-crds-{pins.CRDS_VERSION}").rmdir()
        other = replace(BASE, name="other", build=pins.Build("other", "o"))
        monkeypatch.setattr(tools, "TOOLS", (*tools.TOOLS, other))
        monkeypatch.setattr(build, "fetch_crds", lambda folder: done.append("CRDs"))
        assert set(tools.ensure(only=("demo",)).paths) == {"demo"}
        assert done == ["demo"]

    def test_two_at_once_build_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`make tools` beside a test run: both see that it is missing, one builds it, the other waits."""
        done: list[str] = []

        def slow(tool: Tool, folder: Path) -> None:
            time.sleep(0.2)
            done.append(tool.name)
            program(folder, tool.name, "1.2.3")

        self.built(monkeypatch)
        monkeypatch.setattr(build, "build", slow)
        with ThreadPoolExecutor(2) as pool:
            boxes = list(pool.map(lambda _: tools.ensure(), range(2)))
        assert done == ["demo"]
        assert boxes[0].paths == boxes[1].paths

    def test_program_on_path_is_not_built(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        done = self.built(monkeypatch)
        program(tmp_path / "bin", "demo", "1.2.3")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        assert tools.ensure().origins == {"demo": "on PATH"}
        assert done == []

    def test_download_needs_no_go(self, monkeypatch: pytest.MonkeyPatch, site: tuple[Path, str]) -> None:
        """`labctl preview` on a machine without Go, for which Pulumi publishes an archive."""
        folder, url = site
        (folder / "demo").write_bytes(b"#!/bin/sh\n")
        (folder / "sums").write_text(hashlib.sha256(b"#!/bin/sh\n").hexdigest())
        source = Download(f"{url}/demo", f"{url}/sums")
        monkeypatch.setattr(
            tools, "TOOLS", (replace(BASE, download=source, build=pins.Build("pulumi", "p")),)
        )
        assert tools.ensure(only=("demo",)).origins == {"demo": "downloaded, 1.2.3"}

    def test_unreachable_site_means_building(self, monkeypatch: pytest.MonkeyPatch) -> None:
        done = self.built(monkeypatch)
        offline = Download("http://127.0.0.1:1/demo", "http://127.0.0.1:1/sums")
        monkeypatch.setattr(
            tools, "TOOLS", (replace(BASE, download=offline, build=pins.Build("pulumi", "p")),)
        )
        tools.ensure()
        assert done == ["demo"]

    def test_wrong_checksum_is_not_answered_by_building(
        self, monkeypatch: pytest.MonkeyPatch, site: tuple[Path, str]
    ) -> None:
        done = self.built(monkeypatch)
        folder, url = site
        (folder / "demo").write_bytes(b"evil")
        (folder / "sums").write_text("0" * 64)
        source = Download(f"{url}/demo", f"{url}/sums")
        monkeypatch.setattr(
            tools, "TOOLS", (replace(BASE, download=source, build=pins.Build("pulumi", "p")),)
        )
        with pytest.raises(ToolError, match="was not installed"):
            tools.ensure()
        assert done == []

    def test_unknown_program_names_the_known_ones(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.built(monkeypatch)
        with pytest.raises(ToolError, match="'nothing' is no program of the sandbox; known are demo"):
            tools.ensure().path("nothing")


class TestPins:
    """Every program can be had, and what is built is pinned by a committed go.mod and go.sum."""

    def test_every_tool_can_be_built(self) -> None:
        tools = (*pins.TOOLS, *pins.REAL_TOOLS)
        assert len(tools) > len(pins.TOOLS) > 0
        for tool in tools:
            assert tool.build is not None, tool.name

    def test_every_module_is_committed_with_its_sums(self) -> None:
        tools = (*pins.TOOLS, *pins.REAL_TOOLS)
        modules = {tool.build.module for tool in tools if tool.build} | {pins.LANGUAGE_HOST.module}
        assert {path.name for path in build.MODULES.iterdir()} == modules
        for module in modules:
            folder = build.MODULES / module
            if "require" in (folder / "go.mod").read_text(encoding="utf-8"):
                assert (folder / "go.sum").stat().st_size > 0

    @pytest.mark.parametrize(
        ("module", "path", "version"),
        [
            ("pulumi", "github.com/pulumi/pulumi/pkg/v3", pins.PULUMI_VERSION),
            ("pulumi-python", "github.com/pulumi/pulumi/sdk/v3", pins.LANGUAGE_HOST_VERSION),
            ("kubernetes", "k8s.io/kubernetes", pins.KUBERNETES_VERSION),
            ("kubernetes", "go.etcd.io/etcd/server/v3", pins.ETCD_VERSION),
            ("kwok", "sigs.k8s.io/kwok", pins.KWOK_VERSION),
            ("tigera-operator", "github.com/tigera/operator", pins.OPERATOR_VERSION),
            # Go's name for v3.28.5, that is pins.CALICO_MODULE_VERSION.
            ("calico", "github.com/projectcalico/calico", "1.11.0-cni-plugin.0.20250813170300-a0db560f0520"),
            ("coredns", "github.com/coredns/coredns", pins.COREDNS_VERSION),
        ],
    )
    def test_pin_and_go_mod_name_the_same_version(self, module: str, path: str, version: str) -> None:
        text = (build.MODULES / module / "go.mod").read_text(encoding="utf-8")
        assert re.search(rf"{re.escape(path)} v{re.escape(version)}$", text, re.M)

    def test_downloads_are_https_with_a_checksum_beside(self) -> None:
        sources = [tool.download for tool in pins.TOOLS if tool.download]
        assert sources
        for source in sources:
            assert source.url.startswith("https://")
            assert source.checksum_url.startswith("https://")

    def test_machine_nobody_publishes_for_has_no_download(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platform.machine", lambda: "riscv64")
        assert pins.fill("x-{os}-{arch}", (("x86_64", "amd64"),)) is None


class TestProgress:
    """Long steps say what, how many are left, and the time so far; plainly where there is no terminal."""

    def test_plain_lines_name_step_number_and_what_is_left(self) -> None:
        output = io.StringIO()
        steps = Steps("t", 2, Console(file=output, force_terminal=False))
        with steps.step("building a", 65):
            pass
        with steps.step("building b", 5):
            pass
        assert output.getvalue().splitlines() == [
            "[1/2] building a: about 1 min 05 s, then 1 left",
            "[1/2] building a: done in 0 s (1 left, 0 s so far)",
            "[2/2] building b: about 5 s, then 0 left",
            "[2/2] building b: done in 0 s (0 left, 0 s so far)",
        ]

    def test_failed_step_is_not_reported_as_done(self) -> None:
        output = io.StringIO()
        steps = Steps("t", 1, Console(file=output, force_terminal=False))
        with pytest.raises(ToolError), steps.step("building a", 1):
            raise ToolError("no")
        assert "done" not in output.getvalue()

    def test_terminal_gets_a_live_display(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm")  # on a dumb one nothing is drawn over
        output = io.StringIO()
        steps = Steps("t", 1, Console(file=output, force_terminal=True, width=100))
        with steps.step("building a", 1):
            pass
        assert "building a (about 1 s)" in output.getvalue()
        assert "0/1" in output.getvalue()

    @pytest.mark.parametrize(
        ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (185.0, "3 min 05 s")]
    )
    def test_duration_is_readable(self, seconds: float, text: str) -> None:
        assert duration(seconds) == text


def test_labctl_without_its_environment_says_what_to_do(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "bin").mkdir(parents=True)
    script = project / "bin" / "labctl"
    script.write_bytes((build.MODULES.parent.parent / "bin" / "labctl").read_bytes())
    script.chmod(0o755)
    result = subprocess.run([script], capture_output=True, text=True, check=False)
    assert result.returncode == 3
    assert result.stderr.strip() == (
        f"labctl: {project}/.venv/bin/python is not there; run 'make venv' in {project} first"
    )
