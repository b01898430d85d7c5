"""Verdicts against cases: the engine's own always, the shared collection where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from labs.errors import LabError
from reach.casefiles.run import Counts, run_files
from reach.document import Document
from reach.kinds.read import read

HERE = Path(__file__).resolve().parent
OWN = sorted((HERE / "cases").glob("*.yaml"))
SHARED = HERE.parents[1].parent / "shared" / "policy-cases"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="the shared policy cases are not beside this repository (../shared/policy-cases)",
)


def run(*paths: Path) -> tuple[Counts, list[str]]:
    """Return the counts of a run and what it said."""
    said: list[str] = []
    return run_files(iter(paths), said.append, verbose=False), said


def test_there_are_cases_of_our_own() -> None:
    assert OWN


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_cases_are_as_expected(path: Path) -> None:
    counts, said = run(path)
    assert not counts.failed, "\n".join(said)


def test_own_files_hold_cases_selectors_and_objects() -> None:
    counts, _ = run(*OWN)
    assert counts.flows > 60
    assert counts.selectors > 30
    assert counts.objects > 15


def test_every_own_case_expects_something() -> None:
    for path in OWN:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in document.get("cases", []):
            assert case["expect"], case["id"]
        for entry in document.get("objects", []):
            assert entry["valid"] or entry["field"], entry["id"]


def test_an_object_refused_for_another_field_is_a_mismatch(tmp_path: Path) -> None:
    resource = "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: T}}"
    file = tmp_path / "wrong.yaml"
    file.write_text(
        f"objects: [{{id: o, valid: false, field: spec.order, resource: {resource}}}]\n", encoding="utf-8"
    )
    counts, said = run(file)
    assert counts.mismatches == 1
    assert "o: refused, but not for spec.order: " in said[0]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{id: o, resource: {}}", "objects[0].valid is missing; write true or false"),
        ("{id: o, valld: true}", "objects[0].valld is not a field of this kind; did you mean valid"),
    ],
)
def test_an_entry_that_expects_nothing_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(f"objects: [{entry}]\n", encoding="utf-8")
    counts, said = run(file)
    assert counts.refused == 1
    assert problem in said[0]


def test_a_wrong_expectation_is_a_mismatch_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "cases:\n- id: c\n  namespaces: [{name: n}]\n  pods:\n  - {name: a, namespace: n, ip: 10.0.0.1}\n"
        "  - {name: b, namespace: n, ip: 10.0.0.2}\n  expect:\n"
        "  - {from: n/a, to: n/b, protocol: TCP, port: 80, allow: false}\n",
        encoding="utf-8",
    )
    counts, said = run(file)
    assert counts.last_line == "cases=1 flows=1 mismatches=1 refused=0"
    assert counts.failed
    assert said[0] == (
        f"MISMATCH {file.as_posix()}:8: c: n/a -> n/b TCP 80 expected denied but is allowed "
        "(egress: allowed by default, as no policy decides; ingress: allowed by default, as no policy decides)"
    )


def test_an_end_that_does_not_exist_is_a_mismatch(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "cases:\n- id: c\n  pods: [{name: a, namespace: n, ip: 10.0.0.1}]\n  expect:\n"
        "  - {from: n/a, to: n/b, protocol: TCP, port: 80, allow: true}\n",
        encoding="utf-8",
    )
    assert run(file)[0].mismatches == 1


def test_running_nothing_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("cases: []\n", encoding="utf-8")
    assert run(file)[0].failed


@needs_shared
def test_every_shared_case_is_as_expected() -> None:
    paths = sorted(SHARED.glob("*.yaml"))
    assert paths
    counts, said = run(*paths)
    assert not counts.failed, "\n".join(line for line in said if line.startswith(("MISMATCH", "REFUSED")))
    assert counts.last_line == "cases=274 flows=2434 mismatches=0 refused=0"
    assert (counts.selectors, counts.objects) == (117, 38)


REFUSED_AT = {
    **dict.fromkeys(("val-00", "val-01", "val-05"), "spec.ingress[0].http"),
    "val-02": "spec.ingress[0].destination.ports",
    "val-06": "spec.ingress[0].icmp.code",
    "val-08": "spec.ingress[0].icmp",
    **dict.fromkeys(("val-09", "val-10", "val-13", "val-14"), "spec.ingress[0].ipVersion"),
    **dict.fromkeys(("val-17", "val-18"), "spec.ingress[0].source.services"),
    **dict.fromkeys(("val-20", "val-28"), "spec.selector"),
    **dict.fromkeys(("val-21", "val-29"), "spec.serviceAccountSelector"),
    "val-23": "spec.preDNAT",
    "val-24": "spec.egress",
    "val-25": "spec.types",
    "val-26": "spec.applyOnForward",
    "val-30": "spec.namespaceSelector",
    "val-32": "spec.ingress[0].source.nets[1]",
    "val-33": "spec.egress[0].destination.notNets[0]",
    "val-34": "spec.ingress[0].source.ports[0]",
    "val-35": "spec.ingress[0].source.nets[0]",
    "val-36": "spec.egress[0].destination.namespaceSelector",
    "val-37": "metadata.name",
}
"""Being refused is not enough: it has to be for the field that is wrong."""


@needs_shared
def test_shared_objects_are_refused_for_the_right_field() -> None:
    objects = yaml.safe_load((SHARED / "calico-validation.yaml").read_text(encoding="utf-8"))["objects"]
    found = {}
    for entry in objects:
        try:
            read([Document("file", 1, entry["resource"])])
        except LabError as error:
            found[entry["id"]] = str(error).split()[1]
    assert found == REFUSED_AT
