"""BGP on real nodes: Debian's BIRD, told what to do by Calico's own confd and Calico's own templates.

Calico ships a BIRD of its own, which is no Go module. Debian's 1.6.8 is the release that Calico's is made from, and
takes the templates' text but for one word: `krt_tunnel`, the device of an IPIP tunnel, which Calico added. There is no
IPIP on real nodes (its kernel module is not everywhere), so each such line is made one without an effect; the rest of
the templates is untouched.
"""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.nodes.real.archive import Entries, Link, Text

_FILES = tuple(
    f"{folder}/{daemon}{part}.{ending}"
    # bird6 has nothing to do, but without its socket calico-node's status report forgets what bird said.
    for daemon in ("bird", "bird6")
    for part in ("", "_aggr", "_ipam")
    for folder, ending in (("conf.d", "toml"), ("templates", "cfg.template"))
)
_TUNNEL = re.compile(r'krt_tunnel = "[^"]*";')
_NOTHING = "preference = preference;"


def without_tunnels(template: str) -> str:
    """Return the template in the words of a BIRD that knows no tunnels."""
    return _TUNNEL.sub(_NOTHING, template)


def entries(confd: Path) -> Entries:
    """Return what calico/node's image needs for BGP beside its userland, by path in the image.

    Raises:
        ToolError: the templates are not there.
    """
    found: Entries = {"/etc/calico/confd/config": None}
    for name in _FILES:
        try:
            text = (confd / name).read_text(encoding="utf-8")
        except OSError as error:
            raise ToolError(
                f"{confd / name} cannot be read ({error.strerror}); run `make tools NODES=real` again"
            ) from error
        found[f"/etc/calico/confd/{name}"] = Text(without_tunnels(text))
    # calico-node asks for BIRD's health by this name, and by runit's for that of its services.
    found["/usr/bin/birdcl"] = Link("/usr/sbin/birdc")
    found["/usr/bin/sv"] = Link("/usr/local/bin/lab-programs")
    return found
