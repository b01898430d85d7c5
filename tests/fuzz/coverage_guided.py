"""The parsers under atheris, which keeps an input that reaches new code and goes on from there.

Runs in an environment of its own (`make fuzz` makes it): atheris brings an instrumented runtime that the program has no
use for. `python -m tests.fuzz.coverage_guided TARGET -runs=100000 -seed=1`: what follows the target is libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["labs", "reach", "yaml"]):
    from tests.fuzz.parsers import PARSERS


def main() -> None:
    """Feed one parser; libFuzzer ends the process, with a status other than 0 if it has found something."""
    name, *arguments = sys.argv[1:]
    parser = PARSERS[name]

    def one(data: bytes) -> None:
        parser.judge(data.decode("utf-8", "replace"))

    with tempfile.TemporaryDirectory(prefix="calico-labs-corpus-") as corpus:
        for number, sample in enumerate(parser.samples):
            (Path(corpus) / str(number)).write_text(sample, encoding="utf-8")
        atheris.Setup(
            [sys.argv[0], "-max_len=8192", "-timeout=30", "-print_final_stats=1", *arguments, corpus], one
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
