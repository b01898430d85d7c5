"""What the documentation says of the labs, made from the catalogue, the settings and the manifests themselves.

Text and SVG only; nothing is written here. A test compares the files with it, and writes them when it is asked to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from labs import catalogue
from labs.enums import ClusterKind, CniType, Encapsulation
from labs.manifests import Manifest
from labs.pools import linux_pools

if TYPE_CHECKING:
    from labs.settings import LabSettings

WIDTH = 760
_LINE = 22
_PAD = 12
_BADGE = 86
"""Width of the coloured word in front of a line, that says what the line is."""

_COLOURS = {
    "pods": ("#dbe9f8", "#1d4f8a"),
    "Service": ("#dff2ec", "#17604d"),
    "from outside": ("#fde6c8", "#7f4a00"),
    "K8s policy": ("#e7e4fa", "#463a99"),
    "Calico policy": ("#fadfd9", "#97331d"),
}
"""What a line is -> background and text. "From outside" is a Service of type LoadBalancer."""


@dataclass(frozen=True)
class _Line:
    text: str
    badge: str = ""
    """One of `_COLOURS`; empty: the line stands for itself."""


@dataclass(frozen=True)
class _Box:
    title: str
    lines: Sequence[_Line]


def readme_table() -> str:
    """Return the table of labs for README.md: stack, what it shows, where it comes from, how to start it."""
    rows = [
        f"| [`{entry.lab}`](docs/labs/{entry.lab}.md) | {entry.summary} | {entry.course} | {_start(entry)} |"
        for entry in catalogue.entries()
    ]
    smallest = (
        "| `dev` | The smallest `byocni`: one node, the default for trying things | - | `make up STACK=dev` |"
    )
    rows.append(smallest)
    return "\n".join(["| stack | shows | course | start it |", "|---|---|---|---|", *rows])


def _start(entry: catalogue.LabSpec) -> str:
    up = f"`make up STACK={entry.lab}`"
    if entry.windows:
        return f"[its administrator](docs/labs/{entry.lab}.md#run-it), then {up}"
    if entry.cluster is ClusterKind.EXISTING:
        return f"[a cluster](docs/labs/{entry.lab}.md#run-it), then {up}"
    return up


def diagram(settings: LabSettings, app: Sequence[Manifest], policies: Sequence[Manifest]) -> str:
    """Return a picture of a lab: nodes and Calico on the left, namespaces with what runs in them on the right."""
    left = [_cluster(settings), _calico(settings), *_pool_boxes(settings)]
    right = [_namespace(name, app, policies) for name in _namespaces(app)]
    wide = [p for p in policies if p.namespace is None]
    if wide:
        right.append(_Box("Whole cluster", [_policy(policy) for policy in wide]))
    column = (WIDTH - 3 * _PAD) // 2
    top = _PAD + 52
    drawn = [
        _column(left, _PAD, top, column, "#f2f6fb"),
        _column(right, 2 * _PAD + column, top, column, "#fafaf7"),
    ]
    bottom = max(end for _, end in drawn)
    summary = catalogue.get(settings.lab).summary
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" role="img" font-size="13" '
                'font-family="system-ui, sans-serif">'
            ),
            f"<title>{escape(f'{settings.lab}: {summary}')}</title>",
            f'<rect width="{WIDTH}" height="{bottom}" fill="#ffffff"/>',
            _text(_PAD, _PAD + 14, str(settings.lab), size=18, weight=600),
            _text(_PAD, _PAD + 36, summary),
            *(part for parts, _ in drawn for part in parts),
            "</svg>",
            "",
        ]
    )


def _column(boxes: Sequence[_Box], x: int, y: int, width: int, fill: str) -> tuple[list[str], int]:
    """Return the parts of boxes below each other, and where they end."""
    parts: list[str] = []
    for box in boxes:
        height = _LINE * (len(box.lines) + 1) + _PAD
        parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="#b5bcc9"/>'
        )
        parts.append(_text(x + 12, y + 20, box.title, weight=600))
        for index, line in enumerate(box.lines):
            parts += _drawn(line, x + 12, y + 20 + _LINE * (index + 1))
        y += height + _PAD
    return parts, y


def _drawn(line: _Line, x: int, y: int) -> list[str]:
    if not line.badge:
        return [_text(x, y, line.text)]
    fill, ink = _COLOURS[line.badge]
    return [
        f'<rect x="{x}" y="{y - 13}" width="{_BADGE}" height="17" rx="8" fill="{fill}"/>',
        _text(x + _BADGE // 2, y, line.badge, size=11, colour=ink, middle=True),
        _text(x + _BADGE + 8, y, line.text),
    ]


def _text(
    x: int,
    y: int,
    text: str,
    *,
    size: int = 13,
    weight: int = 400,
    colour: str = "#1b2533",
    middle: bool = False,
) -> str:
    more = f' font-size="{size}"' if size != 13 else ""
    more += f' font-weight="{weight}"' if weight != 400 else ""
    more += ' text-anchor="middle"' if middle else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{more}>{escape(text)}</text>'


def _cluster(settings: LabSettings) -> _Box:
    if settings.cluster is ClusterKind.EXISTING:
        return _Box("Cluster", [_Line("yours, by kubeconfig and context")])
    lines = [
        f"AKS, network plugin {settings.network_plugin}",
        f"pods in {settings.pod_cidr or 'the VNet, one address each'}",
        f"Services in {settings.service_cidr}",
    ]
    return _Box("Cluster", [_Line(line) for line in lines])


def _calico(settings: LabSettings) -> _Box:
    lines = [f"CNI {settings.cni}, BGP {settings.bgp}"]
    if settings.cni is CniType.CALICO:
        how = "no encapsulation" if settings.encapsulation is Encapsulation.NONE else settings.encapsulation
        lines.append(f"pool {settings.pod_cidr}, blocks of /{settings.block_size}, {how}")
    windows = ", HNS on Windows" if settings.windows_node_count else ""
    lines.append(f"data plane {settings.dataplane}{windows}")
    lines.append(f"WireGuard {settings.wireguard}")
    return _Box("Calico", [_Line(line) for line in lines])


def _pool_boxes(settings: LabSettings) -> list[_Box]:
    if settings.cluster is ClusterKind.EXISTING:
        return [_Box("Nodes", [_Line("those that the cluster has; a status report of each")])]
    boxes = [
        _Box(
            f"Pool {pool.name}",
            [_Line(f"{pool.count} x {settings.node_vm_size}, Linux")]
            + [_Line(f"label {key}={value}") for key, value in pool.labels.items()],
        )
        for pool in linux_pools(settings)
    ]
    if settings.windows_node_count:
        size = f"{settings.windows_node_count} x {settings.windows_vm_size}, {settings.windows_os_sku}"
        boxes.append(_Box(f"Pool {settings.windows_pool_name}", [_Line(size)]))
    return boxes


def _namespaces(app: Sequence[Manifest]) -> list[str]:
    return [manifest.name for manifest in app if manifest.kind == "Namespace"]


def _namespace(name: str, app: Sequence[Manifest], policies: Sequence[Manifest]) -> _Box:
    inside = [manifest for manifest in app if manifest.namespace == name]
    lines = [
        _Line(f"{manifest.name}, {_pods(manifest.body['spec'].get('replicas', 1))}", "pods")
        for manifest in inside
        if manifest.kind in ("Deployment", "StatefulSet")
    ]
    for manifest in inside:
        spec = manifest.body.get("spec", {})
        if manifest.kind == "Service" and spec.get("type") != "ExternalName":
            ports = ", ".join(str(port["port"]) for port in spec.get("ports", []))
            outside = spec.get("type") == "LoadBalancer"
            lines.append(_Line(f"{manifest.name}:{ports}", "from outside" if outside else "Service"))
    lines += [_policy(policy) for policy in policies if policy.namespace == name]
    return _Box(f"Namespace {name}", lines or [_Line("empty; the place to visit from")])


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _policy(policy: Manifest) -> _Line:
    badge = "K8s policy" if policy.api_version.startswith("networking.k8s.io/") else "Calico policy"
    order = policy.body["spec"].get("order")
    return _Line(policy.name + (f", order {order}" if order is not None else ""), badge)
