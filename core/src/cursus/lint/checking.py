"""Checking files: findings that no comment silences, and what `--fix` makes of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cursus.errors import InvalidInputError
from cursus.lint.finding import Change, Finding, LintReport
from cursus.lint.fixing import characters, fix
from cursus.lint.origins import can_hold_origins
from cursus.lint.source_file import lines_of, not_python, python_files, read_source
from cursus.lint.suppression import silenced
from cursus.lint.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cursus.errors import Problem
    from cursus.lint.judge import Detection
    from cursus.lint.source_file import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which codes count: those that begin with one of `select` (empty: all) and with none of `ignore`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Say whether findings of this code count."""
        chosen = not self.select or code.startswith(self.select)
        return chosen and not (self.ignore and code.startswith(self.ignore))


ALL = Selection()


def lint_paths(
    paths: Iterable[Path], selection: Selection = ALL, *, fixing: bool = False, writing: bool = True
) -> LintReport:
    """Check files and folders; with `fixing` rewrite what can be (in memory alone where not `writing`)."""
    from cursus.lint.contracts import contract_findings

    findings: list[Finding] = []
    unchecked: list[Problem] = []
    changes: list[Change] = []
    sources: list[SourceFile] = []
    fixed = 0
    for path in python_files(paths):
        try:
            source = read_source(path)
            checked = _check(source, selection, fixing=fixing)
        except InvalidInputError as exc:
            unchecked += exc.problems
            continue
        except (SyntaxError, ValueError, RecursionError) as exc:
            unchecked.append(not_python(path, exc))
            continue
        findings += checked.findings
        fixed += checked.fixed
        sources.append(source)
        if checked.text != source.text:
            changes.append(Change(file=path, before=source.text, after=checked.text))
            if writing:
                source.write(checked.text)
    findings += _not_silenced(contract_findings(sources), sources, selection)
    return LintReport(
        findings=tuple(sorted(findings, key=_place)),
        unchecked=tuple(unchecked),
        checked=len(sources),
        changes=tuple(changes),
        fixed=fixed,
    )


def _not_silenced(
    findings: Iterable[Finding], sources: Iterable[SourceFile], selection: Selection
) -> Iterator[Finding]:
    """Keep the findings whose code counts and is silenced on no line of its own."""
    texts = {source.path: source.text for source in sources}
    for finding in findings:
        comments = silenced(texts.get(finding.file, ""))
        if selection.has(finding.code) and finding.code not in comments.get(finding.line, ()):
            yield finding


def lint_text(text: str, path: Path, selection: Selection = ALL) -> list[Finding]:
    """Check the text of one file for paths that are made of run-time values."""
    tree = ast.parse(text)
    detections = walk(tree).detections if can_hold_origins(text) else ()
    if not detections:
        return []
    lines, counts = lines_of(text), _counts(text, selection)
    return [_finding(each, path, lines) for each in detections if counts(each)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    findings: list[Finding]
    text: str
    fixed: int = 0


def _check(source: SourceFile, selection: Selection, *, fixing: bool) -> _Checked:
    findings = lint_text(source.text, source.path, selection)
    if not findings or not fixing:
        return _Checked(findings=findings, text=source.text)
    done = fix(source.text, lambda text: _counts(text, selection))
    left = [
        replace(each, fix=_with_reason(each.fix, done.refused.get((each.line, each.column - 1))))
        for each in lint_text(done.source, source.path, selection)
    ]
    return _Checked(findings=left, text=done.source, fixed=len(findings) - len(left))


def _with_reason(fix_text: str, reason: str | None) -> str:
    return fix_text if reason is None else f"by hand, because {reason}: {fix_text}"


def _counts(text: str, selection: Selection) -> Callable[[Detection], bool]:
    """Give a test for findings of one text: selected, and silenced on none of their lines."""
    comments = silenced(text)

    def test(detection: Detection) -> bool:
        node, code = detection.node, detection.rule.code
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        hidden = any(code in comments.get(line, ()) for line in lines) if comments else False
        return selection.has(code) and not hidden

    return test


def _finding(detection: Detection, path: Path, lines: list[str]) -> Finding:
    node, rule = detection.node, detection.rule
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    message = rule.message.format(
        what=detection.what, part=ast.unparse(detection.part), why=detection.why
    )
    return Finding(
        code=rule.code,
        file=path,
        line=node.lineno,
        column=characters(lines[node.lineno - 1], node.col_offset) + 1,
        end_line=end_line,
        end_column=characters(lines[end_line - 1], end_column) + 1,
        message=message,
        fix=rule.fix,
    )


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return (str(finding.file), finding.line, finding.column, finding.code)
