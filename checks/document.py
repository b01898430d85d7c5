"""docs/checks.md, made of the checks themselves: `python -m checks.document > docs/checks.md`.

A test compares the file with what this makes, so that the page cannot fall behind.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from checks import catalogue, state, traffic
from checks.api import Api
from checks.check import Check
from checks.lab import Lab
from checks.stack import read_lab
from checks.traffic import reachability
from checks.traffic.outcome import Outcome
from checks.traffic.session import Options, Session
from labs.stack_files import stacks_of

ROOT = Path(__file__).resolve().parent.parent

_OUTCOMES = {
    Outcome.ALLOWED: "the connection was made",
    Outcome.DENIED: "silence for 3 seconds: what a policy's drop looks like",
    Outcome.REFUSED: "the other end said no, so the packet got there: no policy's doing",
    Outcome.DNS_FAILED: "the name was not found, so nothing is known about the way",
    Outcome.UNTESTED: "the probe did not run, or a deny has no control beside it; never counted as good",
}

UNPROVED = {
    "az aks show, az network vnet, az network route-table": "asks Azure, with rights of its own on the subscription; "
    "`address-plan` sees the same plan from inside the cluster, and the stack's outputs hold it",
    "kubectl get node -o yaml \\| grep cni (NotReady before Calico)": "the state before `up` has ended; the tests on "
    "the real engine see it",
    "kubectl get installation -o jsonpath={.status.calicoVersion}": "the chart pins the operator and the operator its "
    "Calico; the sandbox's operator is an older one, so the check would always fail there",
    "tcpdump of the page in clear text, and of udp port 51820": "needs a privileged pod, and silence proves nothing; "
    "`wireguard-bytes` reads the kernel's counter without one",
    "ip -d link show vxlan.calico, ifconfig wireguard.cali, dmesg": "needs a shell on the node; `ip-pool` and "
    "`wireguard-mtu` read what pool and operator say, `wireguard-bytes` the device's counter",
    "calico-node -bpf nat dump": "needs exec into calico-node; `bpf-log` and `client-address` see its effect",
    "ping 8.8.8.8 and 1.1.1.1": "needs raw sockets, which probe pods do not get; TCP port 53 is tried instead",
    "kubectl describe pod \\| grep error (a Windows image of another build)": "a broken state on purpose; "
    "`windows-build` compares image and node before it comes to that",
}
"""Steps of the course that no check repeats, and why not."""


def stack_of(project: Path, stack: str, full: bool = True) -> Lab:
    """Return a stack without its cluster: enough to list its checks."""
    nobody = cast(Api, None)  # nothing is asked
    return read_lab(project, stack, nobody, Session(Options(run="000000", full=full)))


def page(project: Path = ROOT) -> str:
    """Return the page."""
    return "\n".join(_lines(project)) + "\n"


def _lines(project: Path) -> Iterator[str]:
    labs = {stack: stack_of(project, stack) for stack in stacks_of(project)}
    yield "# Checks"
    yield ""
    yield "Made by `.venv/bin/python -m checks.document > docs/checks.md`; do not edit it by hand."
    yield ""
    yield "`labctl check <stack>` runs all of a stack's checks side by side. Everything it expects comes from the"
    yield "stack's settings and from the files of `apps/` and `policies/` that the stack deploys. Exit codes: 0 nothing"
    yield "is wrong, 1 a check failed, 2 the question makes no sense, 3 something could not be tested, 130 interrupted."
    yield "A check that cannot say anything here is skipped, says why, and changes no exit code."
    yield "`labctl check --help` lists the options, each also `CALICO_LABS_CHECK_<OPTION>` in the environment, and"
    yield "`labctl check <stack> --list` the checks; neither needs a cluster."
    yield ""
    yield "## Checks of the cluster, Calico and the application"
    yield ""
    yield from _table(state.ONE_EACH, labs)
    yield ""
    yield "## Checks of policies"
    yield ""
    yield "One a policy file: `policy/<file>` proves that the cluster has it, rule by rule, as the file says."
    yield ""
    for stack, lab in labs.items():
        names = [f"`{check.name}`" for check in catalogue.checks_of(lab) if check.name.startswith("policy/")]
        yield f"- {stack}: {', '.join(names) or 'none'}"
    yield ""
    yield "## Checks of traffic"
    yield ""
    yield f"One a Service port: `traffic/<service>.<namespace>:<port>` proves that {reachability.PROVES}."
    yield f"Course step: {reachability.COURSE}. Needs: {reachability.NEEDS}."
    yield "Probe pods wear the labels of the tier whose place they take, are made once a run, and are removed at its"
    yield "end, also after Ctrl-C; `labctl check --clean` removes what a killed run has left."
    yield ""
    for stack, lab in labs.items():
        names = [f"`{check.name}`" for check in catalogue.checks_of(lab) if check.name.startswith("traffic/")]
        yield f"- {stack}: {', '.join(names) or 'none'}"
    yield ""
    yield from _table(traffic.ONE_EACH, labs)
    yield ""
    yield "What can become of a connection:"
    yield ""
    yield "| outcome | meaning |"
    yield "|---|---|"
    for outcome, meaning in _OUTCOMES.items():
        yield f"| {outcome} | {meaning} |"
    yield ""
    yield "## Course steps without a check"
    yield ""
    yield "| step | why |"
    yield "|---|---|"
    for step, why in UNPROVED.items():
        yield f"| {step} | {why} |"
    yield ""
    yield "## Rights"
    yield ""
    yield "`checks/rights/look.yaml` is all that the checks without traffic need, `checks/rights/probe.yaml` what"
    yield "probes and `--full` need besides. Reading Secrets is not among them."


def _table(checks: tuple[Check, ...], labs: dict[str, Lab]) -> Iterator[str]:
    yield "| check | proves that | course step | needs | stacks |"
    yield "|---|---|---|---|---|"
    for check in checks:
        stacks = ", ".join(stack for stack, lab in labs.items() if check.applies(lab))
        cells = [f"`{check.name}`", check.proves, check.course, check.needs, stacks or "none as committed"]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
