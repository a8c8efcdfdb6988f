"""The state of a run: changed by many threads, on disk after every change."""

from __future__ import annotations

import time
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Any

from cursus.binding import source_text
from cursus.runtime.environment import describe_environment
from cursus.runtime.result import InputRecord, RunResult, StepResult

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.runtime.folders import RunFolder
    from cursus.runtime.options import RunOptions
    from cursus.runtime.prepare import PreparedStep


class Recorder:
    """Holds the result so far; every change is written to the run's folder and shown to the watcher."""

    def __init__(self, plan: Plan, folder: RunFolder, options: RunOptions) -> None:
        self._lock = RLock()
        self._watch = options.watch
        self._began = time.monotonic()
        self._result = _first_result(plan, folder, options)
        self._change()

    @property
    def result(self) -> RunResult:
        """Give the result as it is now."""
        return self._result

    def start(self, prepared: PreparedStep) -> None:
        """Note that a step runs."""
        self._update(prepared.step.node, status="running", started=_now())

    def finish(self, node: str, wall_seconds: float, **fields: Any) -> None:
        """Note what became of a step."""
        self._update(node, ended=_now(), wall_seconds=wall_seconds, **fields)

    def warn(self, *messages: str) -> None:
        """Note what the user should know although nothing failed for it."""
        if messages:
            with self._lock:
                self._change(warnings=(*self._result.warnings, *messages))

    def skip(self, node: str, reason: str) -> None:
        """Note that a step is not run, and why."""
        self._update(node, status="skipped", reason=reason)

    def end(self, error: str = "") -> RunResult:
        """Give the verdict: passed where at least one step ran and none failed."""
        with self._lock:
            for step in self._result.steps:
                if step.status == "waiting":
                    self.skip(step.node, error)
                elif step.status == "running":
                    self._update(step.node, status="error", error=error, ended=_now())
            is_passed = not error and not self._result.failures and self._result.count("passed")
            self._change(
                status="passed" if is_passed else "failed",
                error=error,
                ended=_now(),
                wall_seconds=time.monotonic() - self._began,
            )
        return self._result

    def _update(self, node: str, **fields: Any) -> None:
        with self._lock:
            steps = tuple(
                step.changed(**fields) if step.node == node else step for step in self._result.steps
            )
            self._change(steps=steps, wall_seconds=time.monotonic() - self._began)

    def _change(self, **fields: Any) -> None:
        with self._lock:
            self._result = self._result.changed(**fields)
            self._result.save()
            self._watch(self._result)


def _first_result(plan: Plan, folder: RunFolder, options: RunOptions) -> RunResult:
    first = next(iter(plan), None)
    return RunResult(
        run_id=folder.run_id,
        pipeline="" if first is None else getattr(first.config, "pipeline_name", ""),
        started=_now(),
        folder=str(folder.root),
        dag_file=_full(plan.dag.file),
        config_file=_full(plan.config_file),
        data=_full(options.data),
        jobs=options.jobs,
        time_limit_seconds=options.limits.seconds,
        memory_limit_mb=options.limits.memory_mb,
        environment=describe_environment(),
        edges=tuple(edge for edge in plan.dag.edges if set(edge) <= plan.steps.keys()),
        steps=tuple(_waiting(step) for step in plan),
        warnings=tuple(warning.message for warning in plan.warnings),
    )


def _full(path: Path | None) -> str:
    """Give a path that means the same wherever the result is read."""
    return "" if path is None else str(path.resolve())


def _waiting(step: PlannedStep) -> StepResult:
    return StepResult(
        node=step.node,
        name=step.name,
        step_type=step.step_type.name,
        plugin=step.plugin,
        kind=step.step_type.job.kind,
        job_type=step.job_type,
        dependencies=step.dependencies,
        arguments=step.arguments,
        environment=dict(step.environment),
        inputs=tuple(
            InputRecord(name=b.input, source=source_text(b.source), reason=b.reason)
            for b in step.bindings.values()
        ),
    )


def _now() -> datetime:
    return datetime.now().astimezone()
