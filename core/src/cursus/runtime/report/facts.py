"""What the report knows of a run: the result's records, with times on one clock and what was not measured as None.

Everything else in this package reads these; only this module reads the records themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from cursus.runtime.result import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from cursus.runtime.result import (
        Environment,
        InputRecord,
        OutputRecord,
        RunResult,
        RunStatus,
        StepResult,
        StepStatus,
    )

MOST_FILES = 2_000
FAILED = ("failed", "error", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of an output: its path in the output's folder, its size."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output; `files` are those that are still there, `file_count` says how many there were."""

    name: str
    kind: str
    path: str
    bytes: int = 0
    rows: int | None = None
    splits: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    file_count: int = 0
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `started` is in seconds after the run's start."""

    node: str
    name: str
    step_type: str
    plugin: str
    status: StepStatus
    stand_in: bool
    depends_on: tuple[str, ...]
    reason: str
    error: str
    hint: str
    started: float | None
    wall_seconds: float | None
    cpu_seconds: float | None
    peak_memory_mb: float | None
    exit_code: int | None
    inputs: tuple[InputRecord, ...]
    outputs: tuple[Output, ...]
    rows_in: int | None
    rows_out: int | None
    metrics: Mapping[str, float]
    plots: tuple[str, ...]
    stdout: str
    stderr: str
    not_enforced: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A whole run; `status` is `running` for one that was cut off, too."""

    schema_version: str
    run_id: str
    pipeline: str
    status: RunStatus
    error: str
    started: datetime
    wall_seconds: float | None
    jobs: int
    dag_file: str
    config_file: str
    data: str
    environment: Environment
    warnings: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def failures(self) -> tuple[Step, ...]:
        """Give the steps that failed by their own fault."""
        return tuple(step for step in self.steps if step.status in FAILED)


def read_facts(run: RunResult, folder: Path) -> Run:
    """Read a result and, where they are still there, the files that it names."""
    return Run(
        schema_version=run.schema_version,
        run_id=run.run_id,
        pipeline=run.pipeline,
        status=run.status,
        error=run.error,
        started=run.started,
        wall_seconds=run.wall_seconds or None,
        jobs=run.jobs,
        dag_file=run.dag_file,
        config_file=run.config_file,
        data=run.data,
        environment=run.environment,
        warnings=run.warnings,
        steps=tuple(_step(step, run, folder) for step in run.steps),
    )


def _step(step: StepResult, run: RunResult, folder: Path) -> Step:
    has_ended = step.status not in ("waiting", "running", "skipped")
    edges = (source for source, target in run.edges if target == step.node)
    return Step(
        node=step.node,
        name=step.name,
        step_type=step.step_type,
        plugin=step.plugin,
        status=step.status,
        stand_in=step.kind == "service",
        depends_on=tuple(dict.fromkeys((*step.dependencies, *edges))),
        reason=step.reason,
        error=step.error,
        hint=step.hint,
        started=_after(step.started, run.started),
        wall_seconds=step.wall_seconds if has_ended else None,
        cpu_seconds=step.cpu_seconds or None,
        peak_memory_mb=step.peak_memory_mb or None,
        exit_code=step.exit_code,
        inputs=step.inputs,
        outputs=tuple(_output(output, folder) for output in step.outputs),
        rows_in=step.rows_in,
        rows_out=step.rows_out,
        metrics=step.metrics,
        plots=step.plots,
        stdout=step.stdout,
        stderr=step.stderr,
        not_enforced=step.not_enforced,
    )


def _after(moment: datetime | None, start: datetime) -> float | None:
    return None if moment is None else max((moment - start).total_seconds(), 0.0)


def _output(output: OutputRecord, folder: Path) -> Output:
    return Output(
        name=output.name,
        kind=output.kind,
        path=output.path,
        bytes=output.bytes,
        rows=output.rows,
        splits=output.splits,
        columns=output.columns,
        file_count=output.files,
        files=_files(folder / output.path, folder),
    )


def _files(place: Path, folder: Path) -> tuple[File, ...]:
    """List the files of an output in the run's folder; the user's own data is not looked through."""
    root = folder.resolve()
    if not place.resolve().is_relative_to(root) or place.resolve() == root:
        return ()
    base = place.parent if place.is_file() else place
    paths = [place] if place.is_file() else islice(place.rglob("*"), MOST_FILES)
    return tuple(
        File(path=printable(path.relative_to(base).as_posix()), bytes=path.stat().st_size)
        for path in sorted(paths)
        if path.is_file()
    )
