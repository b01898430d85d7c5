"""The commands after `up` work as they stand: real options, real outputs, a kubeconfig of the lab's own."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from labs.next_steps import credentials_command, next_steps
from tests.labs.cases import BYOCNI


def test_the_next_steps_look_at_the_lab_and_clean_it_up() -> None:
    assert next_steps(BYOCNI) == [
        "(umask 077; pulumi stack output kubeconfig --show-secrets --stack byocni > kubeconfig-byocni)",
        "kubectl --kubeconfig kubeconfig-byocni get tigerastatus,nodes",
        "curl --max-time 10 http://$(pulumi stack output applicationAddress --stack byocni)/",
        "pulumi destroy --stack byocni && rm -f kubeconfig-byocni",
    ]


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
