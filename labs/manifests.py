"""The strict loader of `apps/` and `policies/`: what it returns is safe to deploy, to analyse and to print.

A file that YAML accepts can still mean something else than its reader thinks: a key written twice, `no` read
as false, a policy whose direction is left to a default. Such files are refused here, with file, line, reason
and remedy, instead of being found on a cluster. Which fields a kind has is not checked; the API server does
that better.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

from labs.errors import ManifestError, shown
from labs.strict_yaml import Located, load_documents

MAX_BYTES = 1024 * 1024
"""A manifest larger than this was not written by hand, and would be slow to parse."""

_CALICO = "projectcalico.org/v3"

NAMESPACED: Mapping[tuple[str, str], bool] = {
    ("v1", "Namespace"): False,
    ("v1", "ServiceAccount"): True,
    ("v1", "ConfigMap"): True,
    ("v1", "Service"): True,
    ("v1", "Pod"): True,
    ("apps/v1", "Deployment"): True,
    ("apps/v1", "StatefulSet"): True,
    ("apps/v1", "DaemonSet"): True,
    ("batch/v1", "Job"): True,
    ("networking.k8s.io/v1", "NetworkPolicy"): True,
    (_CALICO, "NetworkPolicy"): True,
    (_CALICO, "GlobalNetworkPolicy"): False,
    (_CALICO, "NetworkSet"): True,
    (_CALICO, "GlobalNetworkSet"): False,
    (_CALICO, "Tier"): False,
}
"""Kinds that a lab may deploy, and whether each lives in a namespace. Secrets are left out on purpose."""

_POLICY_TYPES = {
    ("networking.k8s.io/v1", "NetworkPolicy"): "policyTypes",
    (_CALICO, "NetworkPolicy"): "types",
    (_CALICO, "GlobalNetworkPolicy"): "types",
}


@dataclass(frozen=True)
class Manifest:
    """One object of one file."""

    path: Path
    line: int
    """Line on which the document starts, counted from 1."""

    body: Mapping[str, Any]

    @property
    def api_version(self) -> str:
        """The object's `apiVersion`."""
        return str(self.body["apiVersion"])

    @property
    def kind(self) -> str:
        """The object's `kind`."""
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        """The object's `metadata.name`."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        """The object's `metadata.namespace`; None for kinds that live in no namespace."""
        namespace = self.body["metadata"].get("namespace")
        return None if namespace is None else str(namespace)

    @property
    def where(self) -> str:
        """File and line, as editors understand them."""
        return f"{self.path.as_posix()}:{self.line}"


def load_folder(path: Path) -> list[Manifest]:
    """Load all manifests of a folder, in the order of file names and then of lines.

    Raises:
        ManifestError: at the first file or object that is not acceptable, or if there is none.
    """
    where = path.as_posix()
    if not path.is_dir():
        raise ManifestError(where, "the folder", "does not exist", "create it", "the lab's entry names it")
    stray = sorted(entry.name for entry in path.iterdir() if entry.suffix == ".yml")
    if stray:
        raise ManifestError(
            f"{where}/{stray[0]}",
            "the file name",
            "ends in .yml",
            "end it in .yaml",
            "only such files are deployed",
        )
    files = sorted(
        (entry for entry in path.iterdir() if entry.suffix == ".yaml"), key=lambda entry: entry.name
    )
    if not files:
        raise ManifestError(
            where,
            "the folder",
            "has no .yaml file",
            "add one",
            "an empty folder would deploy nothing, silently",
        )
    manifests = [manifest for file in files for manifest in load_file(file)]
    _refuse_repeated(manifests)
    return manifests


def load_file(path: Path) -> list[Manifest]:
    """Load all objects of one file in their order.

    Raises:
        ManifestError: at the first one that is not acceptable.
    """
    where = path.as_posix()
    try:
        status = path.lstat()
        if not S_ISREG(status.st_mode):
            raise ManifestError(
                where,
                "the file",
                "is a link, a folder or a device",
                "put the file itself there",
                "what is deployed lies in this folder, and a link could lead anywhere",
            )
        size = status.st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise ManifestError(
            where,
            "the file",
            f"cannot be read: {error.strerror}",
            "make it readable",
            "it is part of the lab",
        ) from error
    if size > MAX_BYTES:
        raise ManifestError(
            where,
            "the file",
            f"has {size} bytes",
            f"keep it below {MAX_BYTES}",
            "manifests here are written by hand",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            f"{where}:{line}", "the text", "is not UTF-8", "save it as UTF-8", "Kubernetes reads nothing else"
        ) from error
    documents = load_documents(text, where)
    if not documents:
        raise ManifestError(
            where, "the file", "holds no object", "add one or delete the file", "an empty file looks deployed"
        )
    return [_manifest(path, document) for document in documents]


def container_names(manifests: Iterable[Manifest]) -> set[str]:
    """Return the names of all containers, init containers included, that manifests would run."""
    return {str(container["name"]) for manifest in manifests for container in containers(manifest.body)}


