"""The report: one line for what does not change, loud where a cluster goes, the same bytes for the same input, and
nothing in it that a pull request could make work."""

from __future__ import annotations

import re

import pytest

from labs.markdown import block, code, visible
from preview.changes import Change, Operation
from preview.rails import Rails
from preview.report import MOST_LINES, StackReport, failures, render
from preview.traffic import Traffic

CLUSTER = "azure-native:containerservice:ManagedCluster"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
WOULD_LOSE = (
    "`dev` would lose its cluster. If that is meant, label the pull request `replaces-cluster` "
    "(locally: `--allow-replace`)."
)
RULE = Change(Operation.UPDATE, POLICY, "policies-allow", (), ("~ spec.ingress[0].ports[0].port: 80 -> 81",))
LOST = Change(
    Operation.REPLACE, CLUSTER, "aks-cluster", ("networkProfile",), ('~ networkProfile.podCidr: "a" -> "b"',)
)
ALONG = Change(Operation.REPLACE, "kubernetes:core/v1:Service", "app", (), ())


def rendered(*stacks: StackReport, replacing_allowed: bool = False) -> str:
    return render("1" * 12, "2" * 12, stacks, replacing_allowed=replacing_allowed)


def test_whole_report_of_one_changed_line_and_one_stack_that_stays() -> None:
    traffic = Traffic(lines=("@@ closed @@", "- summary -> database: closes TCP 80"), summary="1 closed")
    text = rendered(StackReport("byocni", (RULE,), traffic, Rails(exempted=1)), StackReport("dev"))
    assert (
        text
        == """# What this change does to the labs

From `111111111111` to `222222222222`, on stand-in plugins: no cluster, no Azure, no credentials.

Nothing stands against it. 1 of 2 stacks change.

| stack | resources | traffic | guard rails |
|---|---|---|---|
| `byocni` | 1 to update | **1 closed** | none broken, 1 exempted |
| `dev` | unchanged | same | none broken |

## `byocni`

### Resources
```diff
~ update kubernetes:networking.k8s.io/v1:NetworkPolicy policies-allow
~     spec.ingress[0].ports[0].port: 80 -> 81
```

### Traffic
```diff
@@ closed @@
- summary -> database: closes TCP 80
```
"""
    )


def test_unchanged_stack_takes_one_line() -> None:
    assert [line for line in rendered(StackReport("dev")).splitlines() if "dev" in line] == [
        "| `dev` | unchanged | same | none broken |"
    ]


def test_same_change_of_several_stacks_is_shown_once_under_all_their_names() -> None:
    other = Change(Operation.UPDATE, POLICY, "policies-deny", (), ("~ spec.order: 1 -> 2",))
    text = rendered(StackReport("a", (RULE,)), StackReport("b", (other,)), StackReport("c", (RULE,)))
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## `a`, `c`", "## `b`"]
    assert text.count("ports[0].port: 80 -> 81") == 1
    assert [line for line in text.splitlines() if line.startswith("| `")] == [
        f"| `{stack}` | 1 to update | same | none broken |" for stack in "abc"
    ]


class TestLostCluster:
    def test_is_said_loudly_with_its_cause_and_what_goes_along_is_counted(self) -> None:
        provider = Change(
            Operation.REPLACE, "pulumi:providers:kubernetes", "p", (), ('~ kubeconfig: "a" -> "b"',)
        )
        text = rendered(StackReport("dev", (LOST, ALONG, provider)))
        assert "| **LOSES ITS CLUSTER**, **3 to replace** |" in text
        assert "> **THE CLUSTER GOES, and everything in it with it.** It is not updated in place." in text
        assert f"-/+ REPLACE {CLUSTER} aks-cluster, because of networkProfile" in text
        assert "-/+ REPLACE 2 more along with the cluster, as they are" in text

    def test_fails_unless_it_is_allowed(self) -> None:
        report = StackReport("dev", (LOST,))
        assert failures([report], replacing_allowed=False) == [WOULD_LOSE]
        assert failures([report], replacing_allowed=True) == []
        assert "LOSES ITS CLUSTER" in rendered(report, replacing_allowed=True)

    def test_removed_stack_file_destroys_nothing_and_says_so(self) -> None:
        report = StackReport("dev", (LOST,), note="removed")
        assert failures([report], replacing_allowed=False) == []
        assert "whoever has it running destroys it first, from base" in rendered(report)


