"""The script that posts the report, run by Node with a GitHub that only notes what it is asked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.preview.comment_runner import HEAD, MARKER, NODE, comment, script

pytestmark = pytest.mark.skipif(
    NODE is None, reason="Node is not installed; CI has it, and actionlint reads the file"
)

RUNNER = """
const calls = [];
const note = (name) => async (args) => { calls.push([name, args]); };
const given = JSON.parse(process.env.GIVEN);
const rest = {
  pulls: { list: 'pulls' },
  issues: { listComments: 'comments', updateComment: note('update'), createComment: note('create') },
};
const github = {
  rest,
  paginate: async (what, args) => { calls.push([what, args]); return given[what]; },
};
const context = { repo: { owner: 'o', repo: 'r' }, payload: { workflow_run: given.run } };
const core = { info: (text) => calls.push(['info', text]) };
const Function_ = Object.getPrototypeOf(async () => {}).constructor;
new Function_('github', 'context', 'core', 'require', process.env.SCRIPT)(github, context, core, require)
  .then(() => console.log(JSON.stringify(calls)));
"""


def posted(report: Path, pulls: list[Any], comments: list[Any], branch: str = "branch") -> list[Any]:
    assert NODE
    run = {"head_sha": HEAD, "head_branch": branch, "head_repository": {"owner": {"login": "fork"}}}
    given = json.dumps({"run": run, "pulls": pulls, "comments": comments})
    result = subprocess.run(
        [NODE, "-e", RUNNER],
        env={"GIVEN": given, "SCRIPT": script(), "REPORT": str(report)},
        cwd=report.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(result.stdout))


PULL = {"number": 7, "head": {"sha": HEAD}}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.md"
    file.write_text("# Report\n", encoding="utf-8")
    return file


def test_first_report_is_a_new_comment(report: Path) -> None:
    *_, (call, arguments) = posted(report, [PULL], [])
    assert (call, arguments["issue_number"]) == ("create", 7)
    assert (
        arguments["body"] == f"{MARKER}\nMade by the code of this pull request, at {'a' * 12}.\n\n# Report\n"
    )


def test_next_report_replaces_ours_and_nobody_elses(report: Path) -> None:
    stranger = {"id": 1, "body": f"{MARKER} fake", "user": {"login": "somebody"}}
    ours = {"id": 2, "body": f"{MARKER}\nold", "user": {"login": "github-actions[bot]"}}
    *_, (call, arguments) = posted(report, [PULL], [stranger, ours])
    assert (call, arguments["comment_id"]) == ("update", 2)


def test_pull_request_that_moved_on_gets_no_comment(report: Path) -> None:
    assert posted(report, [{"number": 7, "head": {"sha": "b" * 40}}], [])[-1] == [
        "info",
        "the pull request has moved on or is closed",
    ]


def test_run_without_a_report_posts_nothing(tmp_path: Path) -> None:
    assert posted(tmp_path / "none.md", [PULL], []) == [["info", "no report that could be posted"]]


def test_link_instead_of_a_report_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    link = tmp_path / "report.md"
    link.symlink_to(tmp_path / "secret")
    assert posted(link, [PULL], []) == [["info", "no report that could be posted"]]


def test_mentions_pictures_and_markers_are_made_harmless(report: Path) -> None:
    report.write_text(f"@team ![x](https://example.org/x.png) {MARKER}", encoding="utf-8")
    body = posted(report, [PULL], [])[-1][1]["body"]
    assert body.count(MARKER) == 1
    assert "@team" not in body
    assert "![" not in body


def test_long_report_is_cut_to_what_a_comment_holds(report: Path) -> None:
    report.write_text("x" * 900_000, encoding="utf-8")
    assert len(posted(report, [PULL], [])[-1][1]["body"]) < 65_536


def test_hostile_branch_name_is_an_argument_like_any_other(report: Path) -> None:
    branch = "x'); process.exit(1); ('"
    calls = posted(report, [PULL], [], branch)
    assert calls[0] == ["pulls", {"owner": "o", "repo": "r", "state": "open", "head": f"fork:{branch}"}]
    assert calls[-1][0] == "create"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<img src=https://example.org/x.png>", id="picture in HTML"),
        pytest.param("<a href=https://example.org>x</a>", id="link in HTML"),
        pytest.param("[x](https://example.org)", id="link"),
        pytest.param("[x][y]\n\n[y]: //example.org", id="link by reference"),
        pytest.param("![x][y]\n\n[y]: //example.org", id="picture by reference"),
        pytest.param("<https://example.org>", id="address in brackets"),
        pytest.param("[x](x)![y](y)", id="two in a row"),
    ],
)
def test_nothing_of_a_report_can_be_clicked_or_loaded(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(comment(text).removeprefix(MARKER))
    inner = [child.type for token in tokens for child in token.children or []]
    assert inner
    assert not {"link_open", "image", "html_inline"} & set(inner)
    assert "html_block" not in [token.type for token in tokens]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        pytest.param("fixes #12", "#12", id="issue"),
        pytest.param("owner/repo#12", "#12", id="issue of another repository"),
        pytest.param("GH-12", "GH-12", id="old spelling"),
        pytest.param("see https://github.com/o/r/issues/1", "https://", id="address"),
        pytest.param("see www.example.org", "www.", id="address without scheme"),
        pytest.param("https:\\//example.org", "https:\\", id="address behind an escape"),
        pytest.param("www\\.example.org", "www\\.", id="address without scheme behind an escape"),
        pytest.param("GH\\-12", "GH\\-", id="old spelling behind an escape"),
        pytest.param("&#64;team", "&#64;", id="mention by its number"),
        pytest.param("\u202eabc", "\u202e", id="reversed writing"),
        pytest.param("```mermaid\ngraph\n```", "```mermaid", id="diagram"),
        pytest.param("> ~~~ geojson\n> x", "~~~ geojson", id="map in a quotation"),
    ],
)
def test_nothing_of_a_report_is_acted_on_by_github(text: str, gone: str) -> None:
    assert gone not in comment(text)


def test_what_a_report_is_made_of_stays_readable() -> None:
    table = "| a | b |\n|---|---|\n| `x` | y |\n"
    blocks = "```diff\n~ a -> b\n```\n\n`````text\n```mermaid-like\n`````\n"
    report = f"# What\n\n- **FAILS:** `dev`\n\n{table}\n{blocks}"
    assert comment(report).endswith(report.replace("```mermaid", "```\u200bmermaid"))


@pytest.mark.parametrize("piece", ["@", "<", "#1", "`", "~", "````x", "]("])
def test_a_report_made_to_grow_or_to_take_long_is_cut_like_any_other(piece: str) -> None:
    assert len(comment(piece * 200_000)) < 65_536
