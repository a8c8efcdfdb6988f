"""Two runs side by side: what each step did before and after, and what got worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cursus.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.runtime.result import OutputRecord, RunResult, StepResult, StepStatus

# What differs by less is noise of the machine, however large its share is.
SECONDS_FLOOR, MEMORY_FLOOR_MB = 0.5, 50.0
THRESHOLD = 0.2

Content = Literal["same", "changed", "new", "gone", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """What one run says of a step: seconds, megabytes, rows, and the checksum of each output."""

    status: StepStatus
    seconds: float
    memory_mb: float
    rows_in: int | None
    rows_out: int | None
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepComparison:
    """A step in both runs; None where a run has no such step. `outputs` says of each what became of its content."""

    node: str
    before: StepFigures | None
    after: StepFigures | None
    outputs: Mapping[str, Content]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """One thing that got worse; `node` is empty where it is the run as a whole."""

    node: str
    kind: Literal["status", "time", "memory"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs, step by step, and what got worse."""

    before: RunResult
    after: RunResult
    threshold: float
    steps: tuple[StepComparison, ...]
    worse: tuple[Worse, ...]


def compare_runs(
    before: RunResult, after: RunResult, *, threshold: float = THRESHOLD
) -> Comparison:
    """Compare two runs; `threshold` is the share by which time and memory of a step may grow.

    Times and memory are judged where a step passed in both runs. InvalidInputError where they share no step.
    """
    old = {step.node: step for step in before.steps}
    new = {step.node: step for step in after.steps}
    if not old.keys() & new.keys():
        raise InvalidInputError([_nothing_shared(before, after)])
    worse = [
        found
        for node, step in old.items()
        if node in new
        for found in _worse(step, new[node], threshold)
    ]
    if before.status == "passed" and after.status != "passed" and not worse:
        worse.append(Worse(node="", kind="status", message=_not_passed(after)))
    return Comparison(
        before=before,
        after=after,
        threshold=threshold,
        steps=tuple(
            _comparison(node, old.get(node), new.get(node)) for node in dict.fromkeys((*new, *old))
        ),
        worse=tuple(worse),
    )


def _worse(before: StepResult, after: StepResult, threshold: float) -> list[Worse]:
    if before.status != "passed":
        return []
    if after.status != "passed":
        reason = after.error or after.reason
        message = f"passed before, {after.status} now" + (f": {reason}" if reason else "")
        return [Worse(node=after.node, kind="status", message=message)]
    found = []
    old, new = before.wall_seconds, after.wall_seconds
    if new > old * (1 + threshold) and new - old > SECONDS_FLOOR:
        message = f"time {old:.1f} s -> {new:.1f} s{_growth(old, new, threshold)}"
        found.append(Worse(node=after.node, kind="time", message=message))
    old, new = before.peak_memory_mb, after.peak_memory_mb
    if new > old * (1 + threshold) and new - old > MEMORY_FLOOR_MB and old > 0:
        message = f"peak memory {old:,.0f} MB -> {new:,.0f} MB{_growth(old, new, threshold)}"
        found.append(Worse(node=after.node, kind="memory", message=message))
    return found


def _growth(old: float, new: float, threshold: float) -> str:
    return f" ({new / old - 1:+.0%}, allowed {threshold:+.0%})" if old > 0 else ""


def _not_passed(after: RunResult) -> str:
    if after.status == "running":
        return "the run passed before, and did not end now"
    return f"the run passed before, and failed now: {after.error or 'a step that is new failed'}"


def _comparison(node: str, before: StepResult | None, after: StepResult | None) -> StepComparison:
    old = {} if before is None else {output.name: output for output in before.outputs}
    new = {} if after is None else {output.name: output for output in after.outputs}
    return StepComparison(
        node=node,
        before=None if before is None else _figures(before),
        after=None if after is None else _figures(after),
        outputs={
            name: _content(old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new))
        },
    )


def _figures(step: StepResult) -> StepFigures:
    return StepFigures(
        status=step.status,
        seconds=step.wall_seconds,
        memory_mb=step.peak_memory_mb,
        rows_in=step.rows_in,
        rows_out=step.rows_out,
        outputs={output.name: output.sha256 for output in step.outputs},
    )


def _content(before: OutputRecord | None, after: OutputRecord | None) -> Content:
    if before is None:
        return "new"
    if after is None:
        return "gone"
    if not before.sha256 or not after.sha256:
        return "unknown"
    return "same" if before.sha256 == after.sha256 else "changed"


def _nothing_shared(before: RunResult, after: RunResult) -> Problem:
    return Problem(
        code="CUR0714",
        message=f"the runs {before.run_id} and {after.run_id} have no step in common",
        fix="compare two runs of one pipeline; cursus runtime history lists which run is of which",
    )
