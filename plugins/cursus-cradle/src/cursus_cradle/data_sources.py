"""Where Cradle reads from: MDS, EDX and ANDES sources in a span of time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from cursus.config.step_config import STEP_CONFIG, RegionCode, UpperCase, Whole
from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
EDX_PREFIX = "arn:amazon:edx:"
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


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


PointInTime = Annotated[str, AfterValidator(_point_in_time)]
Name = Annotated[str, AfterValidator(_not_blank)]


class SchemaField(BaseModel):
    """A column of a source and its type."""

    model_config = STEP_CONFIG

    field_name: str
    field_type: str


Schema: TypeAlias = tuple[SchemaField, ...]


class MdsDataSourceConfig(BaseModel):
    """A data set of MDS."""

    model_config = STEP_CONFIG

    service_name: str
    region: RegionCode
    output_schema: Schema
    org_id: Whole = 0
    use_hourly_edx_data_set: bool = False


class EdxDataSourceConfig(BaseModel):
    """A manifest of EDX, by its ARN or by the four parts of it."""

    model_config = STEP_CONFIG

    edx_arn: str | None = None
    edx_provider: str | None = None
    edx_subject: str | None = None
    edx_dataset: str | None = None
    edx_manifest_key: str | None = None
    schema_overrides: Schema | None = None

    @field_validator("edx_arn")
    @classmethod
    def _is_an_edx_arn(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(EDX_PREFIX):
            raise ValueError(f"{value!r} must start with {EDX_PREFIX}")
        return value

    @field_validator("edx_manifest_key")
    @classmethod
    def _is_a_key(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith("[") and value.endswith("]")):
            raise ValueError(f'{value!r} must be written in brackets, as in ["key",2025-01-01]')
        return value

    @model_validator(mode="after")
    def _arn_or_parts(self) -> EdxDataSourceConfig:
        parts = self._parts()
        missing = [name for name, value in parts.items() if not value]
        if self.edx_arn is not None and len(missing) < len(parts):
            raise ValueError("give edx_arn or its four parts, never both")
        if self.edx_arn is None and missing:
            raise ValueError(f"give edx_arn or all four parts; missing: {', '.join(missing)}")
        return self

    @property
    def edx_manifest(self) -> str:
        """Give the ARN of the manifest."""
        if self.edx_arn is not None:
            return self.edx_arn
        path = "/".join(str(part) for part in self._parts().values())
        return f"{EDX_PREFIX}iad::manifest/{path}"

    def _parts(self) -> dict[str, str | None]:
        names = ("edx_provider", "edx_subject", "edx_dataset", "edx_manifest_key")
        return {name: getattr(self, name) for name in names}


class AndesDataSourceConfig(BaseModel):
    """A table of ANDES."""

    model_config = STEP_CONFIG

    provider: str
    table_name: Name
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

    data_source_name: Name
    data_source_type: Annotated[Literal["MDS", "EDX", "ANDES"], UpperCase]
    mds_data_source_properties: MdsDataSourceConfig | None = None
    edx_data_source_properties: EdxDataSourceConfig | None = None
    andes_data_source_properties: AndesDataSourceConfig | None = None

    @model_validator(mode="after")
    def _properties_of_its_type(self) -> DataSourceConfig:
        needed = f"{self.data_source_type.lower()}_data_source_properties"
        given = [
            name
            for name in type(self).model_fields
            if name.endswith("_properties") and getattr(self, name) is not None
        ]
        if given != [needed]:
            found = ", ".join(given) or "none"
            raise ValueError(f"type {self.data_source_type} needs {needed} alone; found: {found}")
        return self


class DataSourcesSpecificationConfig(BaseModel):
    """All sources and the span of time that is read."""

    model_config = STEP_CONFIG

    start_date: PointInTime
    end_date: PointInTime
    data_sources: tuple[DataSourceConfig, ...] = Field(min_length=1)

    @field_validator("data_sources")
    @classmethod
    def _each_name_once(cls, sources: tuple[DataSourceConfig, ...]) -> tuple[DataSourceConfig, ...]:
        names = [source.data_source_name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two data sources are named {', '.join(twice)}")
        return sources

    @model_validator(mode="after")
    def _start_before_end(self) -> DataSourcesSpecificationConfig:
        if self.start_date >= self.end_date:
            raise ValueError(f"start_date {self.start_date} is not before end_date {self.end_date}")
        return self
