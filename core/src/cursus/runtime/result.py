"""What became of a run, as one versioned JSON file that everything else reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cursus.errors import InvalidInputError, Place, Problem
from cursus.files import write_text

SCHEMA_VERSION = "1.1"
RESULT_FILE = "result.json"
StepStatus = Literal["waiting", "running", "passed", "failed", "error", "timeout", "skipped"]
RunStatus = Literal["running", "passed", "failed"]
FAILURES = ("failed", "error", "timeout")


class Record(BaseModel):
    """The parent of all parts of a result; members that a later version adds are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _as_text(cls, data: object) -> object:
        return _all_printable(data)

    def changed(self, **fields: object) -> Self:
        """Give a copy with other values, which are checked as those of a new one are."""
        return type(self).model_validate({**dict(self), **fields})


class InputRecord(Record):
    """Where an input of a step came from, and why."""

    name: str = Field(description="The input's logical name.")
    source: str = Field(description="What it is bound to: `producer:output`, a URI or a path.")
    reason: str = Field(description="Why it is bound to that, or why it was not given.")
    path: str = Field("", description="The path that the script got; empty where none was given.")
    rows: int | None = Field(None, ge=0, description="Rows; null where they are not known.")
    splits: dict[str, int] = Field({}, description="Rows by split, where it has splits.")


class OutputRecord(Record):
    """What a step left behind."""

    name: str = Field(description="The output's logical name.")
    kind: str = Field(description="The kind that it was read as, such as `tabular`.")
    path: str = Field(description="Relative to the run's folder; absolute where it is your data.")
    files: int = Field(0, ge=0, description="Number of files.")
    bytes: int = Field(0, ge=0, description="Size of all files in bytes.")
    rows: int | None = Field(None, ge=0, description="Rows; null where it holds no tables.")
    splits: dict[str, int] = Field({}, description="Rows by split, where it has splits.")
    columns: tuple[str, ...] = Field((), description="Columns of its tables, in order.")
    sha256: str = Field("", description="Over names and bytes of its files; empty where unread.")


class StepResult(Record):
    """One step of the run."""

    node: str = Field(description="The DAG node.")
    name: str = Field(description="The step's name in the pipeline definition.")
    step_type: str = Field(description="The step type.")
    plugin: str = Field("", description="The distribution that owns the step type.")
    kind: str = Field("", description="The kind of its job, such as `processing` or `service`.")
    job_type: str | None = Field(None, description="The job type; null where it has none.")
    dependencies: tuple[str, ...] = Field((), description="The nodes that it waits for.")
    status: StepStatus = Field("waiting", description="What became of it; see above.")
    reason: str = Field("", description="Why it was skipped.")
    error: str = Field("", description="What went wrong, in a line.")
    hint: str = Field("", description="What to do about it; empty where nothing is known.")
    started: datetime | None = Field(None, description="Its start; null where it did not start.")
    ended: datetime | None = Field(None, description="Its end; null where it has not ended.")
    wall_seconds: float = Field(0.0, description="Time from start to end, in seconds.")
    cpu_seconds: float = Field(0.0, description="CPU time of its process tree, in seconds.")
    peak_memory_mb: float = Field(
        0.0, description="Peak resident memory of its process tree, in MB (2**20 bytes)."
    )
    exit_code: int | None = Field(
        None, description="Of its script; null where none ran to an end of its own."
    )
    script: str = Field("", description="The script that ran, as a path.")
    arguments: tuple[str, ...] = Field((), description="The script's command line arguments.")
    environment: dict[str, str] = Field({}, description="The script's environment variables.")
    inputs: tuple[InputRecord, ...] = Field((), description="What it read.")
    outputs: tuple[OutputRecord, ...] = Field((), description="What it left behind.")
    metrics: dict[str, float] = Field(
        {}, description="The numbers of its metrics.json and calibration_metrics.json files."
    )
    plots: tuple[str, ...] = Field((), description="SVG files, relative to the run's folder.")
    stdout: str = Field("", description="Head and tail of the script's standard output.")
    stderr: str = Field("", description="Head and tail of its standard error, with tracebacks.")
    log: str = Field("", description="The folder with the whole stdout.log and stderr.log.")
    not_enforced: tuple[str, ...] = Field(
        (), description="The protections that this machine does not allow."
    )

    @property
    def rows_in(self) -> int | None:
        """Count the rows of the first input that has rows."""
        return next((given.rows for given in self.inputs if given.rows is not None), None)

    @property
    def rows_out(self) -> int | None:
        """Count the rows of the first output that has rows."""
        return next((out.rows for out in self.outputs if out.rows is not None), None)