class TestOtherFailures:
    def test_head_that_cannot_be_previewed_fails(self) -> None:
        report = StackReport("dev", head_errors=("1 setting cannot be built:\n  nodeCount is 'x'",))
        assert failures([report], replacing_allowed=False) == ["`dev` cannot be previewed."]
        text = rendered(report)
        assert "| **cannot be previewed** | - | - |" in text
        assert "1 setting cannot be built:\n  nodeCount is 'x'" in text

    def test_newly_broken_guard_rail_fails_and_an_old_one_does_not(self) -> None:
        new = StackReport("dev", rails=Rails(broken=("mandatory: x",), stops=True))
        old = StackReport("dev", rails=Rails(still=("mandatory: x",)))
        assert failures([new], replacing_allowed=True) == [
            "`dev` breaks a guard rail that it did not break before."
        ]
        assert failures([old], replacing_allowed=True) == []
        assert "| **1 newly broken** |" in rendered(new)
        assert "| 1 as before |" in rendered(old)

    def test_missing_verdict_on_traffic_is_said(self) -> None:
        text = rendered(StackReport("dev", traffic=Traffic(problem="not compared: no engine")))
        assert "| `dev` | unchanged | not compared | none broken |" in text
        assert "not compared: no engine" in text


HOSTILE = [
    "```\n# Approved",
    "````` text",
    "@maintainers merge this",
    "![x](https://example.org/track.png)",
    "<img src=x onerror=alert(1)>",
    "| a | b |",
    "\u202egnp.exe",
    "\x1b[31mred",
    "<!-- calico-labs-preview -->",
]


@pytest.mark.parametrize("hostile", HOSTILE)
class TestHostileText:
    """Names, values and messages come from the pull request; in the report they can only be read."""

    def test_stays_inside_its_code_block(self, hostile: str) -> None:
        change = Change(Operation.UPDATE, POLICY, hostile, (hostile,), (f"~ spec: {hostile}",))
        report = StackReport("dev", (change,), Traffic(lines=(hostile,)), Rails(broken=(hostile,)))
        outside: list[str] = []
        fence = ""
        for line in rendered(report).splitlines():
            ticks = re.match("`{3,}", line)
            if not fence and ticks:
                fence = ticks[0]
            elif fence and line == fence:
                fence = ""
            elif not fence:
                outside.append(line)
        assert fence == ""
        for part in hostile.splitlines():
            assert not any(part in line for line in outside), outside

    def test_inline_code_keeps_it_in_one_cell_and_one_line(self, hostile: str) -> None:
        shown = code(hostile)
        ticks = re.match("`+", shown)
        assert ticks
        inner = shown[len(ticks[0]) : -len(ticks[0])]
        assert ticks[0] not in inner
        assert not re.search(r"(?<!\\)\|", inner)
        assert shown.isprintable()


def test_line_that_is_too_long_is_cut_and_its_length_said() -> None:
    assert visible("x" * 500) == "x" * 400 + " ... (500 characters)"


def test_part_that_is_too_long_is_cut_and_counted() -> None:
    lines = tuple(f"line {number}" for number in range(MOST_LINES + 7))
    assert "and 7 lines more" in rendered(StackReport("dev", traffic=Traffic(lines=lines)))


def test_sentence_is_folded_so_that_nobody_has_to_scroll() -> None:
    sentence = "mandatory: rule: resource: " + "word " * 60 + "end"
    text = rendered(StackReport("dev", rails=Rails(broken=(sentence,))))
    block_of = text.partition("### Guard rails newly broken\n```text\n")[2].partition("\n```")[0].split("\n")
    assert len(block_of) > 2
    assert max(map(len, block_of)) <= 110
    assert " ".join(line.strip() for line in block_of) == sentence


def test_block_of_nothing_is_still_closed() -> None:
    assert block([]) == ["```text", "```"]
