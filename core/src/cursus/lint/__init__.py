"""The linter: S3 paths that are made as text from pipeline parameters, and scripts that break their contract."""

from __future__ import annotations

from cursus.lint.checking import Selection, lint_paths, lint_text
from cursus.lint.finding import Finding, LintReport

__all__ = ["Finding", "LintReport", "Selection", "lint_paths", "lint_text"]
