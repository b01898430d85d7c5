"""The clean-up takes what has expired, and nothing that it cannot be sure of."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from guardrails.expiry import expired, has
from guardrails.stack_resource import Resource
from sandbox.home import PROJECT

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def group(expires: Any) -> Resource:
    tags = {} if expires is None else {"expires": expires}
    return Resource("u", "azure-native:resources:ResourceGroup", "g", {"tags": tags})


@pytest.mark.parametrize(
    ("resources", "over"),
    [
        ([group("2026-11-22T11:59:59Z")], True),
        ([group("2026-11-22T12:00:01Z")], False),
        ([group("2026-11-22T11:00:00Z"), group("2026-11-22T13:00:00Z")], False),
        ([group("yesterday")], False),
        ([group(None)], False),
        ([], False),
    ],
    ids=["over", "not yet", "one is not", "unreadable", "no tag", "no group"],
)
def test_only_a_readable_time_that_is_over_counts(resources: list[Resource], over: bool) -> None:
    assert expired(resources, NOON) is over


def test_stack_is_up_if_it_has_resources() -> None:
    listing = [{"name": "org/project/byocni", "resourceCount": 40}, {"name": "dev", "resourceCount": 0}]
    assert has(listing, "byocni")
    assert not has(listing, "dev")
    assert not has(listing, "nke")


def asked(*arguments: str, given: object) -> subprocess.CompletedProcess[str]:
    return asked_of_text(*arguments, text=json.dumps(given))


def asked_of_text(*arguments: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guardrails.expiry", *arguments],
        input=text,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line_answers_as_the_workflow_reads_it() -> None:
    entry = {
        "urn": "urn:pulumi:s::p::azure-native:resources:ResourceGroup::g",
        "type": "azure-native:resources:ResourceGroup",
        "custom": True,
        "inputs": {"tags": {"expires": "2020-01-01T00:00:00Z"}},
    }
    assert asked("expired", given={"deployment": {"resources": [entry]}}).stdout == "yes\n"
    assert asked("expired", given={"deployment": {}}).stdout == "no\n"
    assert asked("has", "dev", given=[{"name": "dev", "resourceCount": 3}]).stdout == "yes\n"
    assert asked("has", "dev", given=[]).stdout == "no\n"
    assert asked("has", given=[]).returncode == 2


@pytest.mark.parametrize("arguments", [("has", "dev"), ("expired",)], ids=["has", "expired"])
@pytest.mark.parametrize("text", ["", "error: no backend", "3"], ids=["nothing", "words", "a number"])
def test_input_that_cannot_be_read_is_no_answer(arguments: tuple[str, ...], text: str) -> None:
    found = asked_of_text(*arguments, text=text)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("guardrails.expiry: the input cannot be read: ")
