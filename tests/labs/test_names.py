"""Whatever Pulumi accepts as a stack name becomes names that Azure accepts, and no two stacks share one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs import names
from labs.settings import LabSettings
from tests.labs.cases import BYOCNI

STACK_NAMES = st.from_regex(r"\A[A-Za-z0-9_.\-]{1,100}\Z")
RULES: dict[Callable[[LabSettings], str], str] = {
    # Source: Azure docs, naming rules, 2026-08-21.
    names.resource_group_name: r"[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]",
    names.cluster_name: r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?",
    names.vnet_name: r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?",
    names.dns_prefix: r"[A-Za-z]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?",
    names.node_resource_group_name: r"[A-Za-z0-9_().-]{0,79}[A-Za-z0-9_()-]",
    names.kubeconfig_file: r"kubeconfig-[a-z0-9][a-z0-9-]{0,40}",
}


@pytest.mark.parametrize("make", RULES, ids=lambda make: make.__name__)
@settings(deadline=None, database=None, derandomize=True)
@given(stack=STACK_NAMES | st.text(min_size=1))
def test_a_name_fits_its_length_and_characters(make: Callable[[LabSettings], str], stack: str) -> None:
    name = make(replace(BYOCNI, stack=stack))
    assert re.fullmatch(RULES[make], name), name


def test_names_of_a_lab_are_plain() -> None:
    assert {make.__name__: make(BYOCNI) for make in RULES} == {
        "resource_group_name": "calico-labs-byocni",
        "cluster_name": "calico-labs-byocni",
        "vnet_name": "calico-labs-byocni",
        "dns_prefix": "calico-labs-byocni",
        "node_resource_group_name": "calico-labs-byocni-nodes",
        "kubeconfig_file": "kubeconfig-byocni",
    }


def test_a_name_is_only_marked_if_it_had_to_be_cut() -> None:
    assert names.cluster_name(replace(BYOCNI, stack="x" * 30)) == f"calico-labs-{'x' * 30}"
    assert re.fullmatch("calico-labs-x{23}-[0-9a-f]{6}", names.cluster_name(replace(BYOCNI, stack="x" * 31)))


def test_stacks_that_differ_in_what_azure_ignores_still_have_names_of_their_own() -> None:
    stacks = ["a-b", "A-b", "a.b", "a_b", "a--b", "-a-b", "a-b-", "x" * 40, "x" * 41, "x" * 30, "...", "___"]
    made = [names.cluster_name(replace(BYOCNI, stack=stack)) for stack in stacks]
    assert len(set(made)) == len(stacks)
