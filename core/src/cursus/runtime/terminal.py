"""The run in a terminal: progress while it goes on, a table of the steps at its end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from cursus.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.table import Table

    from cursus.runtime.result import RunResult, StepResult

COLOURS = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "timeout": "red",
    "skipped": "yellow",
    "running": "cyan",
    "waiting": "dim",
}
PLAIN_WIDTH = 120


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[RunResult], None]]:
    """Give a watcher that shows the run as it goes: a live table on a terminal, a line per change elsewhere."""
    console = _console(stream)
    if not console.is_terminal:
        yield _Lines(console).watch
        return
    from rich.live import Live

    with Live(console=console, refresh_per_second=8, transient=True) as live:
        yield lambda result: live.update(step_table(result))


def show_result(result: RunResult, stream: TextIO) -> None:
    """Print the table of the steps, what failed and why, and the verdict."""
    console = _console(stream)
    console.print(step_table(result))
    for step in result.failures:
        console.print(
            f"\n{step.node} {step.status}: {step.error}", style="red", markup=False, soft_wrap=True
        )
        if step.hint:
            console.print(f"  hint  {step.hint}", markup=False, soft_wrap=True)
        if step.log:
            console.print(f"  log   {step.log}", markup=False, soft_wrap=True)
    for reason, nodes in _skipped(result).items():
        console.print(f"\nskipped, {reason}: {', '.join(nodes)}", markup=False, soft_wrap=True)
    console.print(f"\n{verdict(result)}", style="bold", markup=False, soft_wrap=True)
    console.print(f"result  {result.folder}/result.json", markup=False, soft_wrap=True)


def verdict(result: RunResult) -> str:
    """Sum a run up in a sentence."""
    parts = [f"{result.count('passed')} of {len(result.steps)} steps passed"]
    if result.failures:
        parts.append(f"{len(result.failures)} failed")
    if result.count("skipped"):
        parts.append(f"{result.count('skipped')} skipped")
    word = {"passed": "Passed", "failed": "Failed", "running": "Not finished"}[result.status]
    reason = f" ({result.error})" if result.error else ""
    return f"{word}{reason}: {', '.join(parts)} in {result.wall_seconds:.1f} s"


def step_table(result: RunResult) -> Table:
    """Lay the steps out: status, time, CPU, peak memory, rows."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("step", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in ("time s", "CPU s", "peak MB", "rows out"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in result.steps:
        status = f"[{COLOURS[step.status]}]{step.status}[/]"
        table.add_row(escape(step.node), status, *_figures(step))
    return table


def _figures(step: StepResult) -> tuple[str, str, str, str]:
    if step.ended is None or step.status == "skipped":
        return ("", "", "", "")
    rows = "" if step.rows_out is None else f"{step.rows_out:,}"
    has_process = step.peak_memory_mb > 0
    cpu = f"{step.cpu_seconds:.1f}" if has_process else ""
    memory = f"{step.peak_memory_mb:,.0f}" if has_process else ""
    return (f"{step.wall_seconds:.1f}", cpu, memory, rows)


def _skipped(result: RunResult) -> dict[str, list[str]]:
    """Group the skipped steps by their reason."""
    reasons: dict[str, list[str]] = {}
    for step in result.steps:
        if step.status == "skipped":
            reasons.setdefault(step.reason, []).append(step.node)
    return reasons


class _Lines:
    """Prints a line when a step starts and when it ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, str] = {}

    def watch(self, result: RunResult) -> None:
        for step in result.steps:
            if self._shown.get(step.node, "waiting") != step.status:
                self._shown[step.node] = step.status
                self._console.print(_line(step), markup=False, soft_wrap=True, highlight=False)


def _line(step: StepResult) -> str:
    if step.status == "running":
        return f"{step.node} ..."
    if step.status == "skipped":
        return f"{step.node} skipped: {step.reason}"
    error = f": {step.error}" if step.error else ""
    return f"{step.node} {step.status} in {step.wall_seconds:.1f} s{error}"


def _console(stream: TextIO) -> Console:
    try:
        from rich.console import Console
    except ImportError as exc:
        raise MissingExtraError("rich", "runtime") from exc
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False)
