"""The format of case files: clusters with expected flows, selector tables, objects to accept or refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from stat import S_ISREG

from labs.strict_yaml import load_documents
from labs.versions import release_of
from reach.document import Document
from reach.errors import InputError, shown
from reach.fields import Field
from reach.kinds.read import read
from reach.kinds.values import LAST_PORT, protocol
from reach.model import Address, Cluster, NamedPort, ServiceBackends, Workload
from reach.ordering import names_break_ties
from reach.protocols import ECHO_REQUEST, TCP
from reach.traffic import Flow

MAX_BYTES = 4 * 1024 * 1024
EPHEMERAL_PORT = 45678
_SECTIONS = ("cases", "evaluate", "invalid", "canonical", "objects")
_CASE = frozenset(
    [
        "id",
        "title",
        "features",
        "since",
        "adaptation",
        "source",
        "namespaces",
        "serviceAccounts",
        "pods",
        "services",
        "resources",
        "expect",
        "refused",
        "release",
    ]
)


_ENTRY = {
    "evaluate": ("id", "selector", "matches", "nonMatches"),
    "canonical": ("selector", "canonical"),
    "objects": ("id", "title", "source", "valid", "resource", "error", "field"),
}
"""Fields of an entry of the other sections; those of `invalid` are plain texts."""


@dataclass(frozen=True)
class CaseFile:
    """One file: its top mapping, and the case of each section as fields."""

    path: str
    top: Field

    def section(self, name: str) -> Iterator[Field]:
        """Yield the entries of a section; nothing if the file has none."""
        for entry in self.top.get(name).items():
            yield entry.mapping(_ENTRY[name]) if name in _ENTRY else entry


def load(path: Path) -> CaseFile:
    """Load a file of cases.

    Raises:
        InputError: if it is no such file.
        ManifestError: if it is not plain YAML.
    """
    where = path.as_posix()
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise InputError(
                where,
                "the file",
                "is a folder, a pipe or a device",
                "name a file of cases",
                "it may have no end",
            )
        size = status.st_size
        text = path.read_text(encoding="utf-8") if size <= MAX_BYTES else ""
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise InputError(
            where, "the file", f"cannot be read: {problem}", "name a file of cases", "nothing is run"
        ) from error
    if size > MAX_BYTES:
        raise InputError(
            where, "the file", f"has {size} bytes", f"keep it below {MAX_BYTES}", "cases are small clusters"
        )
    documents = load_documents(text, where)
    if len(documents) != 1:
        raise InputError(
            where, "the file", f"holds {len(documents)} documents", "write one", "its sections have names"
        )
    located = documents[0]
    top = Field(Document(where, located.line, {}, lambda: located.line_of), (), located.value)
    top.mapping(_SECTIONS)
    if not located.value:
        top.refuse("holds no case", f"write one of {', '.join(_SECTIONS)}", "an empty file proves nothing")
    return CaseFile(where, top)


@dataclass(frozen=True)
class Expectation:
    """One flow and the verdict that is expected."""

    field: Field
    source: str
    destination: str
    flow: Flow
    allow: bool

    def end(self, name: str) -> Address | None:
        """Return the address of an end given as `ip:ADDRESS`; None if it is a pod."""
        return _address(self.field.get("from"), name[3:]) if name.startswith("ip:") else None


def cluster_of(case: Field) -> Cluster:
    """Return the cluster that a case describes."""
    case.mapping(_CASE)
    namespaces = {
        item.mapping(("name", "labels")).get("name").text(): item.get("labels").labels()
        for item in case.get("namespaces").items()
    }
    accounts = {
        (item.get("namespace").text(), item.get("name").text()): item.get("labels").labels()
        for item in case.get("serviceAccounts").items()
    }
    objects = read(_documents(case))
    return Cluster(
        namespaces=namespaces,
        service_accounts=accounts,
        workloads=tuple(_pod(item) for item in case.get("pods").items()),
        services=tuple(_service(item) for item in case.get("services").items()),
        network_sets=objects.network_sets,
        tiers=objects.tiers,
        policies=objects.policies,
        names_break_ties=names_break_ties(_release(case.get("release"))),
    )


def _release(field: Field) -> str:
    text = field.text("v3.32")
    if release_of(text) is None:
        field.refuse(
            f"is '{shown(text)}' but not a release",
            "write one such as v3.28",
            "it decides between equal orders",
        )
    return text


def document_at(field: Field) -> Document:
    """Return a manifest inside a case as a document of its own."""
    if not isinstance(field.value, dict):
        field.refuse(f"is '{shown(field.value)}' but not an object", "write a manifest", "it has a kind")
    around = field.document
    return Document(around.file, around.line_of(field.path), field.value, around.lines, field.path)


def _documents(case: Field) -> list[Document]:
    return [document_at(item) for item in case.get("resources").items()]


def _pod(field: Field) -> Workload:
    field.mapping(("name", "namespace", "ip", "labels", "serviceAccount", "ports"))
    ip = field.get("ip")
    return Workload(
        namespace=field.get("namespace").text(),
        name=field.get("name").text(),
        labels=field.get("labels").labels(),
        service_account=field.get("serviceAccount").text(),
        ports=tuple(_named_port(item) for item in field.get("ports").items()),
        address=_address(ip, ip.text()),
        where=field.document.where(field.path),
    )


def _named_port(field: Field) -> NamedPort:
    number = field.get("port").integer(1, LAST_PORT)
    return NamedPort(field.get("name").text(), number or 0, protocol(field.get("protocol")) or TCP)


def _service(field: Field) -> ServiceBackends:
    field.mapping(("name", "namespace", "addresses", "ports"))
    ports = [_named_port(item) for item in field.get("ports").items()]
    return ServiceBackends(
        field.get("namespace").text(),
        field.get("name").text(),
        tuple(_address(item, item.text()) for item in field.get("addresses").items()),
        (),
        tuple((port.protocol, port.port) for port in ports),
    )


def _address(field: Field, text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError:
        field.refuse(
            f"is '{shown(text)}' but not an address", "write one such as 10.0.0.1", "it is matched by number"
        )


def expectations(case: Field) -> Iterator[Expectation]:
    """Yield the flows of a case."""
    for item in case.get("expect").items():
        item.mapping(("from", "to", "protocol", "port", "srcPort", "icmp", "allow", "note"))
        number = protocol(item.get("protocol"))
        if number is None:
            item.get("protocol").refuse("is missing", "write TCP, UDP or another", "a flow has one")
        icmp = item.get("icmp").mapping(("type", "code"))
        kind = (icmp.get("type").integer(0, 255), icmp.get("code").integer(0, 255))
        if not item.get("allow").given:
            item.get("allow").refuse("is missing", "write true or false", "a flow without it expects nothing")
        source = item.get("srcPort").integer(0, LAST_PORT)
        yield Expectation(
            item,
            item.get("from").text(),
            item.get("to").text(),
            Flow(
                number,
                item.get("port").integer(0, LAST_PORT) or 0,
                source or EPHEMERAL_PORT,
                (kind[0], kind[1] or 0) if kind[0] is not None else ECHO_REQUEST.get(number),
            ),
            item.get("allow").flag(),
        )
