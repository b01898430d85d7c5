"""Helm's own record of a release: one Secret a revision, in Helm's format, so that `helm list` shows it too.

Does not keep what only Helm's rollback needs (templates, hooks).
"""

from __future__ import annotations

import base64
import datetime
import gzip
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import yaml

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError

_TYPE = "helm.sh/release.v1"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One revision of a release."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    app_version: str
    values: Body
    objects: list[Body]
    first_deployed: str = ""

    def with_status(self, status: str) -> Record:
        return replace(self, status=status)

    def resource_names(self) -> dict[str, list[str]]:
        """Return the names of the objects by `Kind.group/apiVersion`, as the real provider groups them."""
        names: dict[str, set[str]] = {}
        for item in self.objects:
            api_version, metadata = str(item["apiVersion"]), item["metadata"]
            group = api_version.rpartition("/")[0]
            key = f"{item['kind']}{'.' + group if group else ''}/{api_version}"
            prefix = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
            names.setdefault(key, set()).add(prefix + metadata["name"])
        return {key: sorted(found) for key, found in sorted(names.items())}


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


def _path(namespace: str, name: str = "") -> str:
    root = f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets"
    return f"{root}/{quote(name, safe='')}" if name else root


def _secret_name(record: Record) -> str:
    return f"sh.helm.release.v1.{record.name}.v{record.revision}"


def history(api: Api, namespace: str, name: str) -> list[Record]:
    """Return the revisions of a release, oldest first."""
    query = {"labelSelector": f"owner=helm,name={name}"}
    try:
        items = api.get(_path(namespace), query).get("items") or []
    except ApiError as error:
        if error.not_found:
            return []
        raise
    records = [_decoded(item) for item in items if item.get("type") == _TYPE]
    return sorted(records, key=lambda record: record.revision)


def save(api: Api, record: Record) -> None:
    """Write the revision, over an earlier state of it."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": _TYPE,
        "metadata": {
            "name": _secret_name(record),
            "namespace": record.namespace,
            "labels": {
                "owner": "helm",
                "name": record.name,
                "status": record.status,
                "version": str(record.revision),
            },
        },
        "data": {"release": _encoded(record)},
    }
    try:
        api.request("POST", _path(record.namespace), body=body)
    except ApiError as error:
        if not error.already_exists:
            raise
        api.request("PUT", _path(record.namespace, _secret_name(record)), body=body)


def remove(api: Api, record: Record) -> None:
    try:
        api.request("DELETE", _path(record.namespace, _secret_name(record)))
    except ApiError as error:
        if not error.not_found:
            raise


def _encoded(record: Record) -> str:
    document = {
        "name": record.name,
        "namespace": record.namespace,
        "version": record.revision,
        "info": {
            "first_deployed": record.first_deployed or now(),
            "last_deployed": now(),
            "deleted": "",
            "description": f"{record.status} by the sandbox",
            "status": record.status,
        },
        "chart": {
            "metadata": {
                "name": record.chart,
                "version": record.version,
                "appVersion": record.app_version,
                "apiVersion": "v2",
            },
            "templates": [],
            "values": {},
        },
        "config": record.values,
        "manifest": yaml.safe_dump_all(record.objects, sort_keys=False, explicit_start=True),
    }
    packed = base64.b64encode(gzip.compress(json.dumps(document).encode()))
    return base64.b64encode(packed).decode()  # once for Helm, once for the API


def _decoded(secret: Body) -> Record:
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    document: dict[str, Any] = json.loads(gzip.decompress(packed))
    metadata = document["chart"]["metadata"]
    return Record(
        name=document["name"],
        namespace=document["namespace"],
        revision=document["version"],
        status=document["info"]["status"],
        chart=metadata["name"],
        version=metadata["version"],
        app_version=metadata.get("appVersion", ""),
        values=document.get("config") or {},
        objects=[item for item in yaml.safe_load_all(document.get("manifest") or "") if item],
        first_deployed=document["info"].get("first_deployed", ""),
    )
