"""What `caliper validate` prints: text for people, JSON for programs, annotations for GitHub, SARIF for code scanning.

SARIF: OASIS Static Analysis Results Interchange Format 2.1.0. Annotations: GitHub Actions, "Workflow commands".
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from functions.client.validating.judgement import Judged, Place
from functions.client.validating.payload import STANDARD_INPUT
from functions.client.validating.summary import OUTCOMES, FileReport, summary_line
from functions.core.caliper.findings import Finding
from functions.core.version import VERSION

_LEVELS = {"error": "error", "warning": "warning"}


def text(reports: Sequence[FileReport]) -> Iterator[str]:
    """A line a finding, as compilers write them, and the counts of each file."""
    for report in reports:
        for _, finding, place in _findings(report):
            where = f"{report.name}:{place.line}:{place.column}"
            pointer = finding.pointer or "/"
            yield f"{where}: {finding.severity} {finding.code} {pointer}: {finding.message} [{finding.source}]"
        yield summary_line(report)


def as_json(reports: Sequence[FileReport]) -> Iterator[str]:
    """One JSON object: every item of every file with its findings."""
    files = [
        {
            "file": report.name,
            "counts": {name: report.counts[name] for name in OUTCOMES},
            "items": [_item(judged) for judged in report.judged],
        }
        for report in reports
    ]
    yield json.dumps({"version": VERSION, "accepted": all(map(_accepted, reports)), "files": files}, indent=2)


def github(reports: Sequence[FileReport]) -> Iterator[str]:
    """A workflow command a finding, then the counts."""
    for report in reports:
        for _, finding, place in _findings(report):
            properties = {
                "file": report.name,
                "line": str(place.line),
                "col": str(place.column),
                "title": f"Caliper {finding.code}",
            }
            location = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
            message = f"{finding.pointer or '/'}: {finding.message} [{finding.source}]"
            yield f"::{_LEVELS[finding.severity]} {location}::{_escaped(message)}"
        yield summary_line(report)


def sarif(reports: Sequence[FileReport]) -> Iterator[str]:
    """One SARIF log with one run."""
    codes = sorted({finding.code for report in reports for _, finding, _ in _findings(report)})
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{finding.pointer or '/'}: {finding.message} [{finding.source}]"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "stdin" if report.name == STANDARD_INPUT else report.name},
                        "region": {"startLine": place.line, "startColumn": place.column},
                    }
                }
            ],
        }
        for report in reports
        for _, finding, place in _findings(report)
    ]
    driver = {"name": "caliper", "version": VERSION, "rules": [{"id": code} for code in codes]}
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    yield json.dumps(log, indent=2)


FORMATS: Mapping[str, Callable[[Sequence[FileReport]], Iterator[str]]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}


def _findings(report: FileReport) -> Iterator[tuple[Judged, Finding, Place]]:
    for judged in report.judged:
        for finding, place in judged.findings:
            yield judged, finding, place


def _item(judged: Judged) -> dict[str, Any]:
    return {
        "envelope": judged.envelope,
        "index": judged.index,
        "line": judged.place.line,
        "column": judged.place.column,
        "kind": judged.verdict.kind,
        "id": judged.verdict.id,
        "outcome": judged.outcome,
        "findings": [
            {**finding.as_dict(), "line": place.line, "column": place.column} for finding, place in judged.findings
        ],
    }


def _accepted(report: FileReport) -> bool:
    return report.accepted


def _escaped(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")
