"""The commands after `up` work as they stand: real options, real outputs, a kubeconfig of the lab's own."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from labs.enums import CalicoSource
from labs.next_steps import credentials_command, next_steps
from tests.labs.cases import BYOCNI, NKE, WINDOWS


def test_the_next_steps_look_at_the_lab_and_clean_it_up() -> None:
    assert next_steps(BYOCNI) == [
        "(umask 077; pulumi stack output kubeconfig --show-secrets --stack byocni > kubeconfig-byocni)",
        "kubectl --kubeconfig kubeconfig-byocni get tigerastatus,nodes",
        "curl --max-time 10 http://$(pulumi stack output applicationAddress --stack byocni)/",
        "pulumi destroy --stack byocni && rm -f kubeconfig-byocni",
    ]


def test_a_cluster_of_ones_own_is_visited_through_a_pod() -> None:
    assert next_steps(NKE)[1:3] == [
        "kubectl --kubeconfig kubeconfig-nke get tigerastatus,nodes",
        "kubectl --kubeconfig kubeconfig-nke -n guestbook port-forward service/frontend 8080:80",
    ]


def test_an_application_that_waits_for_a_windows_node_is_not_visited() -> None:
    command = "curl --max-time 10 http://$(pulumi stack output applicationAddress --stack windows)/"
    assert command in next_steps(WINDOWS)
    assert not [
        step for step in next_steps(replace(WINDOWS, windows_node_count=0)) if step.startswith("curl")
    ]


def test_a_calico_that_was_there_before_may_have_come_without_an_operator() -> None:
    steps = next_steps(replace(NKE, calico=CalicoSource.EXISTING))
    assert steps[1] == "kubectl --kubeconfig kubeconfig-nke get nodes,pods -A"


def test_the_credentials_command_names_group_cluster_and_file() -> None:
    assert credentials_command(BYOCNI) == (
        "az aks get-credentials --admin --resource-group calico-labs-byocni --name calico-labs-byocni "
        "--file kubeconfig-byocni"
    )


@pytest.mark.parametrize("stack", ["byocni", "My.Stack_1"])
def test_every_command_is_a_sentence_that_the_shell_can_read(stack: str) -> None:
    commands = [*next_steps(replace(BYOCNI, stack=stack)), credentials_command(replace(BYOCNI, stack=stack))]
    assert commands
    for command in commands:
        subprocess.run(["/bin/sh", "-n", "-c", command], check=True, capture_output=True)
