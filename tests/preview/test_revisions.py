"""Revisions: commits by id only, files without links, and names that are commands run nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from preview import revisions
from preview.errors import PreviewError
from reach.errors import ReachError
from reach.revisions import commit_of, extract


def git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],
        env=environment,
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text("ignored\n", encoding="utf-8")
    (folder / "file").write_text("one\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    return folder


def test_commit_and_work_tree_are_two_states(repository: Path, tmp_path: Path) -> None:
    (repository / "file").write_text("two\n", encoding="utf-8")
    (repository / "new").write_text("new\n", encoding="utf-8")
    (repository / "ignored").write_text("x\n", encoding="utf-8")
    extract(repository, commit_of(repository, "main"), tmp_path / "base")
    revisions.copy_work_tree(repository, tmp_path / "head")
    assert (tmp_path / "base" / "file").read_text() == "one\n"
    assert sorted(path.name for path in (tmp_path / "base").iterdir()) == [".gitignore", "file"]
    assert (tmp_path / "head" / "file").read_text() == "two\n"
    assert sorted(path.name for path in (tmp_path / "head").iterdir()) == [".gitignore", "file", "new"]


@pytest.mark.parametrize(
    "name", ["$(touch${IFS}ran)", "`touch${IFS}ran`", "x;touch${IFS}ran", "a|touch${IFS}ran&"]
)
def test_branch_named_like_a_command_is_found_and_runs_nothing(repository: Path, name: str) -> None:
    git(repository, "branch", name)
    assert commit_of(repository, name) == git(repository, "rev-parse", "main")
    assert list(repository.rglob("ran")) == []


@pytest.mark.parametrize("name", ["--output=ran", "--upload-pack=touch ran", "-x", "nothing", ""])
def test_what_is_no_revision_is_one_message_and_no_option(repository: Path, name: str) -> None:
    with pytest.raises(ReachError) as caught:
        commit_of(repository, name)
    assert str(caught.value) == (
        f"revision is '{name}' but git finds no commit by that name; name a commit, branch or tag "
        "(a shallow clone may lack it: fetch-depth 0)"
    )
    assert list(repository.rglob("ran")) == []


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "\x1b[2J"])
def test_revision_that_no_program_can_be_given_is_one_message(repository: Path, name: str) -> None:
    with pytest.raises(ReachError) as caught:
        commit_of(repository, name)
    assert str(caught.value).isprintable()


def test_links_are_left_out_of_both_states(repository: Path, tmp_path: Path) -> None:
    (repository / "out").symlink_to("/etc")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    extract(repository, commit_of(repository, "HEAD"), tmp_path / "base")
    revisions.copy_work_tree(repository, tmp_path / "head")
    assert not os.path.lexists(tmp_path / "base" / "out")
    assert not os.path.lexists(tmp_path / "head" / "out")


def test_commit_cannot_hide_a_file_from_its_preview(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("file export-ignore\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "hide")
    extract(repository, commit_of(repository, "HEAD"), tmp_path / "head")
    assert (tmp_path / "head" / "file").read_text(encoding="utf-8") == "one\n"


def test_path_that_leads_out_of_the_project_is_refused_and_writes_nothing(
    repository: Path, tmp_path: Path
) -> None:
    inner = bytes.fromhex(git(repository, "rev-parse", "main^{tree}"))
    # No plain command of git makes such a tree, but a push brings one.
    stdin = ("hash-object", "-t", "tree", "--literally", "-w", "--stdin")
    outer = git(repository, *stdin, given=b"40000 ..\0" + inner)
    commit = git(repository, "commit-tree", outer, "-m", "out")
    with pytest.raises(ReachError) as caught:
        extract(repository, commit, tmp_path / "base")
    assert str(caught.value) == (
        f"commit {commit} has the path '../.gitignore', which leads out of the project; remove it"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "repository"]


@pytest.mark.parametrize(
    ("limit", "enough", "message"),
    [
        ("most_files", 2, "{commit} has 2 manifests but at most 1 are read"),
        ("most_bytes", 8, ".gitignore has 8 bytes in {commit}; keep it small"),
    ],
    ids=["files", "bytes"],
)
def test_commit_with_one_more_than_is_read_is_refused(
    repository: Path, tmp_path: Path, limit: str, enough: int, message: str
) -> None:
    commit = commit_of(repository, "main")
    with pytest.raises(ReachError) as caught:
        extract(repository, commit, tmp_path / "refused", **{limit: enough - 1})
    assert str(caught.value) == message.format(commit=commit)
    extract(repository, commit, tmp_path / "base", **{limit: enough})


def test_folder_outside_a_repository_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(PreviewError, match="is in no git repository; previews compare revisions of one"):
        revisions.copy_work_tree(tmp_path, tmp_path / "head")