def containers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the containers of a Pod or of anything that holds a pod template, init containers first."""
    spec = body.get("spec")
    template = spec.get("template") if isinstance(spec, Mapping) else None
    pod = template.get("spec") if isinstance(template, Mapping) else spec
    if isinstance(pod, Mapping):
        for field in ("initContainers", "containers"):
            found = pod.get(field)
            yield from (
                c
                for c in (found if isinstance(found, list) else [])
                if isinstance(c, Mapping) and "name" in c
            )


def _manifest(path: Path, document: Located) -> Manifest:
    where = f"{path.as_posix()}:{document.line}"
    body = document.value
    if not isinstance(body, dict):
        raise ManifestError(
            where,
            "the document",
            "is not a mapping",
            "write one object a document",
            "objects have named fields",
        )
    for field in ("apiVersion", "kind"):
        _require_text(where, field, body.get(field))
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise ManifestError(
            where, "metadata", "is missing", "add it with a name", "every object is found by its name"
        )
    _require_text(where, "metadata.name", metadata.get("name"))
    line_of = document.line_of
    _check_kind(
        f"{path.as_posix()}:{line_of.get(('kind',), document.line)}", body["apiVersion"], body["kind"]
    )
    _check_namespace(where, body, metadata)
    _check_policy(where, body)
    if body["kind"] == "Service":
        _check_service(where, body.get("spec"))
    return Manifest(path, document.line, body)


def _require_text(where: str, field: str, value: object) -> None:
    if value is None:
        raise ManifestError(where, field, "is missing", "add it", "Kubernetes finds objects by kind and name")
    if not isinstance(value, str) or not value:
        raise ManifestError(
            where, field, f"is '{shown(value)}' but not text", "write it in quotes", "it is a name"
        )


def _check_kind(where: str, api_version: str, kind: str) -> None:
    if (api_version, kind) in NAMESPACED:
        return
    versions = [version for version, known in NAMESPACED if known == kind]
    if versions:
        raise ManifestError(
            where,
            "apiVersion",
            f"is '{shown(api_version)}' but {kind} is deployed as {' or '.join(versions)}",
            f"set it to {versions[-1] if 'calico' in api_version else versions[0]}",
            "other versions are retired or internal",
        )
    close = difflib.get_close_matches(kind, sorted({known for _, known in NAMESPACED}), n=1, cutoff=0.7)
    raise ManifestError(
        where,
        "kind",
        f"is '{shown(kind)}' but no lab deploys that kind",
        f"did you mean {close[0]}" if close else "use one of those in labs/manifests.py",
        "what is not known here can be neither analysed nor waited for",
    )


def _check_namespace(where: str, body: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    namespaced = NAMESPACED[body["apiVersion"], body["kind"]]
    if namespaced:
        if metadata.get("namespace") is None:
            raise ManifestError(
                where,
                "metadata.namespace",
                "is missing",
                "add it",
                f"a {body['kind']} without one lands in whatever namespace is the default",
            )
        _require_text(where, "metadata.namespace", metadata["namespace"])
    elif "namespace" in metadata:
        raise ManifestError(
            where,
            "metadata.namespace",
            f"is '{shown(metadata['namespace'])}' but a {body['kind']} is in no namespace",
            "remove it",
            "it would look narrower than it is",
        )


def _check_policy(where: str, body: Mapping[str, Any]) -> None:
    field = _POLICY_TYPES.get((body["apiVersion"], body["kind"]))
    if field is None:
        return
    spec = body.get("spec")
    types = spec.get(field) if isinstance(spec, dict) else None
    if not isinstance(types, list) or not types or not all(t in ("Ingress", "Egress") for t in types):
        problem = (
            "is missing" if types is None else f"is '{shown(types)}' but holds something else or nothing"
        )
        raise ManifestError(
            where,
            f"spec.{field}",
            problem,
            "list Ingress, Egress or both",
            "left to its default, the direction that a policy closes depends on which rules it has",
        )


def _check_service(where: str, spec: object) -> None:
    if not isinstance(spec, dict):
        raise ManifestError(
            where,
            "spec",
            "is missing" if spec is None else f"is '{shown(spec)}' but not a mapping",
            "write the Service's ports and selector there",
            "a Service without them leads nowhere",
        )


def _refuse_repeated(manifests: Iterable[Manifest]) -> None:
    seen: dict[tuple[str, str, str | None, str], Manifest] = {}
    for manifest in manifests:
        group = manifest.api_version.partition("/")[0]
        identity = (group, manifest.kind, manifest.namespace, manifest.name)
        first = seen.setdefault(identity, manifest)
        if first is not manifest:
            place = f" in namespace {manifest.namespace}" if manifest.namespace else ""
            raise ManifestError(
                manifest.where,
                "metadata.name",
                f"is '{shown(manifest.name)}' but {first.where} has a {manifest.kind} of that name{place} "
                "already",
                "rename or remove one",
                "the later one would overwrite the earlier",
            )
