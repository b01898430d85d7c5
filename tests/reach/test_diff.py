"""What a change opens and closes, between two git revisions, the dangerous first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reach.diff import Urgency, compare
from reach.errors import ReachError
from reach.render.diff_text import diff_as_json, diff_as_markdown, diff_as_text
from reach.render.rows import exposure_text
from reach.revisions import WORK_TREE, project_at
from reach.topology import Lab, load_lab
from tests.reach.project import APP, DENY, commit, global_policy, make_project, policy

OPEN_80 = policy(
    "{types: [Ingress], selector: app == 'web', ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]}"
)
FROM_DB = policy(
    "{types: [Ingress], selector: app == 'web', "
    "ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'db'}, destination: {ports: [80]}}]}"
)
NO_EGRESS = policy("{types: [Egress], egress: [{action: Allow, protocol: TCP}]}", name="out")


def two_labs(tmp_path: Path, base: tuple[str, ...], head: tuple[str, ...]) -> tuple[Lab, Lab]:
    """Return a lab before and after its policies change."""
    return (
        load_lab(make_project(tmp_path / "base", *base), "byocni"),
        load_lab(make_project(tmp_path / "head", *head), "byocni"),
    )


def test_the_same_policies_change_nothing(tmp_path: Path) -> None:
    found = compare(*two_labs(tmp_path, (DENY, OPEN_80), (DENY, OPEN_80)))
    assert found.empty
    assert diff_as_text("byocni", found) == "byocni: no traffic changes\n"
    assert diff_as_markdown("byocni", found) == "**`byocni`**: no traffic changes\n"


def test_one_line_flips_exactly_its_cells_and_names_its_rule(tmp_path: Path) -> None:
    found = compare(*two_labs(tmp_path, (DENY,), (DENY, FROM_DB)))
    assert diff_as_text("byocni", found) == (
        "byocni\n\nOpened:\n"
        "  shop/db -> shop/web: opens TCP 80\n"
        "      egress allowed by default, as no policy decides; "
        "ingress allowed by NetworkPolicy shop/p ingress[0] (policies/byocni/01.yaml:4)\n"
    )


def test_what_closes_names_what_denies_it_now(tmp_path: Path) -> None:
    found = compare(*two_labs(tmp_path, (DENY, FROM_DB), (DENY,)))
    assert [(change.urgency, change.closed, change.reason) for change in found.changes] == [
        (
            Urgency.CLOSED,
            "TCP 80",
            "ingress denied at the end of tier default, where no rule of its policies matched",
        )
    ]


def test_newly_reachable_from_outside_comes_first_and_lost_dns_second(tmp_path: Path) -> None:
    found = compare(*two_labs(tmp_path, (DENY,), (DENY, OPEN_80, NO_EGRESS)))
    order = [change.urgency for change in found.changes]
    assert order == sorted(order)
    assert [change.source for change in found.changes if change.urgency is Urgency.FROM_OUTSIDE] == [
        "outside"
    ]
    lost = [(change.source, change.closed) for change in found.changes if change.urgency is Urgency.LOST_DNS]
    assert [source for source, _ in lost] == ["shop/db", "shop/web"]


def test_a_way_in_that_opens_is_listed_before_everything(tmp_path: Path) -> None:
    anyone = policy(
        "{types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [http]}}]}"
    )
    found = compare(*two_labs(tmp_path, (DENY,), (DENY, anyone)))
    assert diff_as_text("byocni", found).splitlines()[1] == (
        "! LoadBalancer shop/front port 80/TCP -> shop/web port 8080: open (was: closed)"
    )


def test_ways_in_of_one_port_and_two_protocols_are_two(tmp_path: Path) -> None:
    app = APP.replace(
        "[{port: 80, targetPort: http}]", "[{name: udp, port: 53, protocol: UDP}, {name: tcp, port: 53}]"
    )
    anyone = policy("{types: [Ingress], ingress: [{action: Allow, protocol: UDP}]}")
    base = load_lab(make_project(tmp_path / "base", DENY, app=app), "byocni")
    head = load_lab(make_project(tmp_path / "head", DENY, anyone, app=app), "byocni")
    found = compare(base, head)
    assert [exposure_text(exposure) for exposure, _ in found.entry_points] == [
        "LoadBalancer shop/front port 53/UDP -> shop/web port 53: open"
    ]


def test_a_new_workload_and_one_that_is_gone_are_named(tmp_path: Path) -> None:
    base = load_lab(make_project(tmp_path / "base"), "byocni")
    head = load_lab(make_project(tmp_path / "head", app=APP.replace("name: db", "name: store")), "byocni")
    found = compare(base, head)
    assert (found.added, found.removed) == (("shop/store",), ("shop/db",))


def test_a_range_that_only_one_side_names_splits_the_world_on_both(tmp_path: Path) -> None:
    narrow = global_policy(
        "{selector: app == 'db', types: [Egress], "
        "egress: [{action: Deny, destination: {nets: [8.8.8.0/24]}}, {action: Allow}]}"
    )
    found = compare(*two_labs(tmp_path, (DENY,), (DENY, narrow)))
    flips = [(change.source, change.destination, change.closed) for change in found.changes]
    assert flips == [("shop/db", "outside 8.8.8.0/24", "everything")]


def test_the_reports_are_stable_and_json_is_json(tmp_path: Path) -> None:
    labs = two_labs(tmp_path, (DENY,), (DENY, OPEN_80))
    first, second = compare(*labs), compare(*labs)
    assert diff_as_markdown("x", first) == diff_as_markdown("x", second)
    assert json.loads(diff_as_json("x", first))["changes"][0]["urgency"] == "from-outside"


def test_revisions_are_read_from_git_without_touching_the_work_tree(tmp_path: Path) -> None:
    project = make_project(tmp_path, DENY)
    commit(project, "closed")
    make_project(tmp_path, DENY, FROM_DB)
    with project_at(project, "HEAD") as base, project_at(project, WORK_TREE) as head:
        found = compare(load_lab(base, "byocni"), load_lab(head, "byocni"))
    assert [change.opened for change in found.changes] == ["TCP 80"]
    assert "policies/byocni/01.yaml:4" in found.changes[0].reason
    assert (project / "policies" / "byocni" / "01.yaml").is_file()


@pytest.mark.parametrize("revision", ["nosuch", "--output=/x", ""])
def test_a_revision_that_does_not_exist_is_refused(tmp_path: Path, revision: str) -> None:
    project = make_project(tmp_path)
    commit(project, "first")
    with (
        pytest.raises(ReachError, match="git finds no commit by that name"),
        project_at(project, revision),
    ):
        pass


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReachError, match="git rev-parse failed"), project_at(make_project(tmp_path), "HEAD"):
        pass
