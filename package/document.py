"""docs/components.md, made from the schema: what each component takes and gives.

Text only; a test compares the file with it, and writes it when it is asked to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

EXAMPLE = """\
name: a-cluster-of-mine
runtime: yaml
packages:
  calico-labs: ../package
resources:
  group:
    type: calico-labs:LabResourceGroup
    properties:
      resourceGroupName: rg-mine
      location: canadacentral
      tags: {owner: you@example.org}
  network:
    type: calico-labs:LabNetwork
    properties:
      resourceGroupName: ${group.groupName}
      vnetName: vnet-mine
      location: canadacentral
      vnetCidr: 10.224.0.0/12
      subnetCidr: 10.224.0.0/24
      tags: {owner: you@example.org}
outputs:
  subnet: ${network.subnetId}
"""
"""A program in Pulumi's YAML; a test reads it with the schema."""

_HEAD = """\
# The components, for programs in other languages

<!-- written from the schema by `CALICO_LABS_UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/package`; do not edit -->

The folder `package/` makes the components of this project a Pulumi package: programs in TypeScript, Go, C#, Java and
YAML get typed classes for them, derived from the arguments' own types and docstrings.

```sh
pulumi package add ./package                 # from a checkout; makes an SDK in the program's language
pulumi package get-schema ./package          # what it is made from; `package/schema.json` is the same, kept under test
```

A program in YAML:

```yaml
{example}```

Components inside a cluster (all from `TigeraOperator` on) take a Kubernetes provider by the option `providers`, made of
`AksCluster`'s or `ExistingCluster`'s output `kubeconfig`. *Plain* arguments cannot be outputs of other resources: they
decide which resources exist. The package's engine test (`tests/e2e/test_package.py`) uses it from a Python program, by
the same messages that an SDK of another language sends; no other language was tried here.
"""


def components_page(schema: Schema) -> str:
    """Return the page."""
    parts = [_HEAD.format(example=EXAMPLE)]
    parts += [_component(token, resource) for token, resource in schema["resources"].items()]
    parts.append("## Types of arguments")
    parts += [
        f"### {_name(token)}\n{_text(type['description'])}\n\n" + _table(type["properties"], type["required"])
        for token, type in sorted(schema["types"].items())
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _component(token: str, resource: Schema) -> str:
    outputs = resource.get("properties") or {}
    given = _outputs(outputs) if outputs else "Gives out nothing; depend on it to wait for it."
    return (
        f"## {_name(token)}\n{_text(resource['description'])}\n\n"
        f"{_table(resource['inputProperties'], resource.get('requiredInputs') or [])}\n\n{given}"
    )


def _table(properties: Schema, required: list[str]) -> str:
    lines = ["| argument | type | | what it is |", "|---|---|---|---|"]
    for name, about in properties.items():
        needed = "needed" if name in required else ""
        lines.append(f"| `{name}` | {_type(about)} | {needed} | {_text(about['description'])} |")
    return "\n".join(lines)


def _outputs(properties: Schema) -> str:
    lines = ["| output | type | what it is |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_type(about)} | {_text(about['description'])} |" for name, about in properties.items()
    ]
    return "\n".join(lines)


def _type(about: Schema) -> str:
    plain = ", plain" if about.get("plain") else ""
    return f"{_bare(about)}{plain}"


def _bare(about: Schema) -> str:
    reference = str(about.get("$ref", ""))
    if reference:
        return "any" if reference.endswith("#/Any") else _name(reference)
    if about["type"] == "array":
        return f"list of {_bare(about['items'])}"
    if about["type"] == "object":
        return f"map of {_bare(about['additionalProperties'])}"
    return str(about["type"])


def _name(token: str) -> str:
    return token.rpartition(":")[2]


def _text(docstring: str) -> str:
    """Return a docstring as one line of a table."""
    return " ".join(docstring.split()).replace("|", "\\|")
