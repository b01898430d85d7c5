"""What the documents tell people to run exists: make targets, labctl commands, files, stacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

import click
import pytest

from labctl import cli
from sandbox.home import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
assert DOCUMENTS, "no document was found"
IDS = [str(path.relative_to(PROJECT)) for path in DOCUMENTS]


def links(path: Path) -> list[str]:
    """Return the files that the document links to."""
    found = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    return [target for target in found if "://" not in target]


def code(path: Path) -> list[str]:
    """Return what the document shows as code, fenced or inline, a line each."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [line.split("  #")[0].strip() for block in (*fenced, *inline) for line in block.splitlines()]


def make_targets(path: Path) -> set[str]:
    """Return the targets of `make` that the document tells to run."""
    return {match[1] for line in code(path) if (match := re.match(r"make ([a-z][a-z0-9-]*)\b", line))}


def labctl_commands(path: Path) -> list[tuple[str, list[str]]]:
    """Return the commands of `labctl` in the document, each with its line."""
    return [
        (line, words.split())
        for line in code(path)
        for words in re.findall(r"(?:^|\s|\()(?:bin/)?labctl ([a-z][^)&|;>\"]*)", line)
    ]


def stacks_named(path: Path, pattern: str) -> list[tuple[str, str]]:
    """Return the stacks that commands of the document name, each with its line."""
    return [(line, name) for line in code(path) for name in re.findall(pattern, line)]


STACK_OF_PULUMI = r"pulumi .*(?:-s|--stack)[ =]([a-z]+)\b"
STACK_OF_MAKE = r"make \w+ STACK=([a-z]+)\b"


@pytest.mark.parametrize(
    "find",
    [
        make_targets,
        labctl_commands,
        links,
        lambda path: stacks_named(path, STACK_OF_PULUMI),
        lambda path: stacks_named(path, STACK_OF_MAKE),
    ],
    ids=["make targets", "labctl commands", "links", "stacks of pulumi", "stacks of make"],
)
def test_there_is_something_to_look_at(find: Callable[[Path], Collection[object]]) -> None:
    """A pattern that finds nothing in any document would let everything pass."""
    assert any(find(path) for path in DOCUMENTS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert make_targets(path) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_labctl_command_and_option_exists(path: Path) -> None:
    for line, words in labctl_commands(path):
        check_command(words, f"{path.name}: {line}")


def check_command(words: list[str], where: str) -> None:
    command: click.Command = cli.main
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            if word == "...":
                return
            assert word in command.commands, where
            command = command.commands[word]
        elif word.startswith("--"):
            options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
            assert word.split("=")[0] in options, where


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in links(path):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_stack_named_has_a_file(path: Path) -> None:
    stacks = {p.name.split(".")[1] for p in PROJECT.glob("Pulumi.*.yaml")}
    for pattern in (STACK_OF_PULUMI, STACK_OF_MAKE):
        for line, name in stacks_named(path, pattern):
            assert name in stacks, line


def test_no_document_names_a_place_of_this_machine() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        assert "/work/" not in text, path
        assert "/root/" not in text, path
