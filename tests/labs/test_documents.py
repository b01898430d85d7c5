"""The documentation's tables and pictures are what the catalogue says today.

`CALICO_LABS_UPDATE_GOLDEN=1 python -m pytest tests/labs/test_documents.py` writes them again; look at the difference
before committing it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labs import catalogue
from labs.documents import WIDTH, diagram, readme_table
from labs.enums import Lab
from labs.manifests import load_folder
from labs.policy_sets import selected
from tests.labs.cases import BASELINES

ROOT = Path(__file__).resolve().parents[2]
UPDATE = os.environ.get("CALICO_LABS_UPDATE_GOLDEN") == "1"
PAGES = ROOT / "docs" / "labs"
_TABLE = re.compile(r"(?<=<!-- labs -->\n).*?(?=\n<!-- end of labs -->)", re.S)
_SECTIONS = (
    "What you learn",
    "Time and cost",
    "Run it",
    "Look at it",
    "Day-2 steps",
    "Clean up",
    "Differences from the course text",
)


def rendered(lab: Lab) -> str:
    entry, settings = catalogue.get(lab), BASELINES[lab]
    policies = selected(load_folder(ROOT / "policies" / entry.policies), settings.policies)
    return diagram(settings, load_folder(ROOT / "apps" / entry.app), policies)


def commands(page: Path) -> list[str]:
    """Return the lines of a page's `sh` blocks, joined where a line goes on."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.S | re.M)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_table_in_the_readme_is_the_catalogue() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if UPDATE:
        text = _TABLE.sub(lambda _: readme_table(), text)
        readme.write_text(text, encoding="utf-8")
    found = _TABLE.search(text)
    assert found is not None
    assert found[0] == readme_table()


@pytest.mark.parametrize("lab", list(Lab))
def test_the_picture_of_a_lab_is_what_it_deploys(lab: Lab) -> None:
    path = PAGES / f"{lab}.svg"
    if UPDATE:
        path.write_text(rendered(lab), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == rendered(lab)


@pytest.mark.parametrize("lab", list(Lab))
def test_a_picture_is_svg_that_names_every_namespace_and_stays_inside_its_frame(lab: Lab) -> None:
    root = ElementTree.fromstring(rendered(lab))
    texts = [element for element in root.iter() if element.tag.endswith("text")]
    words = [element.text or "" for element in texts]
    for manifest in load_folder(ROOT / "apps" / catalogue.get(lab).app):
        if manifest.kind == "Namespace":
            assert f"Namespace {manifest.name}" in words
    summary = catalogue.get(lab).summary
    assert summary in words
    for element in texts:
        # 6.85 pixels is a letter of DejaVu, a wide font, at 13 pixels (measured); of what is centred, half counts.
        text, x, size = element.text or "", int(element.attrib["x"]), int(element.get("font-size", 13))
        width = len(text) * 6.85 * size / 13 / (2 if element.get("text-anchor") else 1)
        edge = WIDTH // 2 - 6 if x < WIDTH // 2 and text != summary else WIDTH - 12
        assert x + width <= edge, text


@pytest.mark.parametrize("lab", list(Lab))
def test_a_lab_has_a_page_with_every_section_and_its_picture(lab: Lab) -> None:
    text = (PAGES / f"{lab}.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.*)$", text, re.M)
    assert found == list(_SECTIONS)
    assert f"({lab}.svg)" in text


@pytest.mark.parametrize("lab", list(Lab))
def test_every_command_of_a_page_can_be_read_by_the_shell(lab: Lab) -> None:
    lines = commands(PAGES / f"{lab}.md")
    assert lines
    for line in lines:
        subprocess.run(["/bin/sh", "-n", "-c", line], check=True, capture_output=True)


@pytest.mark.parametrize("lab", list(Lab))
def test_every_key_that_a_page_sets_is_one_that_the_program_reads(lab: Lab) -> None:
    from labs import keys

    known = {key.name: key for key in keys.KEYS}
    set_here = 0
    for line in commands(PAGES / f"{lab}.md"):
        words = shlex.split(line, comments=True)
        if words[:3] == ["pulumi", "config", "set"]:
            stack = words.index("--stack")
            arguments = [word for word in words[3:stack] if not word.startswith("-")]
            key = known[arguments[0]]
            if key.choices is not None and len(arguments) > 1:
                assert arguments[1] in [str(choice) for choice in key.choices], line
            set_here += 1
    assert set_here


@pytest.mark.parametrize("lab", list(Lab))
def test_every_make_target_that_a_page_names_exists(lab: Lab) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [line.split()[1] for line in commands(PAGES / f"{lab}.md") if line.startswith("make ")]
    assert targets
    for target in targets:
        assert re.search(rf"^{re.escape(target)}:", makefile, re.M), target
