"""What became of a run, as one versioned JSON file that everything else reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from cursus.errors import InvalidInputError, Place, Problem
from cursus.files import write_text

SCHEMA_VERSION = "1.0"
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
    """Where an input came from and why; `path` is empty where it was not given. Rows by split where it has splits."""

    name: str
    source: str
    reason: str
    path: str = ""
    rows: int | None = None
    splits: dict[str, int] = {}


class OutputRecord(Record):
    """What a step left behind: a path relative to the run's folder, or absolute where it is the user's data."""

    name: str
    kind: str
    path: str
    files: int = 0
    bytes: int = 0
    rows: int | None = None
    splits: dict[str, int] = {}
    columns: tuple[str, ...] = ()


class StepResult(Record):
    """One step: times in seconds, memory in megabytes of its process tree; `reason` says why it was skipped.

    `metrics` are the numbers of metrics.json and calibration_metrics.json; `plots` are SVG files relative to the
    run's folder; `log` is the folder with the whole log.
    """

    node: str
    name: str
    step_type: str
    plugin: str = ""
    kind: str = ""
    job_type: str | None = None
    dependencies: tuple[str, ...] = ()
    status: StepStatus = "waiting"
    reason: str = ""
    error: str = ""
    hint: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    exit_code: int | None = None
    script: str = ""
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    inputs: tuple[InputRecord, ...] = ()
    outputs: tuple[OutputRecord, ...] = ()
    metrics: dict[str, float] = {}
    plots: tuple[str, ...] = ()
    stdout: str = ""
    stderr: str = ""
    log: str = ""
    not_enforced: tuple[str, ...] = ()

    @property
    def rows_out(self) -> int | None:
        """Count the rows of the first output that has rows."""
        return next((out.rows for out in self.outputs if out.rows is not None), None)


class Environment(Record):
    """The machine and the software of a run."""

    python: str
    platform: str
    cores: int
    memory_mb: float | None = None
    packages: dict[str, str] = {}


class RunResult(Record):
    """A run; `folder` is where its files are. A status of `running` on disk means that the run was cut off."""

    schema_version: str = SCHEMA_VERSION
    run_id: str
    pipeline: str
    status: RunStatus = "running"
    error: str = ""
    started: datetime
    ended: datetime | None = None
    wall_seconds: float = 0.0
    folder: str
    dag_file: str = ""
    config_file: str = ""
    data: str = ""
    jobs: int = 1
    time_limit_seconds: float = 0.0
    memory_limit_mb: float = 0.0
    environment: Environment
    edges: tuple[tuple[str, str], ...] = ()
    steps: tuple[StepResult, ...] = ()
    warnings: tuple[str, ...] = ()

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