class Environment(Record):
    """The machine and the software of a run."""

    python: str = Field(description="The version of Python.")
    platform: str = Field(description="The operating system.")
    cores: int = Field(description="The cores that the run could use.")
    memory_mb: float | None = Field(None, description="Memory in MB; null where it is not known.")
    packages: dict[str, str] = Field({}, description="Versions of installed packages, by name.")


class RunResult(Record):
    """A whole run. A status of `running` in a file means that the run goes on, or was cut off."""

    schema_version: str = Field(
        SCHEMA_VERSION, description="Version of this format: major and minor number."
    )
    run_id: str = Field(description="The run's name, which sorts by time.")
    pipeline: str = Field(description="The config's pipeline_name; may be empty.")
    status: RunStatus = Field("running", description="The verdict; see above.")
    error: str = Field("", description="Why the run as a whole broke off.")
    started: datetime = Field(description="The run's start.")
    ended: datetime | None = Field(None, description="The run's end; null where it has not ended.")
    wall_seconds: float = Field(0.0, description="Time from start to end, in seconds.")
    folder: str = Field(description="The run's folder when it was made, as an absolute path.")
    dag_file: str = Field("", description="The DAG file, as an absolute path.")
    config_file: str = Field("", description="The config file, as an absolute path.")
    data: str = Field("", description="The data folder, as an absolute path.")
    jobs: int = Field(1, description="How many scripts could run at once.")
    time_limit_seconds: float = Field(0.0, description="Time limit of each script, in seconds.")
    memory_limit_mb: float = Field(0.0, description="Memory limit of each script, in MB.")
    environment: Environment = Field(description="The machine and the software.")
    edges: tuple[tuple[str, str], ...] = Field((), description="The DAG's edges, as node pairs.")
    steps: tuple[StepResult, ...] = Field((), description="The steps, in the order of the plan.")
    warnings: tuple[str, ...] = Field(
        (), description="What to know although nothing failed for it."
    )

    @property
    def failures(self) -> tuple[StepResult, ...]:
        """Give the steps that failed, in order."""
        return tuple(step for step in self.steps if step.status in FAILURES)

    @property
    def cpu_seconds(self) -> float:
        """Add up the CPU time of all steps."""
        return sum(step.cpu_seconds for step in self.steps)

    @property
    def peak_memory_mb(self) -> float:
        """Give the largest peak of one step."""
        return max((step.peak_memory_mb for step in self.steps), default=0.0)

    def step(self, node: str) -> StepResult:
        """Give the result of one step."""
        return next(step for step in self.steps if step.node == node)

    def count(self, status: StepStatus) -> int:
        """Count the steps with a status."""
        return sum(step.status == status for step in self.steps)

    def _repr_html_(self) -> str:
        """Show the run as the value of a notebook's cell."""
        from cursus.runtime.notebook import run_html

        return run_html(self)

    def save(self) -> Path:
        """Write the result into the run's folder, whole or not at all."""
        text = self.model_dump_json(indent=2) + "\n"
        return write_text(Path(self.folder) / RESULT_FILE, text)


def read_result(path: Path) -> RunResult:
    """Read the result of a run; InvalidInputError where the file is none."""
    try:
        result = RunResult.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else _first_fault(exc)
        raise InvalidInputError([_unreadable(path, f"cannot be read: {reason}")]) from exc
    if result.schema_version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        version = f"has version {result.schema_version}, this Cursus reads {SCHEMA_VERSION}"
        raise InvalidInputError([_unreadable(path, version)])
    return result


def printable(text: str) -> str:
    """Escape what no UTF-8 file can hold: file names and messages may have lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


def _all_printable(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_all_printable(name): _all_printable(member) for name, member in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(_all_printable(member) for member in value)
    return value


def _first_fault(exc: ValidationError) -> str:
    fault = exc.errors()[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}".removeprefix(": ")


def _unreadable(path: Path, reason: str) -> Problem:
    return Problem(
        code="CUR0711",
        message=f"the run's result {path} {reason}",
        fix="give the result.json of a run's folder",
        place=Place(file=path),
    )
