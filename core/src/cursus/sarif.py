"""Problems and findings as a SARIF 2.1.0 log, which code hosts show beside the lines that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from cursus.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cursus.errors import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a log; line and column count from 1, `path` is a JSON path inside the file."""

    code: str
    message: str
    level: Literal["error", "warning", "note"] = "error"
    file: Path | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    path: str = ""


def problems_log(problems: Iterable[Problem]) -> dict[str, Any]:
    """Give the log of problems, each with its fix in the message."""
    return sarif_log(finding_of(problem) for problem in problems)


def finding_of(problem: Problem) -> Finding:
    """Give a problem as a finding."""
    return Finding(
        code=problem.code,
        message=f"{problem.message}. Fix: {problem.fix}.",
        level=problem.severity,
        file=problem.place.file,
        line=problem.place.line,
        path=problem.place.path,
    )


def sarif_log(findings: Iterable[Finding]) -> dict[str, Any]:
    """Give the log of findings in their order; it describes each code that occurs."""
    from importlib_metadata import version

    found = list(findings)
    codes = sorted({finding.code for finding in found})
    tool = {
        "driver": {
            "name": "cursus",
            "version": version("cursus-core"),
            "rules": [_rule(code) for code in codes],
        }
    }
    results = [_result(finding, codes.index(finding.code)) for finding in found]
    run = {"tool": tool, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    known = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.meaning},
        "help": {"text": f"cursus explain {code}"},
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    location = _location(finding)
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.level,
        "message": {"text": finding.message},
        **({"locations": [location]} if location else {}),
    }


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if finding.file is not None:
        location["physicalLocation"] = _physical(finding, finding.file)
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return location


def _physical(finding: Finding, file: Path) -> dict[str, Any]:
    uri = file.as_uri() if file.is_absolute() else quote(file.as_posix())
    members = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    region = {name: value for name, value in members.items() if value is not None}
    return {"artifactLocation": {"uri": uri}, **({"region": region} if finding.line else {})}
