"""`python -m bench.checks [stack]`: how long sixty checks take against a stack that is up in the running sandbox.

A stack has fewer than sixty, so its checks are taken again until there are as many. The sum is what they would take one
after the other; the slowest is what they cannot be faster than.
"""

from __future__ import annotations

import secrets
import statistics
import sys

from bench.measure import machine
from checks.api import Api
from checks.catalogue import checks_of
from checks.kubeconfig import choose
from checks.result import Report
from checks.runner import run_all
from checks.stack import kubeconfig_of, read_lab
from checks.traffic.session import Options, Session
from sandbox import engine
from sandbox.home import PROJECT, Home

COUNT = 60
RUNS = 5


def measure(stack: str) -> list[Report]:
    """Return the reports of some runs, each of sixty checks; nothing is retried, so that only looking is measured."""
    kubeconfig = kubeconfig_of(PROJECT, stack, engine.full_environment(Home.default()))
    session = Session(Options(run=secrets.token_hex(3)))
    lab = read_lab(PROJECT, stack, Api(*choose(kubeconfig, None)), session)
    own = checks_of(lab)
    many = (own * (COUNT // len(own) + 1))[:COUNT]
    try:
        return [run_all(many, lab, 0) for _ in range(RUNS)]
    finally:
        for left in session.close():
            print(left, file=sys.stderr)


def main(stack: str) -> None:
    """Print the figures."""
    reports = measure(stack)
    print(f"{machine()}; stack {stack}, {COUNT} checks, {RUNS} runs, nothing failing: median (worst)")
    for what, values in {
        "all of them, side by side": [report.seconds for report in reports],
        "the slowest of them": [max(r.seconds for r in report.results) for report in reports],
        "their sum": [sum(r.seconds for r in report.results) for report in reports],
    }.items():
        print(f"| {what} | {statistics.median(values):.2f} s ({max(values):.2f} s) |")
    assert all(report.exit_code == 0 for report in reports), (
        "a check did not pass, so the figures mean nothing"
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "byocni")
