"""A change of YAML alone runs nothing but the program, asks nobody, reads nothing but the revision's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from preview import stand_ins
from preview.backend import Backend, stacks_of
from preview.errors import PreviewError
from preview.foreign import project_refusals, stack_refusals
from sandbox import engine
from sandbox.home import PROJECT
from sandbox.tools import Toolbox

STACKS = stacks_of(PROJECT)


def written(folder: Path, text: str) -> Path:
    (folder / "Pulumi.lab.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("stack", STACKS)
def test_no_stack_of_this_project_is_refused(stack: str) -> None:
    assert stack_refusals(PROJECT, stack) == ()
    assert project_refusals(PROJECT) == ()


class TestStackFiles:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param(
                "secretsprovider: awskms://alias/x?region=y&endpoint=http://127.0.0.1:9\nconfig: {}\n",
                "Pulumi.lab.yaml: secretsprovider is set but it names a service that holds keys, and a preview asks "
                "none; remove it",
                id="key service",
            ),
            pytest.param(
                "encryptedkey: AAAA\nconfig: {}\n",
                "Pulumi.lab.yaml: encryptedkey is set but it is a key of somebody else's, and a preview has no "
                "secrets; remove it",
                id="wrapped key",
            ),
            pytest.param(
                "encryptionsalt: v1:AAAA\n",
                "Pulumi.lab.yaml: encryptionsalt is set but it belongs to a passphrase, and a preview has no "
                "secrets; remove it",
                id="salt",
            ),
            pytest.param(
                "environment: [team/production]\n",
                "Pulumi.lab.yaml: environment is set but it imports from a service, and a preview asks none; "
                "remove it",
                id="environment",
            ),
            pytest.param(
                "environment: {values: {x: {'fn::open::aws-login': {}}}}\n",
                "Pulumi.lab.yaml: environment is set but it imports from a service, and a preview asks none; "
                "remove it",
                id="environment with functions",
            ),
            pytest.param(
                "plugins: {providers: [{name: azure-native, path: ./evil}]}\n",
                "Pulumi.lab.yaml: plugins is set but a preview does not know what it would do; remove it",
                id="plugins",
            ),
            pytest.param(
                "config:\n  calico-labs:windowsAdminPassword:\n    secure: v1:AAAA\n",
                "Pulumi.lab.yaml: calico-labs:windowsAdminPassword is encrypted but a preview has no secrets; keep it "
                "out of the committed file, a stand-in takes its place",
                id="encrypted value",
            ),
            pytest.param(
                "config:\n  calico-labs:images:\n    customer:\n    - {secure: v1:AAAA}\n",
                "Pulumi.lab.yaml: calico-labs:images is encrypted but a preview has no secrets; keep it out of the "
                "committed file, a stand-in takes its place",
                id="encrypted deep inside",
            ),
            pytest.param(
                "config: [a]\n",
                "Pulumi.lab.yaml: config is '['a']' but no mapping; write keys and values",
                id="list",
            ),
            pytest.param("- a\n", "Pulumi.lab.yaml is no mapping; write keys and values", id="no mapping"),
            pytest.param("a: &a [x]\nb: *a\n", "Pulumi.lab.yaml has an alias at line 2; mend it", id="alias"),
        ],
    )
    def test_what_asks_for_more_than_a_preview_gives_is_refused(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        assert stack_refusals(written(tmp_path, text), "lab") == (message,)

    @pytest.mark.parametrize(
        "path",
        ["/etc/passwd", "../outside", "a/../../outside", "~/.kube/config", "~root/x", "a\0b", "link/x"],
    )
    def test_kubeconfig_outside_of_the_project_is_refused(self, tmp_path: Path, path: str) -> None:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "link").symlink_to("/etc")
        written(folder, yaml.safe_dump({"config": {"calico-labs:kubeconfig": path}}))
        [refusal] = stack_refusals(folder, "lab")
        assert refusal.isprintable()
        assert refusal.endswith(
            "but that is outside of the project; name a file in it (a preview reads nothing else)"
        )

    def test_kubeconfig_inside_is_taken(self, tmp_path: Path) -> None:
        assert stack_refusals(written(tmp_path, "config: {calico-labs:kubeconfig: a/b}\n"), "lab") == ()

    def test_nobody_is_asked_for_nodes_even_if_the_file_says_so(self, tmp_path: Path) -> None:
        """A kubeconfig of the revision's own could name any server."""
        written(
            tmp_path,
            "config:\n  calico-labs:kubeconfig: own\n  calico-labs:context: x\n  calico-labs:nodeNames: ''\n",
        )
        (tmp_path / "own").write_text("clusters: []\n", encoding="utf-8")
        stand_ins.complete(tmp_path, "lab", frozenset({"nodeNames"}))
        config = yaml.safe_load((tmp_path / "Pulumi.lab.yaml").read_text(encoding="utf-8"))["config"]
        assert config["calico-labs:nodeNames"] == stand_ins.NODES


