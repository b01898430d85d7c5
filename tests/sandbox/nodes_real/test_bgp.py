"""Calico's own templates reach BIRD, without the one word that Debian's does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import ToolError
from sandbox.nodes.real import bgp
from sandbox.nodes.real.archive import Link, Text

TEMPLATE = """\
if defined(bgp_next_hop) && ( bgp_next_hop ~ {{$network}} ) then
  krt_tunnel = "";  {{- /* krt_tunnel stays in remarks */}}
else
  krt_tunnel = "{{$data.ipip}}";
accept;
"""


@pytest.fixture
def confd(tmp_path: Path) -> Path:
    for name in bgp._FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n{TEMPLATE}", encoding="utf-8")
    return tmp_path


def test_a_tunnel_is_not_set_and_every_other_line_stays() -> None:
    changed = bgp.without_tunnels(TEMPLATE).splitlines()
    assert changed == [
        "if defined(bgp_next_hop) && ( bgp_next_hop ~ {{$network}} ) then",
        "  preference = preference;  {{- /* krt_tunnel stays in remarks */}}",
        "else",
        "  preference = preference;",
        "accept;",
    ]


def test_the_image_has_every_template_where_confd_looks(confd: Path) -> None:
    entries = bgp.entries(confd)
    texts = {path: content.text for path, content in entries.items() if isinstance(content, Text)}
    assert sorted(texts) == sorted(f"/etc/calico/confd/{name}" for name in bgp._FILES)
    assert len(texts) == 12
    for text in texts.values():
        assert 'krt_tunnel = "' not in text
    assert entries["/etc/calico/confd/config"] is None
    assert entries["/usr/bin/birdcl"] == Link("/usr/sbin/birdc")


def test_a_template_that_is_not_there_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"conf\.d/bird\.toml cannot be read .* `make tools NODES=real`"):
        bgp.entries(tmp_path)
