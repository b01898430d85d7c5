"""Whatever is read: an answer or one refusal that names its place, never a traceback, never an endless wait."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.errors import LabError
from reach.casefiles.read import MAX_BYTES, cluster_of, load
from reach.casefiles.run import run_files
from reach.ends import find_points
from reach.engine import Engine
from reach.errors import LimitError
from reach.explain import explain
from reach.matrix import full_matrix
from reach.model import Workload
from tests.reach.clusters import Generator, engine_of, field_of

JUNK: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "\n",
        "a == ",
        "global()",
        "10.0.0.1/8",
        "::/0",
        "65536",
        "1:",
    ),
    *([], {}, [None], [[]], {"": ""}, {"a": {"b": []}}, "é" * 300, [{}], {"selector": "!("}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside a value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def with_junk(case: dict[str, Any], path: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    """Return a copy of a case with one thing in it replaced."""
    changed: Any = copy.deepcopy(case)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    assert isinstance(changed, dict)
    return changed


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), junk=st.sampled_from(JUNK))
def test_a_wrong_value_anywhere_is_judged_or_refused_but_never_crashes(seed: int, junk: Any) -> None:
    case = Generator(seed).case("valid", flows=0)
    path = random.Random(seed).choice(places({"pods": case["pods"], "resources": case["resources"]}))
    message = "judged"
    try:
        full_matrix(engine_of(with_junk(case, path, junk)))
    except LabError as error:
        message = str(error)
    assert "\n" not in message


def run(path: Path) -> tuple[list[str], int]:
    """Return what a run of a file says, and how many things it refused."""
    said: list[str] = []
    counts = run_files(iter([path]), said.append, verbose=False)
    assert counts.failed
    return said, counts.refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cases: &a [*a]\n", "{file}:1: the alias *a is not accepted", id="cyclic"),
        pytest.param(
            "cases: " + "[" * 5000, "{file}:1: the document is nested deeper than 64 levels", id="deep"
        ),
        pytest.param(
            "cases: 3\n",
            "{file}:1: cases is '3' but not a list; write a list (it may hold several)",
            id="type",
        ),
        pytest.param(
            "case: []\n",
            "{file}:1: case is not a field of this kind; did you mean cases",
            id="unknown section",
        ),
        pytest.param("- a\n", "{file}:1: the object is '['a']' but not a mapping", id="no mapping"),
        pytest.param(
            "a: 1\n---\nb: 2\n", "{file}: the file holds 2 documents; write one", id="two documents"
        ),
        pytest.param("{}\n", "{file}:1: the object holds no case; write one of cases, evaluate", id="empty"),
        pytest.param("a: [\n", "{file}:2: the text is not YAML", id="broken"),
        pytest.param(
            "cases:\n- id: x\n  pods:\n  - {name: p, namespace: n, ip: 10.0.0}\n",
            "x: {file}:4: cases[0].pods[0].ip is '10.0.0' but not an address; write one such as 10.0.0.1",
            id="address",
        ),
        pytest.param(
            "cases:\n- id: x\n  resources:\n  - kind: Pod\n    apiVersion: v1\n",
            "x: {file}:4: kind is 'Pod' of 'v1', which decides no flow here",
            id="unknown kind",
        ),
        pytest.param(
            "cases:\n- id: x\n  resources:\n  - kind: GlobalNetworkPolicy\n    apiVersion: projectcalico.org/v3\n"
            "    metadata: {name: p}\n    spec:\n      selector: a ==\n",
            "x: {file}:8: spec.selector is 'a ==' but at character 5 expected a value in quotes, found the end",
            id="selector",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    said, refused = run(file)
    assert refused == 1
    assert said[0].startswith("REFUSED " + expected.format(file=file.as_posix()))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> str:
        raise AssertionError("must not be called")

    file = tmp_path / "huge.yaml"
    file.write_bytes(b"cases: []\n" + b"#" * (10 * 1024 * 1024))
    monkeypatch.setattr(Path, "read_text", forbidden)
    said, _ = run(file)
    assert said[0] == (
        f"REFUSED {file.as_posix()}: the file has 10485770 bytes; keep it below {MAX_BYTES} (cases are small clusters)"
    )


@pytest.mark.parametrize("path", ["/dev/zero", "/"])
def test_what_is_no_file_is_refused_before_it_is_read(path: str) -> None:
    """A device has no size and no end."""
    with pytest.raises(LabError) as refused:
        load(Path(path))
    assert str(refused.value) == (
        f"{path}: the file is a folder, a pipe or a device; name a file of cases (it may have no end)"
    )


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        LabError, match=r"none.yaml: the file cannot be read: No such file or directory; name a"
    ):
        load(tmp_path / "none.yaml")


def test_more_traffic_classes_than_fit_are_refused() -> None:
    ports = [
        {"action": "Allow", "protocol": "TCP", "source": {"ports": [n]}, "destination": {"ports": [n]}}
        for n in range(1, 2001, 2)
    ]
    policy = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"ingress": ports},
    }
    with pytest.raises(LimitError, match="use fewer different source ports"):
        engine_of({"resources": [policy]})


def test_more_address_ranges_than_fit_are_refused() -> None:
    nets = [f"10.{a}.{b}.0/24" for a in range(100) for b in range(250)]
    network_set = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkSet",
        "metadata": {"name": "s"},
        "spec": {"nets": nets},
    }
    with pytest.raises(LimitError, match="merge neighbouring ranges"):
        engine_of({"resources": [network_set]})


def unplaced(pods: int, nets: int, *, together: bool = False) -> Engine:
    """Return the engine of pods without addresses under rules, or one rule, for many addresses of the pod range."""
    ranges = [f"10.1.{number // 256}.{number % 256}/32" for number in range(nets)]
    lists = [ranges] if together else [[net] for net in ranges]
    policy = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"ingress": [{"action": "Allow", "source": {"nets": nets}} for nets in lists]},
    }
    cluster = cluster_of(field_of({"resources": [policy]}))
    workloads = tuple(Workload("n", f"p{number}", {}) for number in range(pods))
    return Engine(replace(cluster, workloads=workloads, pod_ranges=(ip_network("10.0.0.0/8"),)))


def test_a_matrix_of_more_ends_than_fit_is_refused() -> None:
    with pytest.raises(LimitError, match="the matrix would have 5153 ends but at most 5000 are computed"):
        full_matrix(unplaced(pods=50, nets=100))


def test_more_places_than_can_be_explained_are_refused() -> None:
    engine = unplaced(pods=2, nets=200)
    ends = [find_points(engine, name) for name in ("n/p0", "n/p1")]
    with pytest.raises(LimitError, match="in 201 and 201 different places, but at most 10000 pairs"):
        explain(engine, *ends)


def test_places_that_one_rule_means_together_are_one_and_are_named_up_to_a_few() -> None:
    engine = unplaced(pods=2, nets=2000, together=True)
    ends = [find_points(engine, name) for name in ("n/p0", "n/p1")]
    assert [len(points) for points in ends] == [2, 2]
    assert [part.depends_on for part in explain(engine, *ends).parts] == [
        "from innermost range 10.1.0.0/32 or 10.1.0.1/32 or 10.1.0.2/32 or 10.1.0.3/32 or 1996 more",
        "from innermost range 10.0.0.0/8",
    ]
