"""Everything that a run needs, looked up before anything runs; all that is missing is reported at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cursus.binding import source_text
from cursus.errors import (
    CursusError,
    InvalidInputError,
    Problem,
    RunError,
    RunTimeValueError,
    raise_errors,
)
from cursus.kernel.plan import StepOutput
from cursus.paths import BundleFile, Parameter, SourceFolder, Uri
from cursus.pipeline.bundles import make_bundle, make_folder_bundle, write_bundle
from cursus.pipeline.sources import config_place, find_folder, find_source
from cursus.runtime.requirements import requirement_problems
from cursus.runtime.sources import DataFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import Binding, Plan, PlannedStep, Source

Action = Literal["script", "source", "sink", "skip"]
NOT_HERE = {
    "model": "a Model step is made of a container by the service, and is not run on this machine yet",
    "transform": "a Transform step needs a served model, and is not run on this machine yet",
    "service": "a service step without a stand-in is not run on this machine",
    "custom": "a custom step has no script that could run on this machine",
}


class PreparationError(RunError, InvalidInputError):
    """A run lacks something; `problems` holds all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedInput:
    """One input: a path that is known already, or the output of a step; `missing` says why it is not given."""

    name: str
    source: str
    reason: str
    path: Path | None = None
    produced: StepOutput | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedStep:
    """What is done for a step. A source has its data by output; `reason` says why it is skipped."""

    step: PlannedStep
    action: Action
    inputs: tuple[PreparedInput, ...] = ()
    script: Path | None = None
    bundle: Path | None = None
    data: Mapping[str, Path] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All steps in plan order, and what the user should know of them."""

    steps: Mapping[str, PreparedStep]
    warnings: tuple[Problem, ...]


def prepare(plan: Plan, data: Path | None, bundles: Path) -> Prepared:
    """Prepare every step, or raise PreparationError with all that is missing."""
    return _Preparation(plan, data, bundles).prepare()


class _Preparation:
    """Gathers problems while it looks up; one object for one call of prepare."""

    def __init__(self, plan: Plan, data: Path | None, bundles: Path) -> None:
        self.plan = plan
        self.bundles = bundles
        self.problems: list[Problem] = []
        sources = tuple(s for s in plan if _action(s) == "source")
        self.data = DataFolder(folder=data, sources=sources)
        self.given = {step.node: self.data.outputs_of(step) for step in sources}

    def prepare(self) -> Prepared:
        steps = {step.node: self._step(step) for step in self.plan}
        shipped = [s.step for s in steps.values() if s.action == "script" and self._is_shipped(s)]
        found = [*self._untyped(), *self.data.problems, *self.problems]
        problems = tuple(dict.fromkeys([*found, *requirement_problems(shipped)]))
        raise_errors(problems, PreparationError)
        return Prepared(steps=steps, warnings=problems)

    def _untyped(self) -> list[Problem]:
        return [
            Problem(
                code="CUR0710",
                message=f"step {node} is not planned: the plan is one for an execution document",
                fix="make the plan without `lenient`",
            )
            for node in self.plan.untyped
        ]

    def _step(self, step: PlannedStep) -> PreparedStep:
        action = _action(step)
        if action == "skip":
            inputs = tuple(_described(binding) for binding in step.bindings.values())
            reason = NOT_HERE[step.step_type.job.kind]
            return PreparedStep(step=step, action=action, inputs=inputs, reason=reason)
        self._check_places(step)
        if action == "source":
            return PreparedStep(step=step, action=action, data=self.given[step.node])
        bundle, script = self._code(step) if action == "script" else (None, None)
        found = (self._input(step, binding, bundle) for binding in step.bindings.values())
        return PreparedStep(
            step=step, action=action, inputs=tuple(found), script=script, bundle=bundle
        )

    def _check_places(self, step: PlannedStep) -> None:
        """Report an output path with a parameter inside: it has no place on this machine."""
        for name, place in step.outputs.items():
            try:
                place.local(Path())
            except RunTimeValueError as exc:
                message = f"output {name} has no place on this machine: {exc}"
                self._report(
                    "CUR0708", step, message, "build its path from values that are known now"
                )

    def _code(self, step: PlannedStep) -> tuple[Path | None, Path | None]:
        """Write the step's code bundle and find its entry point in it."""
        try:
            bundle = make_bundle(step, self.plan)
            folder = write_bundle(bundle, self.bundles)
        except InvalidInputError as exc:
            self.problems.extend(exc.problems)
            return None, None
        except (CursusError, OSError) as exc:
            self._report(
                "CUR0701", step, f"has no code bundle: {exc}", "mend what the message names"
            )
            return None, None
        self.problems.extend(bundle.warnings)
        return folder, folder / bundle.entry_point

    def _is_shipped(self, prepared: PreparedStep) -> bool:
        """Say whether the plugin's own script runs; a script of the project has needs that nobody declares."""
        return prepared.bundle is None or find_source(prepared.step, self.plan).script is not None

    def _input(self, step: PlannedStep, binding: Binding, bundle: Path | None) -> PreparedInput:
        port = step.port(binding)
        described = _described(binding)
        if isinstance(binding.source, StepOutput):
            missing = self._not_loaded(binding.source)
            has_other_data = bool(self.given.get(binding.source.node))
            if missing and has_other_data and port.is_required(step.config):
                fix = f"add a sub-folder {binding.source.output} to its data"
                self._report("CUR0707", step, f"needs input {port.name}: {missing}", fix)
            return _with(described, produced=None if missing else binding.source, missing=missing)
        path = self._path(step, binding, bundle)
        missing = "" if path else "it was not found"
        return _with(described, path=path, missing=missing)

    def _not_loaded(self, source: StepOutput) -> str:
        """Say why a loading step does not give an output; "" where it does, or is no loading step."""
        if source.node not in self.given or source.output in self.given[source.node]:
            return ""
        return f"the local data of {source.node} has no {source.output}"

    def _path(self, step: PlannedStep, binding: Binding, bundle: Path | None) -> Path | None:
        source = binding.source
        if isinstance(source, BundleFile):
            return None if bundle is None else bundle / source.path
        if isinstance(source, SourceFolder):
            return self._folder_bundle(step, source)
        text = source.uri if isinstance(source, Uri) else _default(source)
        local = self.data.in_place_of(step, binding.input)
        if local is not None:
            return local
        if text is None or text.startswith("s3://"):
            self._not_local(step, binding)
            return None
        return self._local(step, binding, text)

    def _folder_bundle(self, step: PlannedStep, source: SourceFolder) -> Path | None:
        try:
            bundle = make_folder_bundle(step, source, self.plan)
        except InvalidInputError as exc:
            self.problems.extend(exc.problems)
            return None
        self.problems.extend(bundle.warnings)
        return write_bundle(bundle, self.bundles)

    def _not_local(self, step: PlannedStep, binding: Binding) -> None:
        what = _described(binding).source
        self._report(
            "CUR0705",
            step,
            f"input {binding.input} is {what}, which has no local data",
            f"put a copy into <data folder>/{step.node}/{binding.input}",
        )

    def _local(self, step: PlannedStep, binding: Binding, text: str) -> Path | None:
        """Find a local file or folder; a relative one as source folders are found."""
        given = Path(text.removeprefix("file://"))
        folder = find_folder(str(given.parent), self.plan)
        path = given if folder is None else folder / given.name
        if not path.exists():
            message = f"input {binding.input} is {text}, which is not there"
            self._report(
                "CUR0706", step, message, "mend the path, or give --source-root for a relative one"
            )
            return None
        return path.absolute()

    def _report(self, code: str, step: PlannedStep, message: str, fix: str) -> None:
        place = config_place(step, self.plan)
        self.problems.append(
            Problem(code=code, message=f"step {step.node}: {message}", fix=fix, place=place)
        )


def _action(step: PlannedStep) -> Action:
    job = step.step_type.job
    if job.kind in ("processing", "training"):
        return "script"
    return job.stand_in or "skip"


def _described(binding: Binding) -> PreparedInput:
    source = source_text(binding.source)
    return PreparedInput(name=binding.input, source=source, reason=binding.reason)


def _with(
    described: PreparedInput,
    *,
    path: Path | None = None,
    produced: StepOutput | None = None,
    missing: str = "",
) -> PreparedInput:
    from dataclasses import replace

    return replace(described, path=path, produced=produced, missing=missing)


def _default(source: Source) -> str | None:
    default = source.default if isinstance(source, Parameter) else None
    return None if default is None else str(default)
