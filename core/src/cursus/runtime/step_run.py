"""Run one step: its script, or the stand-in of a service; then look at what it left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.errors import cause_of
from cursus.isolation import ScriptRun
from cursus.pipeline.sources import find_source
from cursus.runtime.checksums import content_sha256
from cursus.runtime.handover import Published, container_paths, hand_over, publish
from cursus.runtime.kinds import (
    METRICS_FILES,
    UnreadableError,
    files_below,
    numbers_of,
    read_kind,
)
from cursus.runtime.result import InputRecord, OutputRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cursus.isolation import Limits, ScriptResult
    from cursus.kernel.plan import Plan, PlannedStep, StepOutput
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.folders import RunFolder
    from cursus.runtime.kinds import Reading
    from cursus.runtime.prepare import PreparedInput, PreparedStep

SINK_FILE = "would_register.json"
TRAINING_SPLITS = ("train", "val", "test")
BAD_OUTPUTS = (
    "the script ended without an error, but its outputs are what the next steps would read"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What one step came to: fields of its StepResult, where its outputs are, and what is odd about them."""

    fields: Mapping[str, Any]
    published: Mapping[str, Published]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """One output that was read as its kind; the fault is "" where it is sound."""

    record: OutputRecord
    fault: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Runs the steps of one run; `published` and `outputs` are those of the steps that have passed."""

    plan: Plan
    plugins: Plugins
    folder: RunFolder
    limits: Limits
    cancelled: Callable[[], bool]

    def run(
        self,
        prepared: PreparedStep,
        published: Mapping[StepOutput, Published],
        outputs: Mapping[StepOutput, OutputRecord],
    ) -> Finished:
        """Run a step and never raise for what it does."""
        given = [i for i in prepared.inputs if not i.missing]
        inputs: dict[str, Path] = {}
        try:
            inputs.update({i.name: self._place(prepared.step, i, published) for i in given})
            finished = self._run(prepared, inputs)
        except Exception as exc:  # noqa: BLE001 - around a user's script and data; other branches go on
            finished = Finished(fields={"status": "error", "error": cause_of(exc)}, published={})
        records = tuple(_record(i, inputs, outputs) for i in prepared.inputs)
        return replace(finished, fields={"inputs": records, **finished.fields})

    def _run(self, prepared: PreparedStep, inputs: Mapping[str, Path]) -> Finished:
        if prepared.action == "source":
            return self._load(prepared)
        if prepared.action == "sink":
            return self._record_service(prepared, inputs)
        return self._run_script(prepared, inputs)

    def _place(
        self,
        step: PlannedStep,
        prepared: PreparedInput,
        published: Mapping[StepOutput, Published],
    ) -> Path:
        if prepared.produced is not None:
            target = self.folder.input(step.node, prepared.name)
            return hand_over(published[prepared.produced], target)
        return prepared.path or Path()

    def _load(self, prepared: PreparedStep) -> Finished:
        """Take the chosen data in the service's place, as it is."""
        step = prepared.step
        found = {name: self._read(step, name, path) for name, path in prepared.data.items()}
        faults = [checked.fault for checked in found.values() if checked.fault]
        places = ", ".join(map(str, prepared.data.values()))
        hint = f"mend or replace the files of {places}, or give another folder with --data"
        published = {name: Published(path=path, files=path) for name, path in prepared.data.items()}
        return Finished(
            fields={
                **_verdict(faults, hint),
                "outputs": tuple(checked.record for checked in found.values()),
            },
            published={} if faults else published,
            warnings=tuple(line for checked in found.values() for line in checked.warnings),
        )

    def _record_service(self, prepared: PreparedStep, inputs: Mapping[str, Path]) -> Finished:
        """Write down what the service would be given."""
        step = prepared.step
        part = self.plugins.extract_step_config(step, self.plan)
        record = {
            "step": step.name,
            "STEP_CONFIG": None if part is None else dict(part),
            "inputs": {
                name: [self.folder.relative(file) for file in files_below(path)]
                for name, path in inputs.items()
            },
        }
        target = self.folder.outputs / step.step_type.folder / step.name / SINK_FILE
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")
        output = OutputRecord(
            name="would register",
            kind="record",
            path=self.folder.relative(target),
            files=1,
            bytes=target.stat().st_size,
            sha256=content_sha256(target),
        )
        return Finished(fields={"status": "passed", "outputs": (output,)}, published={})

    def _run_script(self, prepared: PreparedStep, inputs: Mapping[str, Path]) -> Finished:
        step = prepared.step
        script = self._script_run(prepared, inputs)
        result = self.plugins.test_script(step, script)
        told = _told(result, script)
        if result.status != "passed":
            return Finished(fields=told, published={})
        found = {name: self._read(step, name, path) for name, path in script.output_paths.items()}
        faults = [checked.fault for checked in found.values() if checked.fault]
        warnings = tuple(line for checked in found.values() for line in checked.warnings)
        records = {name: checked.record for name, checked in found.items()}
        if not faults:
            return replace(self._publish(step, told, records), warnings=warnings)
        verdict = _verdict(faults, BAD_OUTPUTS)
        fields = {**told, **verdict, "outputs": tuple(records.values())}
        return Finished(fields=fields, published={}, warnings=warnings)

    def _publish(
        self, step: PlannedStep, told: dict[str, Any], records: Mapping[str, OutputRecord]
    ) -> Finished:
        published = publish(step, self.folder)
        folders = {name: published[name].files for name in records}
        outputs = tuple(
            record.changed(path=self.folder.relative(published[name].path))
            for name, record in records.items()
        )
        plots = [path for folder in folders.values() for path in files_below(folder)]
        return Finished(
            fields={
                **told,
                "outputs": outputs,
                "metrics": _metrics(folders),
                "plots": tuple(self.folder.relative(p) for p in plots if p.suffix == ".svg"),
            },
            published=published,
        )

    def _script_run(self, prepared: PreparedStep, inputs: Mapping[str, Path]) -> ScriptRun:
        """Build everything that the script gets from the plan."""
        step, bundle = prepared.step, prepared.bundle or Path()
        outputs = {
            port.name: self.folder.staging(step.node, port.name) for port in step.step_type.outputs
        }
        for path in outputs.values():
            path.mkdir(parents=True)
        return ScriptRun(
            script=prepared.script or Path(),
            source=find_source(step, self.plan).path,
            folder=self.folder.work(step.node),
            input_paths=inputs,
            output_paths=outputs,
            environment=step.environment,
            arguments=step.arguments,
            writable=tuple(outputs.values()),
            readable=(bundle,),
            mounts=container_paths(step, inputs, self.folder, bundle),
            limits=self.limits,
            cancelled=self.cancelled,
        )

    def _read(self, step: PlannedStep, name: str, path: Path) -> _Checked:
        """Read an output as its kind."""
        port = step.step_type.output(name)
        kind = "" if port is None else port.kind
        place = self.folder.relative(path)
        try:
            reading = read_kind(kind, path, _splits_of(step))
        except UnreadableError as exc:
            fault = f"output {name} ({kind}): {exc}"
            return _Checked(record=OutputRecord(name=name, kind=kind, path=place), fault=fault)
        record = _output_record(name, kind, place, reading).changed(sha256=content_sha256(path))
        told = f"step {step.node}: output {name}: column"
        warnings = tuple(f"{told} {column} has no value in any row" for column in reading.blank)
        return _Checked(record=record, warnings=warnings)


