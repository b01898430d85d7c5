"""The strict loader: what it lets through means what it says, and what it stops is named by file, line and remedy."""

# ruff: noqa: E501 - tables of cases keep one case a line, so that they can be read as tables

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.errors import LabError, ManifestError
from labs.manifests import MAX_BYTES, container_names, containers, load_file, load_folder

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: deny}
spec:
  types: [Ingress, Egress]
"""


def refused(folder: Path, text: str | bytes) -> str:
    """Return what is said about a file, with the folder's own path left out."""
    (folder / "a.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ManifestError) as error:
        load_folder(folder)
    return str(error.value).replace(f"{folder.as_posix()}/", "")


def test_objects_come_in_the_order_of_file_names_and_lines(tmp_path: Path) -> None:
    (tmp_path / "10-b.yaml").write_text(POLICY + "---\n" + POLICY.replace("deny", "allow"))
    (tmp_path / "02-a.yaml").write_text("# A comment first.\n" + NAMESPACE)
    (tmp_path / "README.md").write_text("not a manifest")
    loaded = load_folder(tmp_path)
    assert [(m.path.name, m.line, m.kind, m.namespace, m.name) for m in loaded] == [
        ("02-a.yaml", 2, "Namespace", None, "shop"),
        ("10-b.yaml", 1, "NetworkPolicy", "shop", "deny"),
        ("10-b.yaml", 10, "NetworkPolicy", "shop", "allow"),
    ]
    assert loaded[1].api_version == "networking.k8s.io/v1"
    assert loaded[1].body["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert loaded[1].where == f"{tmp_path.as_posix()}/10-b.yaml:1"


def test_a_policy_of_kubernetes_and_one_of_calico_may_share_a_name(tmp_path: Path) -> None:
    calico = CALICO.replace("GlobalNetworkPolicy", "NetworkPolicy").replace("deny}", "deny, namespace: shop}")
    (tmp_path / "a.yaml").write_text(f"{POLICY}---\n{calico}")
    assert len(load_folder(tmp_path)) == 2


def test_values_keep_the_types_they_are_written_with(tmp_path: Path) -> None:
    data = 'data: {a: "no", b: no-quotes, c: 8080, d: true, e: null, f: 0.5, g: "1.30", h: on-call, i: 1.2.3.4}\n'
    (tmp_path / "a.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: b}}\n{data}"
    )
    (manifest,) = load_folder(tmp_path)
    assert manifest.body["data"] == {
        "a": "no", "b": "no-quotes", "c": 8080, "d": True, "e": None, "f": 0.5, "g": "1.30", "h": "on-call", "i": "1.2.3.4",
    }  # fmt: skip


def test_a_file_may_be_as_large_and_as_deep_as_the_limits(tmp_path: Path) -> None:
    # The mapping of the document, that of `a`, and 62 lists.
    text = f"{NAMESPACE}spec: {{a: {'[' * 62}{']' * 62}}}\n# "
    (tmp_path / "a.yaml").write_text(text + "x" * (MAX_BYTES - len(text)))
    assert len(load_folder(tmp_path)) == 1


KIND = "what is not known here can be neither analysed nor waited for"
FOUND = "Kubernetes finds objects by kind and name"
CASES = [
    pytest.param("", "a.yaml: the file holds no object; add one or delete the file (an empty file looks deployed)", id="empty-file"),
    pytest.param("# only a comment\n", "a.yaml: the file holds no object; add one or delete the file (an empty file looks deployed)", id="comment-only"),
    pytest.param(f"{NAMESPACE}---\n---\n{POLICY}", "a.yaml:5: the document is empty; remove its --- (an empty document deploys nothing)", id="empty-document"),
    pytest.param("- a\n- b\n", "a.yaml:1: the document is not a mapping; write one object a document (objects have named fields)", id="list"),
    pytest.param("just text\n", "a.yaml:1: the document is not a mapping; write one object a document (objects have named fields)", id="text"),
    pytest.param("kind: Namespace\nmetadata: {name: a}\n", f"a.yaml:1: apiVersion is missing; add it ({FOUND})", id="no-api-version"),
    pytest.param("apiVersion: v1\nmetadata: {name: a}\n", f"a.yaml:1: kind is missing; add it ({FOUND})", id="no-kind"),
    pytest.param("apiVersion: v1\nkind: Namespace\n", "a.yaml:1: metadata is missing; add it with a name (every object is found by its name)", id="no-metadata"),
    pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {labels: {}}\n", f"a.yaml:1: metadata.name is missing; add it ({FOUND})", id="no-name"),
    pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {name: 7}\n", "a.yaml:1: metadata.name is '7' but not text; write it in quotes (it is a name)", id="name-is-a-number"),
    pytest.param("\napiVersion: v1\nkind: Namespce\nmetadata: {name: a}\n", f"a.yaml:3: kind is 'Namespce' but no lab deploys that kind; did you mean Namespace ({KIND})", id="kind-typo"),
    pytest.param("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", f"a.yaml:2: kind is 'Secret' but no lab deploys that kind; use one of those in labs/manifests.py ({KIND})", id="kind-unknown"),
    pytest.param("apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n", "a.yaml:2: apiVersion is 'extensions/v1beta1' but Deployment is deployed as apps/v1; set it to apps/v1 (other versions are retired or internal)", id="retired-version"),
    pytest.param("apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n", "a.yaml:2: apiVersion is 'crd.projectcalico.org/v1' but NetworkPolicy is deployed as networking.k8s.io/v1 or projectcalico.org/v3; set it to projectcalico.org/v3 (other versions are retired or internal)", id="internal-version"),
    pytest.param("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "a.yaml:1: metadata.namespace is missing; add it (a Service without one lands in whatever namespace is the default)", id="no-namespace"),
    pytest.param("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n", "a.yaml:1: spec is missing; write the Service's ports and selector there (a Service without them leads nowhere)", id="service-without-spec"),
    pytest.param("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: [80]\n", "a.yaml:1: spec is '[80]' but not a mapping; write the Service's ports and selector there (a Service without them leads nowhere)", id="service-with-a-list"),
    pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n", "a.yaml:1: metadata.namespace is 'b' but a Namespace is in no namespace; remove it (it would look narrower than it is)", id="namespace-too-many"),
    pytest.param(NAMESPACE + "kind: Service\n", "a.yaml:4: kind is written twice, first on line 2; keep one of them (the first would be dropped without a word)", id="key-twice"),
    pytest.param(POLICY + "  policyTypes: [Egress]\n", "a.yaml:9: spec.policyTypes is written twice, first on line 8; keep one of them (the first would be dropped without a word)", id="nested-key-twice"),
    pytest.param(f"{NAMESPACE}---\n{NAMESPACE}", "a.yaml:5: metadata.name is 'shop' but a.yaml:1 has a Namespace of that name already; rename or remove one (the later one would overwrite the earlier)", id="object-twice"),
    pytest.param(f"{POLICY}---\n{POLICY}", "a.yaml:10: metadata.name is 'deny' but a.yaml:1 has a NetworkPolicy of that name in namespace shop already; rename or remove one (the later one would overwrite the earlier)", id="namespaced-object-twice"),
    pytest.param("a: &x 1\nb: *x\n", "a.yaml:2: the alias *x is not accepted; write the value out (what is deployed should be what can be read)", id="alias"),
    pytest.param("a: !!python/name:os.system x\n", "a.yaml:1: the tag tag:yaml.org,2002:python/name:os.system is not accepted; remove it (manifests hold plain values only)", id="python-tag"),
    pytest.param("a: !!set {x, y}\n", "a.yaml:1: the tag tag:yaml.org,2002:set is not accepted; remove it (manifests hold plain values only)", id="set-tag"),
    pytest.param("a: !!int ''\n", "a.yaml:1: the value '' is not a number; remove its tag tag:yaml.org,2002:int (manifests hold plain values only)", id="empty-number"),
    pytest.param("a: !!float x\n", "a.yaml:1: the value 'x' is not a number; remove its tag tag:yaml.org,2002:float (manifests hold plain values only)", id="no-number"),
    pytest.param("a: {!!str [1]: 2}\n", "a.yaml:1: a has the key a list or mapping, which is not text; write the key in quotes (JSON, which the API speaks, has text keys only)", id="list-called-text"),
    pytest.param("a: !mine [1]\n", "a.yaml:1: the tag !mine is not accepted; remove it (manifests hold plain values only)", id="own-tag"),
    pytest.param("a: no\n", "a.yaml:1: the value no would be read as a truth value; put it in quotes or write it in full (YAML's older rules see more than text here)", id="no-is-false"),
    pytest.param("a:\n  b: 12:30:00\n", "a.yaml:2: the value 12:30:00 would be read as a number; put it in quotes or write it in full (YAML's older rules see more than text here)", id="base-sixty"),
    pytest.param("a: 2026-11-22\n", "a.yaml:1: the value 2026-11-22 would be read as a date; put it in quotes or write it in full (YAML's older rules see more than text here)", id="date"),
    pytest.param("a: .nan\n", "a.yaml:1: the value .nan is not a number; write one (JSON has no such value)", id="nan"),
    pytest.param("1: a\n", "a.yaml:1: the document has the key 1, which is not text; write the key in quotes (JSON, which the API speaks, has text keys only)", id="number-as-key"),
    pytest.param("a:\n  on: b\n", "a.yaml:2: a has the key on, which is not text; write the key in quotes (JSON, which the API speaks, has text keys only)", id="on-as-key"),
    pytest.param("? [a]\n: b\n", "a.yaml:1: the document has the key a list or mapping, which is not text; write the key in quotes (JSON, which the API speaks, has text keys only)", id="list-as-key"),
    pytest.param("a: b\n<<: {c: d}\n", "a.yaml:2: the document has the key <<, which is not text; write the key in quotes (JSON, which the API speaks, has text keys only)", id="merge-key"),
    pytest.param("a: [\n", "a.yaml:2: the text is not YAML: did not find expected node content; correct it there (nothing after it can be read)", id="not-yaml"),
    pytest.param("a: b\n\tc: d\n", "a.yaml:2: the text is not YAML: found a tab character that violates indentation; correct it there (nothing after it can be read)", id="tab"),
    pytest.param("a: \x07\n", "a.yaml: the text holds a character or escape that YAML does not allow; remove it (it cannot be read)", id="control-character"),
    pytest.param(b"a: b\nc: \xff\n", "a.yaml:2: the text is not UTF-8; save it as UTF-8 (Kubernetes reads nothing else)", id="not-utf-8"),
    pytest.param("a: " + "[" * 100_000, "a.yaml:1: the document is nested deeper than 64 levels; flatten it (no Kubernetes object is)", id="too-deep"),
    pytest.param("# " + "x" * MAX_BYTES, f"a.yaml: the file has {MAX_BYTES + 2} bytes; keep it below {MAX_BYTES} (manifests here are written by hand)", id="too-large"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), CASES)
def test_prevent(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert refused(tmp_path, text) == message


WHY = "left to its default, the direction that a policy closes depends on which rules it has"


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        pytest.param(POLICY.replace("  policyTypes: [Ingress]\n", ""), "policyTypes", "is missing", id="kubernetes"),
        pytest.param(CALICO.replace("  types: [Ingress, Egress]\n", "  order: 1\n"), "types", "is missing", id="calico"),
        pytest.param(POLICY.replace("[Ingress]", "[]"), "policyTypes", "is '[]' but holds something else or nothing", id="empty"),
        pytest.param(POLICY.replace("[Ingress]", "[Egres]"), "policyTypes", "is '['Egres']' but holds something else or nothing", id="typo"),
        pytest.param(POLICY.replace("[Ingress]", "Ingress"), "policyTypes", "is 'Ingress' but holds something else or nothing", id="text"),
        pytest.param("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\n", "policyTypes", "is missing", id="no-spec"),
    ],
)  # fmt: skip
def test_prevent_a_policy_that_does_not_say_its_directions(
    tmp_path: Path, text: str, field: str, problem: str
) -> None:
    assert (
        refused(tmp_path, text) == f"a.yaml:1: spec.{field} {problem}; list Ingress, Egress or both ({WHY})"
    )


def test_prevent_an_object_that_another_file_has_already(tmp_path: Path) -> None:
    (tmp_path / "0.yaml").write_text(NAMESPACE)
    assert refused(tmp_path, NAMESPACE).startswith(
        "a.yaml:1: metadata.name is 'shop' but 0.yaml:1 has a Namespace"
    )


def test_prevent_a_folder_without_manifests(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing to deploy")
    with pytest.raises(ManifestError) as error:
        load_folder(tmp_path)
    assert str(error.value) == (
        f"{tmp_path.as_posix()}: the folder has no .yaml file; add one "
        "(an empty folder would deploy nothing, silently)"
    )


def test_prevent_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        load_folder(tmp_path / "gone")
    assert str(error.value) == (
        f"{tmp_path.as_posix()}/gone: the folder does not exist; create it (the lab's entry names it)"
    )


def test_prevent_a_file_that_would_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(NAMESPACE)
    assert refused(tmp_path, NAMESPACE) == (
        "b.yml: the file name ends in .yml; end it in .yaml (only such files are deployed)"
    )


def test_prevent_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        ManifestError, match=r"a\.yaml: the file cannot be read: No such file or directory; make it"
    ):
        load_file(tmp_path / "a.yaml")


def test_containers_are_found_in_pods_and_templates_init_containers_first() -> None:
    pod: dict[str, Any] = {
        "initContainers": [{"name": "a"}],
        "containers": [{"name": "b"}, {"no": "name"}, "text"],
    }
    bodies: list[dict[str, Any]] = [{"spec": pod}, {"spec": {"template": {"spec": pod}}}]
    for body in bodies:
        assert [container["name"] for container in containers(body)] == ["a", "b"]
    bodies = [{}, {"spec": None}, {"spec": {"template": None}}, {"spec": {"containers": None}}]
    for body in bodies:
        assert list(containers(body)) == []


def test_container_names_are_collected_over_all_objects(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME, namespace: shop}\nspec: {containers: [{name: c-NAME}]}\n"
    (tmp_path / "a.yaml").write_text(pod.replace("NAME", "x") + "---\n" + pod.replace("NAME", "y"))
    assert container_names(load_folder(tmp_path)) == {"c-x", "c-y"}


@settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.text(max_size=60).map(str.encode)
    | st.binary(max_size=60)
    | st.lists(
        st.sampled_from([*"[]{}:,-&*!|>'\"%@`#?\n ", "\n  ", "a", "kind", "<<", "~", "1", "..."]), max_size=25
    )
    .map("".join)
    .map(str.encode)
)
def test_any_file_is_loaded_or_refused_and_never_crashes_the_loader(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(text)
    outcome: Any
    try:
        outcome = load_file(file)
    except LabError as error:
        outcome = error
    assert outcome


@pytest.mark.parametrize("kind", ["link", "link to a device", "pipe", "folder"])
def test_what_is_no_file_of_the_folder_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "10-app.yaml"
    match kind:
        case "link":
            (tmp_path / "elsewhere").write_text("secret: 1\n", encoding="utf-8")
            path.symlink_to(tmp_path / "elsewhere")
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    with pytest.raises(ManifestError) as caught:
        load_folder(tmp_path)
    assert str(caught.value) == (
        f"{path.as_posix()}: the file is a link, a folder or a device; put the file itself there (what is deployed lies "
        "in this folder, and a link could lead anywhere)"
    )


@pytest.mark.parametrize("inside", ["{b: 1, b: 2}", "{1: 2}"])
def test_a_key_cannot_write_to_the_terminal_from_the_path_of_what_is_refused(
    tmp_path: Path, inside: str
) -> None:
    (tmp_path / "a.yaml").write_text(f'"\\e[2J\u200b": {{a: {inside}}}\n', encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_folder(tmp_path)
    assert str(caught.value).isprintable()
