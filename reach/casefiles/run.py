"""Running files of cases: every disagreement is one line, and the last line is for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labs.errors import LabError
from reach.casefiles.read import Expectation, cluster_of, document_at, expectations, load
from reach.engine import Engine
from reach.errors import SelectorError, shown
from reach.fields import Field
from reach.kinds.read import read
from reach.reasons import reason_text
from reach.selectors import parse
from reach.universe import Point
from reach.verdict import judge


@dataclass
class Counts:
    """What was run and how it went."""

    cases: int = 0
    flows: int = 0
    mismatches: int = 0
    refused: int = 0
    selectors: int = 0
    objects: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything is not as expected, or nothing was run at all."""
        return bool(self.mismatches or self.refused) or not (self.cases or self.selectors or self.objects)

    @property
    def last_line(self) -> str:
        """The line that ends the output."""
        return f"cases={self.cases} flows={self.flows} mismatches={self.mismatches} refused={self.refused}"


@dataclass
class Runner:
    """Runs files and counts."""

    say: Callable[[str], None]
    verbose: bool = False
    counts: Counts = field(default_factory=Counts)

    def run(self, path: Path) -> None:
        """Run one file; what cannot be read counts as refused."""
        before = Counts(**vars(self.counts))
        try:
            cases = load(path)
            for case in cases.section("cases"):
                self._case(case)
            for entry in cases.section("evaluate"):
                self._selector(entry)
            for entry in cases.section("invalid"):
                self._invalid(entry)
            for entry in cases.section("canonical"):
                self._canonical(entry)
            for entry in cases.section("objects"):
                self._object(entry)
        except LabError as error:
            self._refused(f"{error}")
        now = self.counts
        self.say(
            f"{path.as_posix()}: {now.cases - before.cases} cases, {now.flows - before.flows} flows, "
            f"{now.selectors - before.selectors} selectors, {now.objects - before.objects} objects, "
            f"{now.mismatches - before.mismatches} mismatches, {now.refused - before.refused} refused"
        )

    def _mismatch(self, entry: Field, text: str) -> None:
        self.counts.mismatches += 1
        self.say(f"MISMATCH {entry.document.where(entry.path)}: {text}")

    def _refused(self, text: str) -> None:
        self.counts.refused += 1
        self.say(f"REFUSED {text}")

    def _case(self, case: Field) -> None:
        self.counts.cases += 1
        name = case.get("id").text("a case without id")
        expected_refusal = case.get("refused").text()
        try:
            engine = Engine(cluster_of(case))
        except LabError as error:
            if not expected_refusal:
                self._refused(f"{name}: {error}")
            elif expected_refusal not in str(error):
                self._mismatch(case, f"{name}: refused, but not for '{expected_refusal}': {error}")
            return
        if expected_refusal:
            self._mismatch(case, f"{name}: accepted, but expected to be refused for '{expected_refusal}'")
        for expected in expectations(case):
            self._flow(name, engine, expected)

    def _flow(self, name: str, engine: Engine, expected: Expectation) -> None:
        self.counts.flows += 1
        ends = [_points(engine, expected, end) for end in (expected.source, expected.destination)]
        if not ends[0] or not ends[1] or ends[0][0].version != ends[1][0].version:
            self._mismatch(
                expected.field,
                f"{name}: no flow can go from '{shown(expected.source)}' to '{shown(expected.destination)}'",
            )
            return
        verdict = judge(engine, ends[0][0], ends[1][0], expected.flow)
        if verdict.allow is expected.allow and not self.verbose:
            return
        why = f"egress: {reason_text(verdict.egress)}; ingress: {reason_text(verdict.ingress)}"
        flow = f"{expected.source} -> {expected.destination} {expected.field.get('protocol').value}"
        flow += f" {expected.flow.port}"
        if verdict.allow is not expected.allow:
            self._mismatch(
                expected.field,
                f"{name}: {flow} expected {_word(expected.allow)} but is {_word(verdict.allow)} ({why})",
            )
        else:
            self.say(f"ok {name}: {flow} {_word(verdict.allow)} ({why})")

    def _selector(self, entry: Field) -> None:
        self.counts.selectors += 1
        text = entry.get("selector").text()
        try:
            selector = parse(text)
        except SelectorError as error:
            self._refused(f"{entry.document.where(entry.path)}: {error}")
            return
        for name, expected in (("matches", True), ("nonMatches", False)):
            for labels in entry.get(name).items():
                if selector.matches(labels.labels()) is not expected:
                    self._mismatch(entry, f"'{shown(text)}' on {labels.value} is expected to be {expected}")

    def _invalid(self, entry: Field) -> None:
        self.counts.selectors += 1
        try:
            parse(entry.text())
        except SelectorError:
            return
        self._mismatch(entry, f"'{shown(entry.text())}' is expected to be refused")

    def _canonical(self, entry: Field) -> None:
        self.counts.selectors += 1
        text, expected = entry.get("selector").text(), entry.get("canonical").text()
        try:
            found = str(parse(text))
        except SelectorError as error:
            self._refused(f"{entry.document.where(entry.path)}: {error}")
            return
        if found != expected:
            self._mismatch(entry, f"'{shown(text)}' is '{found}' but expected '{expected}'")

    def _object(self, entry: Field) -> None:
        self.counts.objects += 1
        name, valid = entry.get("id").text(), entry.get("valid").flag()
        if not entry.get("valid").given:
            entry.get("valid").refuse(
                "is missing", "write true or false", "an object without it expects nothing"
            )
        try:
            read([document_at(entry.get("resource"))])
        except LabError as error:
            wrong, found = entry.get("field").text(), getattr(error, "field", "")
            if valid:
                self._refused(f"{name}: {error}")
            elif wrong and wrong != found:
                self._mismatch(entry, f"{name}: refused, but not for {shown(wrong)}: {error}")
            elif self.verbose:
                self.say(f"ok {name}: {error}")
            return
        if not valid:
            self._mismatch(entry, f"{name}: accepted, but expected to be refused")


def _word(allow: bool) -> str:
    return "allowed" if allow else "denied"


def _points(engine: Engine, expected: Expectation, end: str) -> list[Point]:
    address = expected.end(end)
    if address is not None:
        return [engine.universe.at(address)]
    return engine.universe.of_workload.get(end, [])


def run_files(paths: Iterator[Path], say: Callable[[str], None], *, verbose: bool) -> Counts:
    """Run files in order and return what was counted."""
    runner = Runner(say, verbose)
    for path in paths:
        runner.run(path)
    return runner.counts