class TestProjectFiles:
    def refusals(self, folder: Path, **changes: Any) -> tuple[str, ...]:
        document = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
        document.update(changes)
        (folder / "Pulumi.yaml").write_text(
            yaml.safe_dump({key: value for key, value in document.items() if value is not None}),
            encoding="utf-8",
        )
        return project_refusals(folder)

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("backend", {"url": "https://api.example.invalid"}),
            ("main", "../../.."),
            ("plugins", {"providers": [{"name": "azure-native", "path": "./evil"}]}),
            ("packages", {"evil": "./evil"}),
            ("stackConfigDir", "../../.."),
            ("options", {"refresh": "always"}),
        ],
    )
    def test_backends_programs_and_folders_elsewhere_are_refused(
        self, tmp_path: Path, key: str, value: object
    ) -> None:
        [refusal] = self.refusals(tmp_path, **{key: value})
        assert refusal == (
            f"Pulumi.yaml: {key} is set but a preview takes only name, description, author, website, license, runtime, "
            "config; remove it (it could name a backend, a program or a folder elsewhere)"
        )

    @pytest.mark.parametrize(
        "runtime",
        [
            "nodejs",
            {"name": "yaml"},
            {"name": "python", "options": {"virtualenv": "../../evil"}},
            {"name": "python", "options": {"toolchain": "uv", "virtualenv": ".venv"}},
            {"name": "go", "options": {"binary": "./evil"}},
            {"name": "../../evil"},
            None,
        ],
    )
    def test_any_other_way_to_run_the_program_is_refused(self, tmp_path: Path, runtime: object) -> None:
        [refusal] = self.refusals(tmp_path, runtime=runtime)
        assert refusal.startswith("Pulumi.yaml: runtime is '")

    @pytest.mark.parametrize("name", [None, "", "../x", "a b", "$(touch ran)", 3.5, ["a"]])
    def test_name_that_is_none_is_refused(self, tmp_path: Path, name: object) -> None:
        found = self.refusals(tmp_path, name=name)
        assert found == () if name == 3.5 else found[0].startswith("Pulumi.yaml: name is '")

    def test_missing_file_is_one_message(self, tmp_path: Path) -> None:
        assert project_refusals(tmp_path) == (
            "Pulumi.yaml cannot be read: No such file or directory; mend it",
        )


class TestBackend:
    """The same, through what runs the engine; the engine itself is never reached."""

    @pytest.fixture
    def never(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden(*_: object, **__: object) -> None:
            raise AssertionError("must not be called")

        monkeypatch.setattr(engine, "pulumi", forbidden)
        monkeypatch.setattr(engine, "prepare", forbidden)

    def test_refused_stack_is_never_given_to_the_engine(self, tmp_path: Path, never: None) -> None:
        source = tmp_path / "source"
        source.mkdir()
        (source / "Pulumi.yaml").write_bytes((PROJECT / "Pulumi.yaml").read_bytes())
        written(source, "secretsprovider: hashivault://x\n")
        backend = Backend(tmp_path / "root", Toolbox(), source, source)
        backend.prepare(["lab"])
        outcome = backend.run("lab")
        assert outcome.head_errors == outcome.base_errors == stack_refusals(source, "lab")
        assert (outcome.preview, outcome.base_state) == ({}, {})

    def test_program_sees_no_credential_of_whoever_previews_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in (
            "ARM_CLIENT_SECRET",
            "GITHUB_TOKEN",
            "AZURE_STORAGE_KEY",
            "PULUMI_ACCESS_TOKEN",
            "KUBECONFIG",
        ):
            monkeypatch.setenv(name, "secret")
        seen: list[dict[str, str]] = []
        monkeypatch.setattr(engine, "pulumi", lambda *arguments: seen.append(arguments[3]))
        Backend(tmp_path, Toolbox(), tmp_path, tmp_path)._pulumi("head", "dev", "preview")
        [environment] = seen
        assert "secret" not in environment.values()
        assert environment["HOME"].startswith(str(tmp_path))
        assert environment["PULUMI_BACKEND_URL"].startswith(f"file://{tmp_path}")

    @pytest.mark.parametrize("name", ["$(touch ran)", "-rf", "a b", "x;y", "", "é", "a" * 101, "x\ny"])
    def test_stack_named_like_a_command_is_refused(self, tmp_path: Path, name: str) -> None:
        (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
        with pytest.raises(PreviewError, match="but that is no name of a stack; rename"):
            stacks_of(tmp_path)

    def test_folder_named_like_a_stack_file_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.folder.yaml").mkdir()
        assert stacks_of(tmp_path) == []
