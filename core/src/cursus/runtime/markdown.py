"""A run as Markdown that fits into the comment of a pull request: failures first, then the steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cursus.drawing.wording import shortened
from cursus.runtime.excerpts import traceback_of
from cursus.runtime.junit import xml_text
from cursus.runtime.report.logs import tail
from cursus.runtime.report.wording import count, memory, seconds
from cursus.runtime.terminal import verdict

if TYPE_CHECKING:
    from cursus.runtime.result import RunResult, StepResult

# A comment holds 65,536 characters on GitHub; what is left out below keeps a page under that.
MOST_FAILURES, MOST_STEPS, MOST_LOG = 8, 150, 3_000
LONGEST_NAME, LONGEST_TEXT = 80, 600
HEAD = (
    "| step | status | time | peak memory | rows in | rows out |",
    "|---|---|---:|---:|---:|---:|",
)
BACKTICKS = re.compile("`+")
UNSURE = ("failed", "error", "timeout", "running", "skipped", "waiting", "passed")


def markdown_text(result: RunResult) -> str:
    """Give a summary of the run; what it names is set as code, so that no name becomes markup or a mention."""
    failures = result.failures
    parts = [f"## {verdict(result)}", _about(result)]
    parts += [_failure(step) for step in failures[:MOST_FAILURES]]
    if len(failures) > MOST_FAILURES:
        parts.append(f"{len(failures) - MOST_FAILURES} more steps failed; see the table.")
    parts.append(_steps(result))
    if result.warnings:
        lines = [f"- {_code(warning)}" for warning in result.warnings[:MOST_FAILURES]]
        parts.append(_details(f"Warnings: {len(result.warnings)}", "\n".join(lines)))
    return "\n\n".join(parts) + "\n"


def _about(result: RunResult) -> str:
    named = f"Pipeline {_code(result.pipeline)}, run" if result.pipeline else "Run"
    return (
        f"{named} {_code(result.run_id)}, peak memory {memory(result.peak_memory_mb or None)} "
        f"in one step, {seconds(result.cpu_seconds)} of CPU time."
    )


def _failure(step: StepResult) -> str:
    lines = [f"### {_code(step.node)} {step.status}", _code(step.error or "no message")]
    if step.hint:
        lines.append(f"Hint: {_code(step.hint)}")
    trace = traceback_of(step)
    log = tail(xml_text(trace or step.stderr or step.stdout), MOST_LOG)
    if log:
        name = "Traceback" if trace else "End of the log"
        lines.append(_details(name, _fenced(log)))
    return "\n\n".join(lines)


def _steps(result: RunResult) -> str:
    """Lay out the steps, those that did not pass first where they do not all fit."""
    steps = list(result.steps)
    if len(steps) > MOST_STEPS:
        steps = sorted(steps, key=lambda step: UNSURE.index(step.status))[:MOST_STEPS]
    table = "\n".join((*HEAD, *map(_row, steps)))
    left_out = len(result.steps) - len(steps)
    more = f"\n\n{left_out} more steps are left out here." if left_out else ""
    is_open = " open" if result.failures else ""
    return _details(f"Steps: {len(result.steps)}", table + more, is_open)


def _row(step: StepResult) -> str:
    was_run = step.ended is not None and step.status != "skipped"
    reason = f": {_code(step.reason)}" if step.reason else ""
    cells = (
        _code(step.node),
        f"{step.status}{reason}",
        seconds(step.wall_seconds if was_run else None),
        memory(step.peak_memory_mb or None),
        count(step.rows_in),
        count(step.rows_out),
    )
    # A table is parted at each bar before code is looked for.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    """Set a text as code in one line, between more backticks than it holds in a row."""
    line = " ".join(xml_text(text).split())
    line = shortened(line, LONGEST_NAME if " " not in line else LONGEST_TEXT)
    ticks = "`" * (_longest_row(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, _longest_row(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _details(summary: str, text: str, is_open: str = "") -> str:
    return f"<details{is_open}><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _longest_row(text: str) -> int:
    return max(map(len, BACKTICKS.findall(text)), default=0)
