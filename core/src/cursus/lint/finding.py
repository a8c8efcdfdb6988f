"""Findings and reports of the linter, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place of a file where a rule is broken; lines and columns count from 1, columns in characters."""

    code: str
    file: Path
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.code} {self.message}\n    fix {self.fix}"

    def to_dict(self) -> dict[str, object]:
        """Give the finding as JSON data."""
        return {
            "code": self.code,
            "file": str(self.file),
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "message": self.message,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file's text as it was and as the fixer made it."""

    file: Path
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What a run of the linter found: findings in order, files that it could not check, files that it rewrote."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Problem, ...] = ()
    checked: int = 0
    changes: tuple[Change, ...] = ()
    fixed: int = 0
