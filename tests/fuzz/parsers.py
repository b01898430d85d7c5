"""The targets that read text with nothing but PyYAML and this project's own code, as judges of text alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.targets import cidrs, kubeconfigs, manifests, selectors, stack_files


@dataclass(frozen=True)
class Parser:
    """One reader of text."""

    judge: Callable[[str], str]
    samples: tuple[str, ...]
    """Good texts to start from."""


PARSERS: dict[str, Parser] = {
    "cidrs": Parser(cidrs.TARGET.judge, cidrs.SAMPLES),
    "kubeconfigs": Parser(lambda text: kubeconfigs.TARGET.judge((text, "lab")), kubeconfigs.TEXTS),
    "manifests": Parser(manifests.TARGET.judge, manifests.SAMPLES),
    "selectors": Parser(selectors.TARGET.judge, selectors.SAMPLES),
    "stack-files": Parser(stack_files.read_as_program, stack_files.SAMPLES),
}
