"""What stands at the top of the page and in its failures: the verdict, the key figures, who failed whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.runtime.report.wording import count, memory, plural, seconds, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.runtime.report.facts import Run, Step
    from cursus.runtime.result import StepStatus

ORDER: tuple[StepStatus, ...] = (
    *("passed", "failed", "error", "timeout"),
    *("skipped", "running", "waiting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome in a word, a status (which chooses colour and icon) and a sentence."""

    word: str
    status: StepStatus
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """A number with its name and a line that explains it."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A step that failed and the nodes that did not run because of it."""

    step: Step
    number: int
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many steps ended in one way, and their share of all in per cent."""

    status: StepStatus
    number: int
    percent: float


def make_verdict(run: Run) -> Verdict:
    """Judge the run: passed, failed, or not finished."""
    failed, steps = len(run.failures), len(run.steps)
    passed = sum(step.status == "passed" for step in run.steps)
    if run.status == "running":
        so_far = f", {failed} failed" if failed else ""
        sentence = f"{passed} of {plural(steps, 'step')} had passed{so_far} when this was written."
        return Verdict(
            word="Not finished", status="failed" if failed else "running", sentence=sentence
        )
    wall = f" in {seconds(run.wall_seconds)}" if run.wall_seconds is not None else ""
    if run.status == "passed":
        skipped = sum(step.status == "skipped" for step in run.steps)
        sentence = f"{_all(passed)} passed{wall}" + (f", {skipped} skipped." if skipped else ".")
        return Verdict(word="Passed", status="passed", sentence=sentence)
    sentence = f"{failed} of {plural(steps, 'step')} failed{wall}."
    if not failed:
        sentence = f"{steps - passed} of {plural(steps, 'step')} did not pass{wall}."
    return Verdict(word="Failed", status="failed", sentence=sentence)


def _all(passed: int) -> str:
    return f"All {passed} steps" if passed > 1 else plural(passed, "step")


def make_key_figures(run: Run) -> tuple[KeyFigure, ...]:
    """Give the figures of the whole run; what no step measured is a dash."""
    return (
        _steps_figure(run.steps),
        _wall_figure(run),
        _cpu_figure(run),
        _memory_figure(run.steps),
        _rows_figure(run.steps),
        _bytes_figure(run.steps),
    )


def _steps_figure(steps: Sequence[Step]) -> KeyFigure:
    numbers = Counter(step.status for step in steps)
    failed = numbers["failed"] + numbers["error"] + numbers["timeout"]
    parts = [f"{failed} failed", f"{numbers['skipped']} skipped"]
    unfinished = numbers["running"] + numbers["waiting"]
    parts += [f"{unfinished} open"] if unfinished else []
    value = f"{numbers['passed']} of {len(steps)}"
    return KeyFigure(label="Steps passed", value=value, note=", ".join(parts))


def _wall_figure(run: Run) -> KeyFigure:
    busy = sum(step.wall_seconds or 0.0 for step in run.steps)
    note = plural(run.jobs, "job")
    if run.wall_seconds and busy:
        note += f", {busy / run.wall_seconds:.1f} steps at a time"
    return KeyFigure(label="Wall time", value=seconds(run.wall_seconds), note=note)


def _cpu_figure(run: Run) -> KeyFigure:
    known = [step.cpu_seconds for step in run.steps if step.cpu_seconds is not None]
    note = f"{run.environment.cores} cores available"
    if known and run.wall_seconds:
        note = f"{sum(known) / run.wall_seconds:.1f} of {run.environment.cores} cores"
    return KeyFigure(label="CPU time", value=seconds(sum(known) if known else None), note=note)


def _memory_figure(steps: Sequence[Step]) -> KeyFigure:
    known = [step for step in steps if step.peak_memory_mb is not None]
    most = max(known, key=lambda step: step.peak_memory_mb or 0.0, default=None)
    return KeyFigure(
        label="Peak memory",
        value=memory(most.peak_memory_mb if most else None),
        note=most.node if most else "not measured",
    )


def _rows_figure(steps: Sequence[Step]) -> KeyFigure:
    sources = [step for step in steps if not step.depends_on and step.rows_out is not None]
    rows = sum(step.rows_out or 0 for step in sources) if sources else None
    note = f"from {plural(len(sources), 'source')}" if sources else "not counted"
    return KeyFigure(label="Rows read", value=count(rows), note=note)


def _bytes_figure(steps: Sequence[Step]) -> KeyFigure:
    outputs = [output for step in steps for output in step.outputs]
    files = sum(output.file_count for output in outputs)
    value = size(sum(output.bytes for output in outputs)) if outputs else size(None)
    return KeyFigure(label="Data written", value=value, note=plural(files, "file"))


def make_shares(steps: Sequence[Step]) -> tuple[Share, ...]:
    """Give the share of each status that occurs, in a fixed order."""
    numbers = Counter(step.status for step in steps)
    return tuple(
        Share(status=status, number=numbers[status], percent=100 * numbers[status] / len(steps))
        for status in ORDER
        if numbers[status]
    )


def find_failures(run: Run) -> tuple[Failure, ...]:
    """Give the failed steps with the steps that were skipped or left waiting for them."""
    numbers = {step.node: number for number, step in enumerate(run.steps, 1)}
    return tuple(
        Failure(step=step, number=numbers[step.node], blocked=_blocked_by(step.node, run.steps))
        for step in run.failures
    )


def _blocked_by(node: str, steps: Sequence[Step]) -> tuple[str, ...]:
    reached, grows = {node}, True
    while grows:
        found = {step.node for step in steps if reached.intersection(step.depends_on)}
        grows = not found <= reached
        reached |= found
    reached.remove(node)
    return tuple(s.node for s in steps if s.node in reached and s.status in ("skipped", "waiting"))
