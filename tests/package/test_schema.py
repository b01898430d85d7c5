"""The package that other languages see: its schema is what the SDK derives today, and its page is made from that.

`CALICO_LABS_UPDATE_GOLDEN=1 python -m pytest tests/package` writes both again; a difference is a change for everyone
who uses the package, so look at it before committing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from package.document import EXAMPLE, components_page
from package.offered import COMPONENTS

ROOT = Path(__file__).resolve().parents[2]
UPDATE = os.environ.get("CALICO_LABS_UPDATE_GOLDEN") == "1"
SCHEMA = ROOT / "package" / "schema.json"
PAGE = ROOT / "docs" / "components.md"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    # In a process of its own: the SDK's provider classes and the stand-in plugins' cannot be in one.
    code = "import json; from package.schema import schema; print(json.dumps(schema()))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout))


def described(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every property of the schema, with where it is."""
    if isinstance(value, dict):
        for group in ("inputProperties", "properties"):
            for name, about in (value.get(group) or {}).items():
                yield f"{path}.{name}", about
        for name, inner in value.items():
            if name in ("resources", "types"):
                for token, item in inner.items():
                    yield from described(item, token)


def test_the_committed_schema_is_what_the_analyzer_derives(schema: dict[str, Any]) -> None:
    text = json.dumps(schema, indent=1) + "\n"
    if UPDATE:
        SCHEMA.write_text(text, encoding="utf-8")
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema


def test_the_page_is_made_from_the_schema(schema: dict[str, Any]) -> None:
    if UPDATE:
        PAGE.write_text(components_page(schema), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == components_page(schema)


def test_every_component_of_the_project_is_offered() -> None:
    """A component resource is a class that registers a type of ours."""
    written = {
        name
        for file in (ROOT / "components").glob("*.py")
        for name in re.findall(r"^class (\w+)\(pulumi\.ComponentResource\)", file.read_text("utf-8"), re.M)
    }
    assert written
    assert {component.__name__ for component in COMPONENTS} == written


def test_every_argument_and_output_says_what_it_is_in_the_schemas_own_spelling(
    schema: dict[str, Any],
) -> None:
    found = list(described(schema))
    assert len(found) > 50
    for where, about in found:
        assert about.get("description"), where
        assert not re.search(r"\b[a-z]+_[a-z_]+\b", about["description"]), f"{where}: a Python name"


def test_no_module_of_a_component_puts_off_its_annotations() -> None:
    """The analyzer reads real types; with postponed ones it sees text and gives up with an error of Python's own."""
    for component in COMPONENTS:
        source = (ROOT / f"{component.__module__.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert "from __future__ import annotations" not in source, component.__module__


class TestExample:
    """The page's program, read as Pulumi would read it."""

    def test_every_property_exists_and_none_that_is_needed_is_missing(self, schema: dict[str, Any]) -> None:
        program = yaml.safe_load(EXAMPLE)
        assert program["resources"]
        for resource in program["resources"].values():
            name = resource["type"].removeprefix("calico-labs:")
            known = schema["resources"][f"calico-labs:index:{name}"]
            given = set(resource["properties"])
            assert given <= set(known["inputProperties"])
            assert given >= set(known["requiredInputs"])

    def test_every_output_that_is_read_exists(self, schema: dict[str, Any]) -> None:
        program = yaml.safe_load(EXAMPLE)
        read = re.findall(r"\$\{(\w+)\.(\w+)\}", EXAMPLE)
        assert read
        for resource, output in read:
            name = program["resources"][resource]["type"].removeprefix("calico-labs:")
            assert output in schema["resources"][f"calico-labs:index:{name}"]["properties"]


def test_the_plugin_file_makes_pulumi_run_this_folder_with_the_programs_own_pins() -> None:
    folder = ROOT / "package"
    assert yaml.safe_load((folder / "PulumiPlugin.yaml").read_text(encoding="utf-8")) == {"runtime": "python"}
    assert (folder / "__main__.py").is_file()
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    included = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    assert [(folder / name).resolve() for name in included] == [ROOT / "requirements.txt"]