def _output_record(name: str, kind: str, place: str, reading: Reading) -> OutputRecord:
    return OutputRecord(
        name=name,
        kind=kind,
        path=place,
        files=reading.files,
        bytes=reading.bytes,
        rows=reading.rows,
        splits=reading.splits,
        columns=reading.columns,
    )


def _record(
    prepared: PreparedInput,
    inputs: Mapping[str, Path],
    outputs: Mapping[StepOutput, OutputRecord],
) -> InputRecord:
    produced = None if prepared.produced is None else outputs.get(prepared.produced)
    return InputRecord(
        name=prepared.name,
        source=prepared.source,
        reason=f"not given: {prepared.missing}" if prepared.missing else prepared.reason,
        path=str(inputs.get(prepared.name, "")),
        rows=None if produced is None else produced.rows,
        splits={} if produced is None else produced.splits,
    )


def _splits_of(step: PlannedStep) -> tuple[str, ...]:
    """Name the splits that the scripts of a job type leave to one another."""
    if step.job_type is None:
        return ()
    return TRAINING_SPLITS if step.job_type == "training" else (step.job_type,)


def _verdict(faults: list[str], hint: str) -> dict[str, Any]:
    """Fail for outputs that are not what they should be."""
    if not faults:
        return {"status": "passed"}
    return {"status": "failed", "error": "; ".join(faults), "hint": hint}


def _told(result: ScriptResult, run: ScriptRun) -> dict[str, Any]:
    return {
        "status": result.status,
        "error": result.error,
        "hint": result.hint,
        "cpu_seconds": result.cpu_seconds,
        "peak_memory_mb": result.peak_memory_mb,
        "exit_code": result.exit_code,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "log": str(run.folder),
        "script": str(run.script),
        "not_enforced": result.not_enforced,
    }


def _metrics(folders: Mapping[str, Path]) -> dict[str, float]:
    """Gather the numbers of all metrics files; those of a sub-folder are named after it."""
    found: dict[str, float] = {}
    for folder in folders.values():
        for path in files_below(folder):
            if path.name in METRICS_FILES:
                place = path.parent.relative_to(folder).as_posix()
                prefix = "" if place == "." else f"{place}/"
                found.update({prefix + name: value for name, value in numbers_of(path).items()})
    return found
