"""A short command: what it printed, or one line that names it and what was wrong."""

from __future__ import annotations

import pytest

from sandbox.errors import ProcessError
from sandbox.nodes.real.shell import run


def test_what_a_command_prints_comes_back_and_what_it_is_given_arrives() -> None:
    assert run(["cat"], "given\n") == "given\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["sh", "-c", "echo first >&2; echo last >&2; exit 3"], "`{}` failed: last"),
        (["sh", "-c", "echo out; exit 3"], "`{}` failed: out"),
        (["false"], "`{}` failed: status 1"),
        (["sleep", "60"], "`{}` did not end within 0 s"),
        (["/not/there", "x"], "cannot run `{}`: [Errno 2] No such file or directory: '/not/there'"),
    ],
    ids=["failure", "failure told elsewhere", "failure without a word", "timeout", "missing program"],
)
def test_a_command_that_does_not_do_its_work_is_named_with_the_reason(
    command: list[str], message: str
) -> None:
    with pytest.raises(ProcessError) as raised:
        run(command, seconds=0.3 if command[0] == "sleep" else 60)
    assert str(raised.value) == message.format(" ".join(command))
