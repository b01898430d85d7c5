"""Names with shell and path characters on their way to a program or a file."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from checks.traffic.script import Probe, script
from labs import names
from labs.errors import LabError
from labs.reading import defaults
from labs.rules import check
from preview import backend
from preview.errors import PreviewError
from reach.errors import ReachError
from reach.revisions import commit_of, project_at
from sandbox.arm.errors import ArmError
from sandbox.arm.ids import parse
from tests.fuzz.junk import anything, edit_text, words
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, told_well

_NKE = replace(defaults("nke"), kubeconfig="kubeconfig-plain", context="plain")
_AZURE_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,52}[a-z0-9])?")
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


def _judge(name: Any) -> str:
    _azure_names(name)
    _probe_script(name)
    _git_revision(name)
    _arm_id(name)
    return ACCEPTED if _as_stack(name) and _as_setting(name) else REFUSED


def _azure_names(name: str) -> None:
    """Whatever a stack is called, Azure takes the names that are made of it, and a shell sees one word."""
    chosen = replace(_NKE, stack=name or "-")  # Pulumi has no stack without a name
    for made in (names.cluster_name(chosen), names.dns_prefix(chosen), names.kubeconfig_file(chosen)):
        if not _AZURE_NAME.fullmatch(made) or shlex.quote(made) != made:
            raise FindingError(f"the stack {name!r} gives the name {made!r}")


def _as_stack(name: str) -> bool:
    """A stack is named after its file; the preview of a foreign revision runs `pulumi --stack` with it."""
    file = mock.Mock(spec=Path)
    file.name = f"Pulumi.{name}.yaml"
    file.is_file.return_value = True
    folder = mock.Mock(spec=Path)
    folder.glob.return_value = [file]
    try:
        [found] = backend.stacks_of(folder)
    except PreviewError as error:
        told_well(str(error))
        return False
    if shlex.quote(found) != found or found.startswith("-") or "/" in found:
        raise FindingError(f"the stack {name!r} was let through as {found!r}")
    return True


def _as_setting(name: str) -> bool:
    """Nodes and contexts are named by hand too."""
    passed = True
    for field in ("node_names", "route_reflectors", "context"):
        try:
            check(replace(_NKE, **{field: name}))
        except LabError as error:
            told_well(str(error))
            passed = False
    return passed


def _probe_script(name: str) -> None:
    """A pod's shell gets the host of a probe as one word."""
    *_, text = script([Probe(name, 80)])
    line = text.split("p 0 ", 1)[1]
    words_of_call = shlex.split(line.split(" &\nwait", 1)[0])
    if words_of_call != [f"{name}:80"]:
        raise FindingError(f"the shell reads the host {name!r} as {words_of_call!r}")


def _git_revision(name: str) -> None:
    """git gets a revision behind `--end-of-options`, and everything else it gets is ours."""
    asked: list[list[str]] = []

    def git(arguments: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        if any("\0" in argument for argument in arguments):
            raise ValueError("embedded null byte")  # as the real one does
        for argument in arguments:
            argument.encode("utf-8", "surrogateescape")  # likewise
        asked.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, b"", b"")

    with mock.patch("subprocess.run", git):
        try:
            commit_of(Path("/nowhere"), name)
        except ReachError as error:
            told_well(str(error))
        if name != ".":
            try:
                with project_at(Path("/nowhere"), name):
                    pass
            except ReachError as error:
                told_well(str(error))
    for arguments in asked:
        if arguments[-2] != "--end-of-options" or arguments[-1] != f"{name}^{{commit}}":
            raise FindingError(f"git was asked {arguments!r}")


def _arm_id(name: str) -> None:
    """A resource's name can become a folder's; the stand-in's parser lets no separator into one."""
    try:
        found = parse(f"{_SUBSCRIPTION}/resourceGroups/g/providers/CalicoLabs.Sandbox/plainClusters/{name}")
    except ArmError:
        return
    if any("/" in part for part in (*found.names, found.group, found.action)):
        raise FindingError(f"{name!r} was read as {found!r}")


TARGET = Target(
    "names",
    "names of stacks, revisions, contexts, nodes, hosts and resources",
    st.lists(words | anything | st.sampled_from(["dev", "a", "-", ".", "_"]), max_size=4).map("".join),
    _judge,
    edit_text,
)
