# ruff: noqa: E501 -- whole messages are asserted, and they are long
"""`labctl reach`: formats, exit codes, and no traceback for anything a user can get wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from labctl.reach_commands import reach
from tests.reach.project import APP, DENY, commit, make_project, policy


def run(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(reach, [str(argument) for argument in arguments])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_the_matrix_as_text(project: Path) -> None:
    found = run("matrix", "byocni", "--project", project)
    assert found.exit_code == 0
    assert found.output.splitlines()[2].split() == [
        *(
            "from",
            "\\",
            "to",
            "shop/web",
            "shop/db",
            "kube-system/coredns",
            "outside",
            "nodes",
            "pod",
            "range",
        )
    ]
    assert "  LoadBalancer shop/front port 80/TCP -> shop/web port 8080: closed" in found.output.splitlines()


def test_the_matrix_as_json_is_json(project: Path) -> None:
    body = json.loads(run("matrix", "byocni", "--format", "json", "--project", project).output)
    assert {"from": "shop/db", "to": "shop/web", "allowed": "nothing", "unknown": ""} in body["cells"]
    assert body["parties"][0] == {
        "name": "shop/web",
        "kind": "Deployment",
        "where": "apps/yaobank-org/10-app.yaml:1",
        "nets": [],
    }


def test_the_matrix_as_markdown_is_a_table(project: Path) -> None:
    lines = run("matrix", "byocni", "--format", "markdown", "--project", project).output.splitlines()
    widths = {line.count("|") for line in lines if line.startswith("|")}
    assert widths == {8}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_the_same_files_give_the_same_bytes(project: Path, form: str) -> None:
    first, second = (run("matrix", "byocni", "--format", form, "--project", project).output for _ in range(2))
    assert first == second
    assert str(project) not in first


def test_an_answer_can_go_to_a_file(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert (
        run("matrix", "byocni", "--format", "html", "-o", file, "--project", project).output
        == f"wrote {file}\n"
    )
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_format_is_not_taken_for_a_file(project: Path) -> None:
    found = run("matrix", "byocni", "--output", "json", "--project", project)
    assert found.exit_code == 2
    said = " ".join(re.sub("[│╭╰─╮╯]", " ", found.output).split())
    assert (
        "--output is 'json' but that is a format; write --format json, or give the file another name" in said
    )
    assert not Path("json").exists()


def test_diff_says_which_revision_cannot_be_judged(project: Path) -> None:
    commit(project, "as it was")
    (project / "Pulumi.byocni.yaml").rename(project / "Pulumi.fresh.yaml")
    for arguments, where in ((("-s", "fresh"), "HEAD"), ((), "the work tree")):
        found = run("diff", "HEAD", *arguments, "--project", project)
        assert found.exit_code == 2
        assert found.output.startswith(
            f"labctl: in {where}: Pulumi.{'fresh' if arguments else 'byocni'}.yaml: "
        )


def test_diff_names_files_as_they_are_called_in_the_project(project: Path) -> None:
    (project / "policies" / "byocni" / "99-x.yaml").write_text("}", encoding="utf-8")
    commit(project, "broken")
    (project / "policies" / "byocni" / "99-x.yaml").unlink()
    found = run("diff", "HEAD", "--project", project)
    assert found.exit_code == 2
    assert found.output.startswith("labctl: in HEAD: policies/byocni/99-x.yaml:1: ")


def test_lint_fails_when_it_finds_something(project: Path) -> None:
    assert run("lint", "byocni", "--project", project).exit_code == 1  # the LoadBalancer is closed
    make_project(project, policy("{types: [Ingress], ingress: [{action: Allow}]}"))
    found = run("lint", "byocni", "--project", project)
    assert (found.exit_code, found.output) == (0, "0 findings\n")


def test_diff_against_a_revision(project: Path) -> None:
    commit(project, "closed")
    make_project(project, DENY, policy("{types: [Ingress], ingress: [{action: Allow, protocol: UDP}]}"))
    found = run("diff", "HEAD", "--project", project)
    assert found.exit_code == 0
    assert "  shop/db -> shop/web: opens UDP" in found.output.splitlines()
    assert (
        run("diff", "HEAD", "HEAD", "--project", project).output
        == "byocni: traffic from HEAD to HEAD: no traffic changes\n"
    )


def test_explain_as_json(project: Path) -> None:
    body = json.loads(
        run("explain", "byocni", "db", "web", "80", "--format", "json", "--project", project).output
    )
    assert body["verdict"] == "deny"


def test_cases_end_with_the_line_for_machines(tmp_path: Path) -> None:
    own = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    assert own
    found = run("cases", *own)
    assert found.exit_code == 0
    assert found.output.splitlines()[-1] == "cases=38 flows=91 mismatches=0 refused=0"
    bad = tmp_path / "bad.yaml"
    bad.write_text("cases: [{id: x, pods: 3}]\n", encoding="utf-8")
    found = run("cases", bad)
    assert found.exit_code == 1
    assert found.output.splitlines()[-1] == "cases=1 flows=0 mismatches=0 refused=1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["matrix", "nope"], "labctl: Pulumi.nope.yaml: the stack does not exist; choose one of byocni (a stack is a file of that name)"),
        (["explain", "byocni", "web", "nobody"], "labctl: 'nobody' is neither a workload, a region nor an address; choose one of shop/web, shop/db, kube-system/coredns, outside, nodes, pod range, or an address"),
        (["explain", "byocni", "web", "db", "x"], "labctl: 'x' is not a port; write 80, udp/53, 53/UDP, icmp or protocol/47"),
        (["explain", "byocni", "::1", "db"], "labctl: the two ends have no IP version in common; name two of one version"),
        (["matrix", "byocni", "-o", "/nonexistent/x"], "labctl: /nonexistent/x: No such file or directory"),
    ],
    ids=["stack", "end", "port", "two IP versions", "output"],
)  # fmt: skip
def test_what_a_user_gets_wrong_is_one_line_and_exit_code_2(
    project: Path, arguments: list[str], message: str
) -> None:
    found = run(*arguments, "--project", project)
    assert found.exit_code == 2
    assert found.stderr.splitlines() == [message]


def test_a_refused_policy_names_file_and_line(project: Path) -> None:
    make_project(project, policy("{types: [Ingress],\n  selector: 'a = b'}"))
    found = run("matrix", "byocni", "--project", project)
    assert found.exit_code == 2
    assert found.stderr == (
        "labctl: policies/byocni/00.yaml:5: spec.selector is 'a = b' but at character 3 expected an operator after the "
        "label a, found '='; correct the selector (docs/reach.md shows its grammar)\n"
    )


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("policies/byocni/00.yaml", "a: &a [*a]\n", "{project}/policies/byocni/00.yaml:1: the alias *a is not accepted; write the value out (what is deployed should be what can be read)"),
        ("policies/byocni/00.yaml", "#" * (10 * 1024 * 1024), "{project}/policies/byocni/00.yaml: the file has 10485760 bytes; keep it below 1048576 (manifests here are written by hand)"),
        ("policies/byocni/00.yaml", DENY.replace("NetworkPolicy", "NetwrkPolicy"), "{project}/policies/byocni/00.yaml:2: kind is 'NetwrkPolicy' but no lab deploys that kind; did you mean NetworkPolicy (what is not known here can be neither analysed nor waited for)"),
        ("policies/byocni/00.yaml", DENY.replace("podSelector: {}", "podSelector: 3"), "policies/byocni/00.yaml:5: spec.podSelector is '3' but not a mapping; write a mapping (its fields have names)"),
        ("apps/yaobank-org/10-app.yaml", APP.replace("spec: {containers: [{name: db, image: db:1}]}", "spec: [3]"), "apps/yaobank-org/10-app.yaml:19: spec.template.spec is '[3]' but not a mapping; write a mapping (its fields have names)"),
        ("Pulumi.byocni.yaml", "config: [1]\n", "Pulumi.byocni.yaml:1: config is '[1]' but not a mapping; write one setting a line (each has a name)"),
        ("Pulumi.byocni.yaml", "config: {calico-labs:podCidr: nonsense}\n", "the stack's settings: calico-labs:podCidr is 'nonsense' but not an address range; write it as 10.0.0.0/16 (pods and nodes have their addresses there)"),
    ],
    ids=["cyclic", "10 MB", "unknown kind", "policy of a wrong type", "workload of a wrong type", "config", "range"],
)  # fmt: skip
def test_a_file_that_cannot_be_judged_is_one_line_and_exit_code_2(
    project: Path, file: str, text: str, message: str
) -> None:
    (project / file).write_text(text, encoding="utf-8")
    found = run("matrix", "byocni", "--project", project)
    assert found.exit_code == 2
    assert found.stderr.splitlines() == ["labctl: " + message.format(project=project.as_posix())]
