"""What the documentation says of the labs, made from the catalogue, the settings and the manifests themselves.

Text and SVG only; nothing is written here. A test compares the files with it, and writes them when it is asked to.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from labs import catalogue
from labs.enums import ClusterKind, CniType, Encapsulation
from labs.manifests import Manifest
from labs.pools import linux_pools

if TYPE_CHECKING:
    from labs.settings import LabSettings

_WIDTH = 760
_LINE = 20
_PAD = 12


def readme_table() -> str:
    """Return the table of labs for README.md: stack, what it shows, where it comes from, how to start it."""
    rows = [
        f"| [`{entry.lab}`](docs/labs/{entry.lab}.md) | {entry.summary} | {entry.course} "
        f"| `make up STACK={entry.lab}` |"
        for entry in catalogue.entries()
    ]
    smallest = (
        "| `dev` | The smallest `byocni`: one node, the default for trying things | - | `make up STACK=dev` |"
    )
    rows.append(smallest)
    return "\n".join(["| stack | shows | course | start it |", "|---|---|---|---|", *rows])


def diagram(settings: LabSettings, app: Sequence[Manifest], policies: Sequence[Manifest]) -> str:
    """Return a picture of a lab: nodes and Calico on the left, namespaces with what runs in them on the right."""
    left = [("cluster", _cluster(settings)), ("Calico", _calico(settings)), *_pool_boxes(settings)]
    right = [(f"namespace {name}", _namespace(name, app, policies)) for name in _namespaces(app)]
    wide = [p for p in policies if p.namespace is None]
    if wide:
        right.append(("whole cluster", [_policy(policy) for policy in wide]))
    column = (_WIDTH - 3 * _PAD) // 2
    parts: list[str] = []
    bottom = 0
    for x, boxes, colour in ((_PAD, left, "#eef4fb"), (2 * _PAD + column, right, "#f4f8ee")):
        y = _PAD + 26
        for title, lines in boxes:
            height = _LINE * (len(lines) + 1) + _PAD
            parts.append(
                f'<rect x="{x}" y="{y}" width="{column}" height="{height}" rx="6" fill="{colour}" stroke="#667"/>'
            )
            parts.append(_text(x + 10, y + 18, title, bold=True))
            parts += [_text(x + 10, y + 18 + _LINE * (i + 1), line) for i, line in enumerate(lines)]
            y += height + _PAD
        bottom = max(bottom, y)
    title = f"{settings.lab}: {catalogue.get(settings.lab).summary}"
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom}" role="img" font-size="13" '
                'font-family="system-ui, sans-serif">'
            ),
            f"<title>{escape(title)}</title>",
            f'<rect width="{_WIDTH}" height="{bottom}" fill="#ffffff"/>',
            _text(_PAD, _PAD + 10, str(settings.lab), bold=True),
            *parts,
            "</svg>",
            "",
        ]
    )


def _text(x: int, y: int, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="#123"{weight}>{escape(text)}</text>'


def _cluster(settings: LabSettings) -> list[str]:
    if settings.cluster is ClusterKind.EXISTING:
        return ["yours, by kubeconfig and context"]
    return [
        f"AKS, network plugin {settings.network_plugin}",
        f"pods in {settings.pod_cidr or 'the VNet, one address each'}",
        f"services in {settings.service_cidr}",
    ]


def _calico(settings: LabSettings) -> list[str]:
    lines = [f"CNI {settings.cni}, data plane {settings.dataplane}, BGP {settings.bgp}"]
    if settings.cni is CniType.CALICO:
        how = "no encapsulation" if settings.encapsulation is Encapsulation.NONE else settings.encapsulation
        lines.append(f"pool {settings.pod_cidr}, blocks of /{settings.block_size}, {how}")
    lines.append(f"WireGuard {settings.wireguard}")
    return lines


def _pool_boxes(settings: LabSettings) -> list[tuple[str, list[str]]]:
    if settings.cluster is ClusterKind.EXISTING:
        return [("nodes", ["those that the cluster has; a status report of each"])]
    boxes = [
        (
            f"pool {pool.name}",
            [f"{pool.count} x {settings.node_vm_size}, Linux"]
            + [f"label {key}={value}" for key, value in pool.labels.items()],
        )
        for pool in linux_pools(settings)
    ]
    if settings.windows_node_count:
        size = f"{settings.windows_node_count} x {settings.windows_vm_size}, {settings.windows_os_sku}"
        boxes.append((f"pool {settings.windows_pool_name}", [size]))
    return boxes


def _namespaces(app: Sequence[Manifest]) -> list[str]:
    return [manifest.name for manifest in app if manifest.kind == "Namespace"]


def _namespace(name: str, app: Sequence[Manifest], policies: Sequence[Manifest]) -> list[str]:
    inside = [manifest for manifest in app if manifest.namespace == name]
    lines = [
        f"{manifest.name}: {_pods(manifest.body['spec'].get('replicas', 1))}"
        for manifest in inside
        if manifest.kind in ("Deployment", "StatefulSet")
    ]
    for manifest in inside:
        spec = manifest.body.get("spec", {})
        if manifest.kind == "Service" and spec.get("type") != "ExternalName":
            ports = ", ".join(str(port["port"]) for port in spec.get("ports", []))
            lines.append(f"Service {manifest.name}:{ports} {spec.get('type', 'ClusterIP')}")
    lines += [_policy(policy) for policy in policies if policy.namespace == name]
    return lines or ["empty; the place to visit from"]


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _policy(policy: Manifest) -> str:
    owner = "Kubernetes" if policy.api_version.startswith("networking.k8s.io/") else "Calico"
    order = policy.body["spec"].get("order")
    return f"{owner} policy {policy.name}" + (f", order {order}" if order is not None else "")
