"""Run a whole pipeline on this machine, with data really handed over."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from cursus.errors import cause_of
from cursus.kernel.plan import StepOutput
from cursus.runtime.folders import BUNDLES, check_workspace, new_run_folder
from cursus.runtime.options import RunOptions
from cursus.runtime.prepare import prepare
from cursus.runtime.recorder import Recorder
from cursus.runtime.result import FAILURES
from cursus.runtime.schedule import run_in_order
from cursus.runtime.step_run import StepRunner

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.folders import RunFolder
    from cursus.runtime.handover import Published
    from cursus.runtime.prepare import Prepared, PreparedStep
    from cursus.runtime.result import OutputRecord, RunResult

CANCELLED = "the run was cancelled"


def run_pipeline(plan: Plan, plugins: Plugins, options: RunOptions | None = None) -> RunResult:
    """Run every step of a plan, as many at once as `jobs` allows, and give the result, which is also on disk.

    Raises PreparationError, before anything runs, with everything that is missing. What a step does never raises:
    it is in the result.
    """
    options = options or RunOptions()
    workspace = options.workspace.resolve()
    data = None if options.data is None else options.data.resolve()
    check_workspace(workspace, data)
    prepared = prepare(plan, data, workspace / BUNDLES)
    folder = new_run_folder(workspace)
    return _Run(plan, plugins, options, folder, prepared).run()


class _Run:
    """One run: what is published so far, and who may still start."""

    def __init__(
        self,
        plan: Plan,
        plugins: Plugins,
        options: RunOptions,
        folder: RunFolder,
        prepared: Prepared,
    ) -> None:
        self.plan = plan
        self.prepared = prepared.steps
        self.jobs = options.jobs
        self.cancelled = Event()
        self.recorder = Recorder(plan, folder, options)
        self.recorder.warn(*(warning.message for warning in prepared.warnings))
        self.published: dict[StepOutput, Published] = {}
        self.outputs: dict[StepOutput, OutputRecord] = {}
        self.runner = StepRunner(
            plan=plan,
            plugins=plugins,
            folder=folder,
            limits=options.limits,
            cancelled=self.cancelled.is_set,
        )

    def run(self) -> RunResult:
        dependencies = {step.node: step.dependencies for step in self.plan}
        try:
            run_in_order(dependencies, self._step, jobs=self.jobs, cancel=self.cancelled.set)
        except KeyboardInterrupt:
            self.recorder.end(CANCELLED)
            raise
        except BaseException as exc:
            self.recorder.end(f"the run was broken off: {cause_of(exc)}")
            raise
        return self.recorder.end()

    def _step(self, node: str) -> None:
        prepared = self.prepared[node]
        reason = self._why_not(prepared)
        if reason:
            self.recorder.skip(node, reason)
            return
        self.recorder.start(prepared)
        started = time.monotonic()
        finished = self.runner.run(prepared, self.published, self.outputs)
        for name, place in finished.published.items():
            self.published[StepOutput(node=node, output=name)] = place
        for output in finished.fields.get("outputs", ()):
            self.outputs[StepOutput(node=node, output=output.name)] = output
        self.recorder.warn(*finished.warnings)
        self.recorder.finish(node, time.monotonic() - started, **finished.fields)

    def _why_not(self, prepared: PreparedStep) -> str:
        """Say why a step cannot run: itself, a failure before it, or data that nobody made."""
        if self.cancelled.is_set():
            return CANCELLED
        if prepared.action == "skip":
            return prepared.reason
        ancestors = self.plan.ancestors(prepared.step.node)
        statuses = {step.node: step.status for step in self.recorder.result.steps}
        failed = [node for node in ancestors if statuses.get(node) in FAILURES]
        if failed:
            return f"{failed[0]} {_did(statuses[failed[0]])}"
        produced = [given.produced for given in prepared.inputs if given.produced is not None]
        unmade = [source.node for source in produced if source not in self.published]
        return f"it reads from {unmade[0]}, which was not run" if unmade else ""


def _did(status: str) -> str:
    return "ran into the time limit" if status == "timeout" else "failed"
