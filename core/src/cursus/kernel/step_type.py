"""StepType: one declaration from which definition, execution document and local run are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.paths import Expression, Filling

ConfigT = TypeVar("ConfigT", bound=BaseModel)
EnvironmentValue: TypeAlias = "str | int | float | bool | Sequence[Any] | Mapping[str, Any] | None"
JobKind = Literal["processing", "training", "transform", "model", "service", "custom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Generic[ConfigT]):
    """A port that a step reads.

    A required input takes the one output of one of `kinds` that a direct predecessor has; an optional one only an
    output named in `accepts` ("StepType.output"). `fill` gives a value from the config, or None; of steps, only an
    output named in `accepts` comes before it. Where `producer_job_type` is set, a producer with another job type is
    refused. `channels` are the sub-folders that a training job gets as channels of their own.
    """

    name: str
    kinds: tuple[str, ...]
    path: str
    required: bool | Callable[[ConfigT], bool] = True
    accepts: tuple[str, ...] = ()
    fill: Callable[[ConfigT], Filling | None] | None = None
    from_steps: bool = True
    producer_job_type: str | None = None
    channels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def is_required(self, config: ConfigT) -> bool:
        """Say whether a step with this config must have the input."""
        return self.required(config) if callable(self.required) else self.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A port that a step writes.

    `reference` is the property by which the next step reads it, where it is not the one of the job's kind;
    `archive` the name that SageMaker gives it when it packs a training job's folder; `property_file` a JSON file in
    it from which a pipeline's conditions may read.
    """

    name: str
    kind: str
    path: str = ""
    reference: str | None = None
    archive: str | None = None
    property_file: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that a plugin ships, as `<package>/scripts/<file>`; `older_names` are entry points that mean it."""

    package: str
    file: str
    older_names: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def path(self) -> Path | None:
        """Find the script without importing its package; None where the plugin does not ship it (yet)."""
        from importlib.util import find_spec
        from pathlib import Path

        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin).parent / "scripts" / self.file
        return path if path.is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A container image: a framework of the SDK's tables and the config attributes with its versions."""

    framework: str
    version: str
    py_version: str | None = None
    scope: Literal["training", "inference"] = "training"


def _nothing(*_asked: Any) -> dict[str, Any]:
    return {}


def _none(*_asked: Any) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[ConfigT]):
    """How a step runs on SageMaker, and with the same values on this machine.

    `instance_type`, `instance_count`, `volume_size`, `max_runtime`, `entry_point` and `source_dir` name attributes
    of the config. `environment` may hold None (left out), booleans, numbers, lists and objects (JSON); a name in
    `overflow` travels in the code bundle's environment.json where it is too long for the service. `files` gives
    generated files of the code bundle from the config and the source folder (None where there is none).
    `render` gives the definition's step (run-time values allowed inside), or None: not in the definition.
    `stand_in` says what takes a service's place in a local run; `location` how consumers read an output of it: the
    default of a parameter, or an expression of the service's own step.
    """

    kind: JobKind
    image: Image | None = None
    instance_type: str = "effective_instance_type"
    instance_count: str = "processing_instance_count"
    volume_size: str = "processing_volume_size"
    max_runtime: str = "max_runtime_seconds"
    entry_point: str = "processing_entry_point"
    source_dir: str = "effective_source_dir"
    environment: Callable[[ConfigT], Mapping[str, EnvironmentValue]] = _nothing
    arguments: Callable[[ConfigT], Sequence[str]] = _none
    files: Callable[[ConfigT, Path | None], Mapping[str, bytes]] = _nothing
    overflow: frozenset[str] = frozenset()
    stand_in: Literal["source", "sink"] | None = None
    location: Callable[[PlannedStep, Plan, str], str | Expression | None] | None = None
    render: Callable[[PlannedStep, Plan], Mapping[str, Any] | None] | None = None

    @classmethod
    def processing(cls, image: Image, **fields: Any) -> Job[ConfigT]:
        """Declare a Processing job."""
        return cls(kind="processing", image=image, **fields)

    @classmethod
    def training(cls, image: Image, **fields: Any) -> Job[ConfigT]:
        """Declare a Training job, with the training_* attributes of its config."""
        names = {
            "instance_type": "training_instance_type",
            "instance_count": "training_instance_count",
            "volume_size": "training_volume_size",
            "entry_point": "training_entry_point",
        }
        return cls(kind="training", image=image, **{**names, **fields})

    @classmethod
    def custom(
        cls, render: Callable[[PlannedStep, Plan], Mapping[str, Any] | None], **fields: Any
    ) -> Job[ConfigT]:
        """Declare a step that no other kind fits, by a function from the planned step to a definition step."""
        return cls(kind="custom", render=render, **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a step type's own check found in a config or a document: the field (a path), what is wrong, the remedy."""

    field: str
    message: str
    fix: str
    severity: Literal["error", "warning"] = "error"


def job_type_suffix(config: Any) -> str | None:
    """Give what follows the step type's name in a step's name: the job type, where there is one."""
    job_type = getattr(config, "job_type", None)
    return None if job_type is None else str(job_type).capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepType(Generic[ConfigT]):
    """Everything about one type of step.

    `aliases` are older names of the config class; `example` the fields of a valid config. `folder` is the first
    segment of its output paths (default: the name in snake_case), `suffix` what follows `<name>-` in step names.
    `check` finds what only compiling and running need. `extract` gives the STEP_CONFIG of the execution document,
    `document` its STEP_TYPE, `document_names` other keys of the step in templates (`{suffix}` is filled in); a
    step type with `documented` must have a config when a document is made. `check_document` finds what is wrong in
    a STEP_CONFIG, whoever wrote it; `document_warnings` what the user must know of one that `extract` gives.
    """

    name: str
    summary: str
    config: type[ConfigT]
    example: Mapping[str, Any]
    job: Job[ConfigT]
    inputs: tuple[Input[ConfigT], ...] = ()
    outputs: tuple[Output, ...] = ()
    script: Script | None = None
    aliases: tuple[str, ...] = ()
    folder: str = ""
    suffix: Callable[[ConfigT], str | None] = job_type_suffix
    check: Callable[[ConfigT], Iterable[Fault]] = _none
    extract: Callable[[PlannedStep, Plan], Mapping[str, Any] | None] | None = None
    document: str | tuple[str, str] | None = None
    document_names: tuple[str, ...] = ()
    documented: bool = False
    check_document: Callable[[Mapping[str, Any]], Iterable[Fault]] = _none
    document_warnings: Callable[[PlannedStep, Plan], Iterable[Fault]] = _none

    def __post_init__(self) -> None:
        if not self.folder:
            object.__setattr__(self, "folder", snake_case(self.name))

    def input(self, name: str) -> Input[ConfigT] | None:
        """Find an input by its name or an older one."""
        return next((port for port in self.inputs if name in (port.name, *port.aliases)), None)

    def output(self, name: str) -> Output | None:
        """Find an output by its name or an older one."""
        return next((port for port in self.outputs if name in (port.name, *port.aliases)), None)


def snake_case(name: str) -> str:
    """Turn a class-like name into snake_case: `TabularPreprocessing` -> `tabular_preprocessing`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
