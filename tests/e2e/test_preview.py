"""Previews on the real engine, without a cluster: what stays is one line, what changes is exactly what was changed.

Each test changes one thing in a copy of this project, as a pull request would.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from guardrails.judge import judge
from guardrails.sources import from_state
from preview import revisions
from preview.backend import Backend, Outcome, stacks_of
from preview.changes import Operation
from preview.every_stack import every_stack
from preview.plugins import KUBECONFIG
from preview.report import StackReport, failures, render
from preview.run import preview, report_of
from reach.revisions import commit_of
from sandbox.home import PROJECT
from sandbox.tools import Toolbox
from tests.guardrails.pack_server import serving

POLICY = "policies/byocni/25-database-from-summary.yaml"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as it is now, committed."""
    folder = tmp_path_factory.mktemp("original") / "calico-labs"
    revisions.copy_work_tree(PROJECT, folder)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all", ".")
    git(folder, "commit", "-q", "-m", "base")
    return folder


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    folder = tmp_path / "calico-labs"
    shutil.copytree(original, folder)
    return folder


def edit(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def previewed(project: Path, toolbox: Toolbox, *stacks: str) -> list[StackReport]:
    return preview(project, toolbox, commit_of(project, "main"), "", stacks)


@pytest.fixture(scope="module")
def outcomes(
    original: Path, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """Every stack, brought up from base and previewed from the same files."""
    stacks = stacks_of(original)
    assert len(stacks) >= 2
    backend = Backend(tmp_path_factory.mktemp("backend"), toolbox, original, original)
    backend.prepare(stacks)
    return {stack: backend.run(stack) for stack in stacks}


class TestEveryStackUnchanged:
    """Base is brought up, head is base: the engine itself finds nothing to do."""

    def test_takes_one_line_each(self, outcomes: dict[str, Outcome]) -> None:
        for stack, outcome in outcomes.items():
            assert outcome.base_errors == (), stack
            assert outcome.head_errors == (), stack
            report = report_of(stack, outcome, in_base=True, in_head=True, found=None)
            assert report.changes == (), stack
            assert report.unchanged, stack

    def test_state_that_the_engine_wrote_breaks_no_guard_rail(self, outcomes: dict[str, Outcome]) -> None:
        with serving() as pack:
            for stack, outcome in outcomes.items():
                resources = from_state({"deployment": outcome.base_state})
                assert len(resources) > 10
                broken = [verdict for verdict in judge(resources) if verdict.exempted is None]
                assert [verdict.finding.message for verdict in broken] == [], stack
                assert pack.both(resources) == [], stack

    def test_no_secret_is_in_clear_in_that_state(self, outcomes: dict[str, Outcome]) -> None:
        token = yaml.safe_load(KUBECONFIG)["users"][0]["user"]["token"]
        for stack, outcome in outcomes.items():
            assert token not in str(outcome.base_state), stack
            kubeconfigs = [
                resource["inputs"]["kubeconfig"]
                for resource in outcome.base_state["resources"]
                if resource["type"] == "pulumi:providers:kubernetes"
            ]
            assert kubeconfigs, stack
            assert all("ciphertext" in kubeconfig for kubeconfig in kubeconfigs), stack


class TestOnePolicyLine:
    """The report shows the rule that was changed, the cell it flips, and nothing else; twice the same bytes."""

    def test_is_shown_alone_and_always_alike(self, project: Path, toolbox: Toolbox) -> None:
        edit(project, POLICY, "port: 2379", "port: 2380")
        texts = []
        for _ in range(2):
            [report] = previewed(project, toolbox, "byocni")
            [change] = report.changes
            assert change.lines == ("~ spec.ingress[0].ports[0].port: 2379 -> 2380",)
            flipped = [line for line in report.traffic.lines if " -> " in line]
            assert flipped == ["- yaobank-summary/summary -> yaobank-database/database: closes TCP 2379"]
            assert report.traffic.summary == "1 closed"
            assert failures([report], replacing_allowed=False) == []
            texts.append(render("base", "head", [report], replacing_allowed=False))
        assert texts[0] == texts[1]


class TestReplacedCluster:
    def test_is_loud_and_fails_unless_allowed(self, project: Path, toolbox: Toolbox) -> None:
        with (project / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
            file.write("  calico-labs:podCidr: 10.250.0.0/16\n")
        (project / POLICY).unlink()
        [report] = previewed(project, toolbox, "dev")
        deleted = [change.name for change in report.changes if change.operation is Operation.DELETE]
        assert deleted == ["policies-yaobank-database-allow-from-summary"]
        [lost] = [change for change in report.changes if change.loses_cluster]
        assert lost.because == ("networkProfile",)
        assert lost.lines == ('~ networkProfile.podCidr: "10.244.0.0/16" -> "10.250.0.0/16"',)
        assert failures([report], replacing_allowed=False)
        assert failures([report], replacing_allowed=True) == []

    def test_one_more_node_replaces_nothing(self, project: Path, toolbox: Toolbox) -> None:
        edit(project, "Pulumi.dev.yaml", 'nodeCount: "1"', 'nodeCount: "3"')
        [report] = previewed(project, toolbox, "dev")
        [change] = report.changes
        assert not change.loses_cluster
        assert change.lines == ("~ agentPoolProfiles[0].count: 1 -> 3",)


class TestBrokenGuardRail:
    def test_policy_that_goes_is_named_with_what_it_opens(self, project: Path, toolbox: Toolbox) -> None:
        (project / "policies/byocni/01-database-default-deny.yaml").unlink()
        (project / "policies/byocni/11-database-dns.yaml").unlink()
        [report] = previewed(project, toolbox, "byocni")
        assert [re.sub(" but .*", "", line) for line in report.rails.broken] == [
            "mandatory: isolated-namespaces: app-namespaces-yaobank-database: namespace is 'yaobank-database'"
        ] * len(report.rails.broken)
        assert report.rails.stops
        assert any("opens" in line for line in report.traffic.lines)
        assert failures([report], replacing_allowed=True) == [
            "`byocni` breaks a guard rail that it did not break before."
        ]


class TestStacksThatComeAndGo:
    def test_new_one_is_shown_as_new_and_removed_one_as_removed(
        self, project: Path, toolbox: Toolbox
    ) -> None:
        (project / "Pulumi.dev.yaml").rename(project / "Pulumi.other.yaml")
        gone, new = previewed(project, toolbox, "dev", "other")
        assert (gone.note, new.note) == ("removed", "new")
        assert {change.operation.word for change in gone.changes} == {"delete"}
        assert {change.operation.word for change in new.changes} == {"create"}
        assert failures([gone, new], replacing_allowed=False) == []


class TestHead:
    def test_setting_that_the_rules_refuse_is_shown_in_their_words(
        self, project: Path, toolbox: Toolbox
    ) -> None:
        with (project / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
            file.write("  calico-labs:encapsulation: IPIP\n")
        [report] = previewed(project, toolbox, "dev")
        assert any("calico-labs:encapsulation is 'IPIP'" in text for text in report.head_errors)
        assert not any(str(project.parent) in text for text in report.head_errors)
        assert failures([report], replacing_allowed=True) == ["`dev` cannot be previewed."]


class TestHostileFiles:
    def test_kubeconfig_that_names_a_program_runs_nothing_in_the_plugins(
        self, project: Path, toolbox: Toolbox, tmp_path: Path
    ) -> None:
        """The program itself is the pull request's own code; what must not run is what only its data names."""
        ran = tmp_path / "ran"
        (project / "hostile").write_text(
            "apiVersion: v1\nkind: Config\n"
            "contexts: [{name: plain, context: {cluster: c, user: u}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:9'}}]\n"
            "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, "
            f"args: ['{ran}']}}}}}}]\n",
            encoding="utf-8",
        )
        (project / "Pulumi.hostile.yaml").write_text(
            "config:\n  calico-labs:lab: nke\n  calico-labs:kubeconfig: hostile\n  calico-labs:context: plain\n"
            "  calico-labs:kubeconfigExec: Enabled\n",
            encoding="utf-8",
        )
        [report] = previewed(project, toolbox, "hostile")
        assert report.head_errors == ()
        assert len(report.changes) > 10
        assert not ran.exists()

    def test_manifest_with_markup_is_shown_as_text(self, project: Path, toolbox: Toolbox) -> None:
        edit(
            project,
            POLICY,
            "  name: allow-from-summary",
            '  name: allow-from-summary\n  annotations: {x: "```\\n# ok"}',
        )
        [report] = previewed(project, toolbox, "dev")
        text = render("base", "head", [report], replacing_allowed=False)
        assert "\n# ok" not in text
        assert "````diff" in text


class TestEveryStack:
    """`make previews`: from nothing, with no cluster, no Azure and no sandbox that runs."""

    def test_all_of_the_projects_stacks_can_be_previewed(self, original: Path, toolbox: Toolbox) -> None:
        found = every_stack(original, toolbox)
        assert {one.stack: one.errors for one in found.stacks} == dict.fromkeys(stacks_of(PROJECT), ())
        resources = {one.stack: one.resources for one in found.stacks}
        assert min(resources.values()) > 10, resources
        assert resources["byocni"] == resources["dev"], "one more node is no more resources"
        assert resources["wireguard"] == resources["azurecni"] + 1, "encryption is one patch"

    def test_a_stack_that_the_rules_refuse_is_told_and_stops_no_other(
        self, project: Path, toolbox: Toolbox
    ) -> None:
        with (project / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
            file.write("  calico-labs:encapsulation: IPIP\n")
        refused, good = every_stack(project, toolbox, ["dev", "nke"]).stacks
        assert "calico-labs:encapsulation is 'IPIP'" in refused.errors[0]
        assert (good.stack, good.errors) == ("nke", ())


class TestWorkflows:
    def test_actionlint_has_nothing_to_say(self) -> None:
        """Built from its Go module at the version pinned in .github/actionlint."""
        files = sorted(str(path) for path in (PROJECT / ".github/workflows").glob("*.yml"))
        assert files
        result = subprocess.run(
            ["go", "run", "github.com/rhysd/actionlint/cmd/actionlint", "-no-color", *files],
            cwd=PROJECT / ".github" / "actionlint",
            env={**os.environ, "GOFLAGS": "-mod=readonly"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode, result.stdout) == (0, ""), result.stderr
