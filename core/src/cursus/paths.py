"""Locations as data: parameters, step properties and output paths, rendered only where they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cursus.errors import RunTimeValueError

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.step_type import Script

ParameterType = Literal["String", "Integer", "Float", "Boolean"]
S3_SCHEME = "s3://"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
BUCKET_LENGTHS = range(3, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A pipeline parameter: its value is given when the pipeline starts."""

    name: str
    type: ParameterType = "String"
    default: str | int | float | bool | None = None

    def to_json(self) -> dict[str, str]:
        """Give the reference that a pipeline definition holds."""
        return {"Get": f"Parameters.{self.name}"}

    def __str__(self) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))

    def __format__(self, _spec: str) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProperty:
    """What a step leaves behind, such as `ModelArtifacts.S3ModelArtifacts`; known once it has run."""

    step: str
    path: str

    def to_json(self) -> dict[str, str]:
        """Give the reference that a pipeline definition holds."""
        return {"Get": f"Steps.{self.step}.{self.path}"}

    def __str__(self) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))

    def __format__(self, _spec: str) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A value that another SDK's step gives: text, or what a definition's JSON holds, with Parameters as objects."""

    data: Any

    def to_json(self) -> Any:
        """Give the text or the reference that a pipeline definition holds."""
        return to_json(self.data)

    def __str__(self) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))

    def __format__(self, _spec: str) -> str:
        raise RunTimeValueError(_not_text(piece_name(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPath:
    """A location under a base: `OutputPath(base=prefix) / "xgboost_training"`.

    The base is a URI that is known now, or a parameter, step property or expression that is known at run time. Trailing
    slashes of a known base are dropped, so that no rendering holds `//`.
    """

    base: str | Parameter | StepProperty | Expression
    parts: tuple[str | Parameter, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.base, str):
            object.__setattr__(self, "base", self.base.rstrip("/"))

    def __truediv__(self, part: str | Parameter) -> OutputPath:
        names = filter(None, part.split("/")) if isinstance(part, str) else (part,)
        return OutputPath(base=self.base, parts=(*self.parts, *names))

    @property
    def is_known(self) -> bool:
        """Say whether the location is known before the pipeline starts."""
        return all(isinstance(part, str) for part in (self.base, *self.parts))

    def parameters(self) -> tuple[Parameter, ...]:
        """Give the parameters that the location needs, in order."""
        return tuple(part for part in (self.base, *self.parts) if isinstance(part, Parameter))

    def to_json(self) -> str | dict[str, Any]:
        """Render as a pipeline definition holds it: text where all is known, else a `Std:Join`."""
        if self.is_known:
            return self.uri()
        values = [part if isinstance(part, str) else part.to_json() for part in self._pieces()]
        return {"Std:Join": {"On": "/", "Values": values}} if len(values) > 1 else values[0]

    def uri(self, values: Mapping[str, object] | None = None) -> str:
        """Render as text with the given parameter values; a missing value is a RunTimeValueError."""
        return "/".join(self._text(piece, values or {}) for piece in self._pieces())

    def local(self, root: Path) -> Path:
        """Give the folder below `root` that stands for this location in a local run."""
        return root.joinpath(*(_known(part) for part in self.parts))

    def _pieces(self) -> tuple[str | Parameter | StepProperty | Expression, ...]:
        return (self.base, *self.parts)

    def _text(
        self, piece: str | Parameter | StepProperty | Expression, values: Mapping[str, object]
    ) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Parameter):
            value = values.get(piece.name, piece.default)
            if value is not None:
                return str(value).rstrip("/")
        raise RunTimeValueError(_not_text(piece_name(piece)))

    def __str__(self) -> str:
        return self.uri()

    def __format__(self, spec: str) -> str:
        return format(self.uri(), spec)


PREFIX = Parameter(name="EXECUTION_S3_PREFIX")
KMS_KEY = Parameter(name="KMS_ENCRYPTION_KEY_PARAM")
SECURITY_GROUP = Parameter(name="SECURITY_GROUP_ID")
SUBNET = Parameter(name="VPC_SUBNET")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineParameters:
    """What is given when the pipeline starts; a prefix of None means the configs' pipeline_s3_loc."""

    prefix: Parameter | str | None = PREFIX
    kms_key: Parameter | None = KMS_KEY
    security_group: Parameter | None = SECURITY_GROUP
    subnet: Parameter | None = SUBNET


FIXED = PipelineParameters(prefix=None, kms_key=None, security_group=None, subnet=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """An input's value that is a location: an S3 URI, or a local file or folder for local runs."""

    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFolder:
    """An input's value that is a folder of the user's project, uploaded by its content.

    A relative folder is looked up under the source root. `fallback` is the shipped script that stands alone in
    the folder where the project has none.
    """

    folder: str | None
    fallback: Script | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """An input's value that is a file which `Job.files` puts into the step's own code bundle."""

    path: str


Filling: TypeAlias = Uri | SourceFolder | BundleFile | Parameter
RunTimeValue: TypeAlias = Parameter | StepProperty | OutputPath | Expression


def s3_fault(text: str) -> str | None:
    """Say what is wrong with a location to write to ("is not ...", "has ..."); None: nothing."""
    if not text.startswith(S3_SCHEME):
        return "is not an S3 URI"
    bucket, _, key = text.removeprefix(S3_SCHEME).partition("/")
    if not bucket:
        return "names no bucket"
    if len(bucket) not in BUCKET_LENGTHS:
        return f"names the bucket {bucket!r:.70}, and the name of a bucket has 3 to 63 characters"
    if not BUCKET_NAME.fullmatch(bucket):
        return (
            f"names the bucket {bucket!r}, and the name of a bucket is made of a-z, 0-9, dots and hyphens, "
            "with a letter or digit at both ends"
        )
    if any(character.isspace() or not character.isprintable() for character in key):
        return "has a blank or a control character in its folder"
    return None


def piece_name(piece: Parameter | StepProperty | Expression) -> str:
    """Name a run-time value for a message."""
    if isinstance(piece, Expression):
        return f"the expression {piece.to_json()}"
    if isinstance(piece, Parameter):
        return f"pipeline parameter {piece.name}"
    return f"property {piece.path} of step {piece.step}"


def to_json(value: object) -> Any:
    """Render run-time values anywhere inside plain data; everything else stays as it is."""
    if isinstance(value, (Parameter, StepProperty, OutputPath, Expression)):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: to_json(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(member) for member in value]
    return value


def _known(part: str | Parameter) -> str:
    if isinstance(part, Parameter):
        raise RunTimeValueError(_not_text(piece_name(part)))
    return part


def _not_text(name: str) -> str:
    return (
        f"{name} is known only at run time and cannot be formatted into text; "
        "build locations with `/` on an OutputPath, which renders as a Join"
    )
