"""Checking files: findings that no comment silences, and what `--fix` makes of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cursus.errors import InvalidInputError
from cursus.lint.finding import Change, Finding, LintReport
from cursus.lint.fixing import characters, fix
from cursus.lint.origins import can_hold_origins
from cursus.lint.pooling import in_order
from cursus.lint.source_file import lines_of, not_python, python_files, read_source
from cursus.lint.suppression import silenced
from cursus.lint.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
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
    paths: Iterable[Path],
    selection: Selection = ALL,
    *,
    fixing: bool = False,
    writing: bool = True,
    jobs: int = 1,
) -> LintReport:
    """Check files and folders; with `fixing` rewrite what can be (in memory alone where not `writing`).

    `jobs` is the number of processes that share many files; the report is the same for any number.
    """
    from cursus.lint.contracts import contract_findings

    check = partial(_outcome, selection=selection, fixing=fixing)
    # What is raised for a missing LibCST must not have to leave another process.
    most = jobs if not fixing or find_spec("libcst") else 1
    found: list[_Checked] = []
    unchecked: list[Problem] = []
    for outcome in in_order(check, list(python_files(paths)), most):
        if isinstance(outcome, _Checked):
            found.append(outcome)
            if writing and outcome.change is not None:
                outcome.source.write(outcome.change.after)
        else:
            unchecked += outcome
    sources = [each.source for each in found]
    findings = [finding for each in found for finding in each.findings]
    findings += _not_silenced(contract_findings(sources), sources, selection)
    return LintReport(
        findings=tuple(sorted(findings, key=_place)),
        unchecked=tuple(unchecked),
        checked=len(found),
        changes=tuple(each.change for each in found if each.change is not None),
        fixed=sum(each.fixed for each in found),
    )


def _outcome(path: Path, selection: Selection, *, fixing: bool) -> _Checked | Sequence[Problem]:
    """Check one file, or say why it cannot be checked."""
    try:
        return _check(read_source(path), selection, fixing=fixing)
    except InvalidInputError as exc:
        return exc.problems
    except (SyntaxError, ValueError, RecursionError) as exc:
        return [not_python(path, exc)]


def _not_silenced(
    findings: Iterable[Finding], sources: Iterable[SourceFile], selection: Selection
) -> Iterator[Finding]:
    """Keep the findings whose code counts and is silenced on no line of its own."""
    texts = {source.path: source.text for source in sources}
    known: dict[Path, dict[int, frozenset[str]]] = {}
    for finding in findings:
        if finding.file not in known:
            known[finding.file] = silenced(texts.get(finding.file, ""))
        comments = known[finding.file]
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
    source: SourceFile
    findings: list[Finding]
    change: Change | None = None
    fixed: int = 0


def _check(source: SourceFile, selection: Selection, *, fixing: bool) -> _Checked:
    findings = lint_text(source.text, source.path, selection)
    if not findings or not fixing:
        return _Checked(source=source, findings=findings)
    done = fix(source.text, lambda text: _counts(text, selection))
    left = [
        replace(each, fix=_with_reason(each.fix, done.refused.get((each.line, each.column - 1))))
        for each in lint_text(done.source, source.path, selection)
    ]
    change = Change(file=source.path, before=source.text, after=done.source)
    return _Checked(
        source=source,
        findings=left,
        change=change if change.after != change.before else None,
        fixed=len(findings) - len(left),
    )


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
