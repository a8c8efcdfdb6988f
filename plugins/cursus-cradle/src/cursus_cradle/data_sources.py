"""Where Cradle reads from: MDS, EDX and ANDES sources in a span of time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias, get_args

from cursus.config.rules import member, validated_with
from cursus.config.step_config import (
    STEP_CONFIG,
    Filled,
    FilledIfGiven,
    RegionCode,
    UpperCase,
    Whole,
)
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ModelWrapValidatorHandler,
    field_validator,
    model_validator,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
EDX_PREFIX = "arn:amazon:edx:"
EDX_PARTS = ("edx_provider", "edx_subject", "edx_dataset", "edx_manifest_key")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _point_in_time(value: str) -> str:
    message = f"{value!r} must be written exactly as 2025-01-31T00:00:00"
    try:
        moment = datetime.strptime(value, TIME_FORMAT)  # noqa: DTZ007 - Cradle's times have no zone
    except ValueError as exc:
        raise ValueError(message) from exc
    if moment.strftime(TIME_FORMAT) != value:
        raise ValueError(message)
    return value


PointInTime = Annotated[str, AfterValidator(_point_in_time)]
SourceType = Literal["MDS", "EDX", "ANDES"]


class SchemaField(BaseModel):
    """A column of a source and its type."""

    model_config = STEP_CONFIG

    field_name: Filled
    field_type: Filled


Schema: TypeAlias = tuple[SchemaField, ...]


class MdsDataSourceConfig(BaseModel):
    """A data set of MDS."""

    model_config = STEP_CONFIG

    service_name: Filled
    region: RegionCode
    output_schema: Schema
    org_id: Whole = 0
    use_hourly_edx_data_set: bool = False


class EdxDataSourceConfig(BaseModel):
    """A manifest of EDX, by its ARN or by the four parts of it."""

    model_config = STEP_CONFIG

    edx_arn: str | None = None
    edx_provider: FilledIfGiven | None = None
    edx_subject: FilledIfGiven | None = None
    edx_dataset: FilledIfGiven | None = None
    edx_manifest_key: str | None = None
    schema_overrides: Schema | None = None

    @field_validator("edx_arn")
    @classmethod
    def _is_an_edx_arn(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(EDX_PREFIX):
            raise ValueError(f"{value!r} must start with {EDX_PREFIX}")
        if value is not None and not value.removeprefix(EDX_PREFIX).strip():
            raise ValueError(f"{value!r} names no manifest; write all of the ARN")
        return value

    @field_validator("edx_manifest_key")
    @classmethod
    def _is_a_key(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith("[") and value.endswith("]")):
            raise ValueError(f'{value!r} must be written in brackets, as in ["key",2025-01-01]')
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _arn_or_parts(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_arn_faults, value, validate)

    @property
    def edx_manifest(self) -> str:
        """Give the ARN of the manifest."""
        if self.edx_arn is not None:
            return self.edx_arn
        path = "/".join(str(getattr(self, name)) for name in EDX_PARTS)
        return f"{EDX_PREFIX}iad::manifest/{path}"


def _arn_faults(edx: Mapping[str, Any]) -> Iterator[str]:
    missing = [name for name in EDX_PARTS if edx.get(name) is None]
    has_arn = edx.get("edx_arn") is not None
    if has_arn and len(missing) < len(EDX_PARTS):
        yield "give edx_arn or its four parts, never both"
    if not has_arn and missing:
        yield f"give edx_arn or all four parts; missing: {', '.join(missing)}"


class AndesDataSourceConfig(BaseModel):
    """A table of ANDES."""

    model_config = STEP_CONFIG

    provider: str
    table_name: Filled
    andes3_enabled: bool = True

    @field_validator("provider")
    @classmethod
    def _is_a_provider(cls, value: str) -> str:
        if value != "booker" and not UUID.fullmatch(value):
            raise ValueError(f'{value!r} must be "booker" or a UUID in groups of 8-4-4-4-12')
        return value


class DataSourceConfig(BaseModel):
    """A named source with the properties of its type, and of no other."""

    model_config = STEP_CONFIG

    data_source_name: Filled
    data_source_type: Annotated[SourceType, UpperCase]
    mds_data_source_properties: MdsDataSourceConfig | None = None
    edx_data_source_properties: EdxDataSourceConfig | None = None
    andes_data_source_properties: AndesDataSourceConfig | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _properties_of_its_type(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_property_faults, value, validate)


def _property_faults(source: Mapping[str, Any]) -> Iterator[str]:
    kind = str(source.get("data_source_type")).upper()
    if kind not in get_args(SourceType):
        return
    needed = f"{kind.lower()}_data_source_properties"
    names = (name for name in DataSourceConfig.model_fields if name.endswith("_properties"))
    given = [name for name in names if source.get(name) is not None]
    if given != [needed]:
        yield f"type {kind} needs {needed} alone; found: {', '.join(given) or 'none'}"


class DataSourcesSpecificationConfig(BaseModel):
    """All sources and the span of time that is read."""

    model_config = STEP_CONFIG

    start_date: PointInTime
    end_date: PointInTime
    data_sources: tuple[DataSourceConfig, ...] = Field(min_length=1)

    @model_validator(mode="wrap")
    @classmethod
    def _start_before_end(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_span_faults, value, validate)

    @model_validator(mode="wrap")
    @classmethod
    def _each_source_once(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_name_faults, value, validate, field="data_sources")


def _span_faults(spec: Mapping[str, Any]) -> Iterator[str]:
    try:
        start, end = _point_in_time(spec["start_date"]), _point_in_time(spec["end_date"])
    except (KeyError, TypeError, ValueError):
        return
    if start >= end:
        yield f"start_date {start} is not before end_date {end}"


def _name_faults(spec: Mapping[str, Any]) -> Iterator[str]:
    """Compare names as SQL does, which knows no capitals."""
    sources = spec.get("data_sources")
    names = [
        name
        for source in (sources if isinstance(sources, (list, tuple)) else ())
        if isinstance(name := member(source, "data_source_name"), str) and name.strip()
    ]
    told = dict.fromkeys(name.casefold() for name in names)
    for one in told:
        same = [name for name in names if name.casefold() == one]
        if len(same) > 1:
            forms = dict.fromkeys(same)
            rest = ", which SQL takes for one name" if len(forms) > 1 else ""
            yield f"two data sources are named {' and '.join(forms)}{rest}"
