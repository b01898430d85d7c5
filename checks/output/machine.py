"""For programs: JSON, JUnit and Markdown. The same facts in each; a skip always carries its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from xml.etree import ElementTree

from checks.output.text import summary
from checks.result import Report, Result, Row, Status
from labs.markdown import cell

SCHEMA = 1
"""Raised when a field of the JSON changes its meaning or goes."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    body = {
        "schema": SCHEMA,
        "stack": report.stack,
        "cluster": report.cluster,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "exitCode": report.exit_code,
        "counts": {status.name.lower(): report.count(status) for status in Status},
        "leftOver": list(report.left_over),
        "checks": [_result(result) for result in report.results],
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


def _result(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "status": result.status.name.lower(),
        "reason": result.reason,
        "seconds": round(result.seconds, 3),
        "attempts": result.attempts,
        "rows": [asdict(row) for row in result.rows],
    }


def as_junit(report: Report) -> str:
    """Return the report as JUnit XML: a failure fails, what could not be tested is an error."""
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": f"labctl check {report.stack}",
            "tests": str(len(report.results)),
            "failures": str(report.count(Status.FAILED)),
            "errors": str(report.count(Status.UNTESTED)),
            "skipped": str(report.count(Status.SKIPPED)),
            "time": f"{report.seconds:.3f}",
            "timestamp": report.started,
        },
    )
    for result in report.results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {
                "classname": f"checks.{report.stack}",
                "name": _xml(result.name),
                "time": f"{result.seconds:.3f}",
            },
        )
        if result.status is Status.SKIPPED:
            ElementTree.SubElement(case, "skipped", {"message": _xml(result.reason)})
        elif result.status is not Status.PASSED:
            tag = "failure" if result.status is Status.FAILED else "error"
            message = result.reason or f"{len(result.bad_rows)} of {len(result.rows)} differ"
            element = ElementTree.SubElement(case, tag, {"message": _xml(message)})
            element.text = _xml("\n".join(_told(row) for row in result.bad_rows))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _told(row: Row) -> str:
    parts = [f"{row.subject}: expected {row.expected}, found {row.actual}"]
    parts += [f"  decided by the files: {row.why}"] if row.why else []
    parts += [f"  by hand: {row.reproduce}"] if row.reproduce else []
    return "\n".join(parts)


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def as_markdown(report: Report) -> str:
    """Return the report as Markdown, for a pull request's comment."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"## labctl check {cell(report.stack)}"
    yield ""
    yield cell(summary(report))
    yield ""
    yield "| check | result | seconds | reason |"
    yield "|---|---|---|---|"
    for result in report.results:
        status = (
            f"**{result.status}**"
            if result.status in (Status.FAILED, Status.UNTESTED)
            else str(result.status)
        )
        yield f"| {cell(result.name)} | {status} | {result.seconds:.2f} | {cell(result.reason)} |"
    for result in report.results:
        if result.status in (Status.FAILED, Status.UNTESTED) and result.rows:
            yield ""
            yield f"### {cell(result.name)}"
            yield ""
            yield "| | what | expected | actual | decided by the files | by hand |"
            yield "|---|---|---|---|---|---|"
            for row in result.rows:
                mark = "" if row.passed else "x"
                by_hand = "" if row.passed else cell(row.reproduce)
                cells = [row.subject, row.expected, row.actual, "" if row.passed else row.why]
                yield f"| {mark} | {' | '.join(map(cell, cells))} | {by_hand} |"
    for note in report.left_over:
        yield ""
        yield cell(note)


FORMATS: Mapping[str, Callable[[Report], str]] = {"json": as_json, "junit": as_junit, "markdown": as_markdown}
