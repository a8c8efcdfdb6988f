"""What is wrong in the Cradle part of a document, whoever wrote it, and what is doubtful in the SQL of a config."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast

from cursus.config.faults import plain_rule, without_echoes
from cursus.json_file import json_path
from cursus.kernel.step_type import Fault, snake_case
from pydantic import ValidationError

from cursus_cradle import document
from cursus_cradle.cradle_config import (
    CradleJobSpecificationConfig,
    OutputSpecificationConfig,
    TransformSpecificationConfig,
)
from cursus_cradle.data_sources import DataSourcesSpecificationConfig
from cursus_cradle.sql_tables import tables_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cursus.json_file import Parts
    from cursus.kernel.plan import Plan, PlannedStep
    from pydantic import BaseModel

    from cursus_cradle.cradle_config import CradleDataLoadingConfig

SECTIONS: Mapping[str, type[BaseModel]] = {
    "dataSources": DataSourcesSpecificationConfig,
    "transformSpecification": TransformSpecificationConfig,
    "outputSpecification": OutputSpecificationConfig,
    "cradleJobSpecification": CradleJobSpecificationConfig,
}
# Members of the configs that the request does not have.
CONFIG_ONLY = frozenset(
    (
        "edx_provider",
        "edx_subject",
        "edx_dataset",
        "edx_manifest_key",
        "job_type",
        "pipeline_s3_loc",
    )
)
UNKNOWN = "unknown:"
# S3 takes blanks between the other characters of a key, and a config may have them in its names.
S3_FOLDER = re.compile(r"s3://[^/\s]+(/(.*\S)?)?")
SEE = "write it as the reference of the format shows it"


def check_document(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Compare each part of a STEP_CONFIG with what its config class makes of the same values."""
    for key in (key for key in SECTIONS if key not in content):
        yield _fault((key,), f"{key} is missing", SEE)
    for key, value in content.items():
        if key not in SECTIONS:
            yield _unknown((key,))
        elif not isinstance(value, dict):
            yield _fault((key,), f"{key} is {value!r:.60}, not an object", SEE)
        else:
            yield from _section_faults(key, value)
    yield from _sql_faults(content)


def sql_warnings(step: PlannedStep, _plan: Plan) -> Iterator[Fault]:
    """Doubt names in the config's SQL that no data source has."""
    config = cast("CradleDataLoadingConfig", step.config)
    sources = [source.data_source_name for source in config.data_sources_spec.data_sources]
    field = "transform_spec.transform_sql"
    yield from _unknown_tables(config.transform_spec.transform_sql, sources, field)


def _unknown_tables(sql: str, sources: Iterable[str], field: str) -> Iterator[Fault]:
    """Name tables that are neither sources nor defined in the SQL; `schema.table` may be one of a catalog."""
    names = list(sources)
    known = {name.casefold() for name in names}
    for table in tables_read(sql):
        if table.casefold() not in known and "." not in table:
            yield Fault(
                field=field,
                message=f"the SQL reads {table}, which is no data source; there are: {', '.join(names)}",
                fix=f"mend the name in the SQL, or add a data source with the name {table}",
                severity="warning",
            )


def _section_faults(key: str, section: dict[str, Any]) -> Iterator[Fault]:
    """Say what the config class refuses; where it refuses nothing, what it would write otherwise."""
    fields = _fields(section)
    path = fields.pop("output_path", None)
    if key == "outputSpecification" and not (isinstance(path, str) and S3_FOLDER.fullmatch(path)):
        found = "is missing" if path is None else f"is {path!r:.60}, not an S3 location"
        yield _fault((key, "outputPath"), f"outputPath {found}", "write it as s3://bucket/folder")
    model, refused, unknown = _validated(SECTIONS[key], fields)
    for parts, message in refused:
        place = (key, *parts)
        yield _fault(place, f"{json_path(place)[2:]}: {message}", SEE)
    for parts in unknown:
        yield _unknown((key, *parts))
    if model is not None:
        told = {_field((key, *parts)) for parts in (("outputPath",), *unknown)}
        differences = _differences((key,), section, _written(model, path))
        yield from (fault for fault in differences if fault.field not in told)


def _validated(
    kind: type[BaseModel], fields: dict[str, Any]
) -> tuple[BaseModel | None, list[tuple[Parts, str]], list[Parts]]:
    """Give the model (None where it is refused), what is refused and why, and members that the class does not know.

    Unknown members are taken out, and the class is asked again: its rules over several members come last.
    """
    try:
        return kind.model_validate(fields), [], []
    except ValidationError as exc:
        details = without_echoes(exc.errors(include_url=False))
    extra = [d["loc"] for d in details if d["type"] == "extra_forbidden"]
    if not extra:
        return None, [(_parts(d["loc"]), plain_rule(d)) for d in details], []
    for loc in extra:
        _remove(fields, loc)
    model, refused, unknown = _validated(kind, fields)
    return model, refused, [*map(_parts, extra), *unknown]


def _remove(fields: Any, loc: tuple[int | str, ...]) -> None:
    *parents, last = loc
    for name in parents:
        fields = fields[name]
    del fields[last]


def _written(model: BaseModel, path: object) -> dict[str, Any]:
    """Write a validated part as the document has it."""
    if isinstance(model, DataSourcesSpecificationConfig):
        return document.data_sources(model)
    if isinstance(model, TransformSpecificationConfig):
        return document.transform(model)
    if isinstance(model, OutputSpecificationConfig):
        return document.output(model, cast("str", path))
    return document.job(cast("CradleJobSpecificationConfig", model))


def _differences(parts: Parts, given: Any, written: Any) -> Iterator[Fault]:
    """Name what the same values are in a document that Cursus makes."""
    name = parts[-1]
    if isinstance(given, dict) and isinstance(written, dict):
        for key, value in written.items():
            if key in given:
                yield from _differences((*parts, key), given[key], value)
            else:
                message = f"{key} is not given; the platform chooses it"
                yield _fault((*parts, key), message, f"write {value!r:.60}", "warning")
        for key in (key for key in given if key not in written):
            message = (
                f"{key} is {given[key]!r:.60}; a Cradle request has it only where it says something"
            )
            yield _fault((*parts, key), message, "remove it", "warning")
    elif isinstance(given, list) and isinstance(written, list):
        for index, (one, other) in enumerate(zip(given, written, strict=True)):
            yield from _differences((*parts, index), one, other)
    elif type(given) is not type(written) or given != written:
        yield _fault(parts, f"{name} is {given!r:.60}, not {written!r:.60}", "write the latter")


def _fields(value: Any) -> Any:
    """Turn a document's keys into those of the config: `transformSQL` into `transform_sql`."""
    if isinstance(value, dict):
        named = {_field_name(key): _fields(member) for key, member in value.items()}
        return {**named, "merge_sql": named["merge_sql"] or None} if "merge_sql" in named else named
    return [_fields(member) for member in value] if isinstance(value, list) else value


def _field_name(key: str) -> str:
    """Give the config's name of a key; one that no document has is marked, so that no config class takes it."""
    name = snake_case(key)
    return name if _camel_case(name) == key and name not in CONFIG_ONLY else f"{UNKNOWN}{key}"


def _parts(loc: tuple[int | str, ...]) -> Parts:
    """Turn a config's path into that of the document."""
    return tuple(part if isinstance(part, int) else _camel_case(part) for part in loc)


def _camel_case(name: str) -> str:
    if name == "transform_sql":
        return "transformSQL"
    if name.startswith(UNKNOWN):
        return name.removeprefix(UNKNOWN)
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _sql_faults(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Doubt names in the SQL, as far as sources and SQL can be read at all."""
    try:
        sql = content["transformSpecification"]["transformSQL"]
        sources = [str(one["dataSourceName"]) for one in content["dataSources"]["dataSources"]]
    except (KeyError, TypeError):
        return
    if isinstance(sql, str):
        yield from _unknown_tables(sql, sources, "transformSpecification.transformSQL")


def _unknown(parts: Parts) -> Fault:
    return _fault(parts, f"{parts[-1]} is no key of a Cradle request", "remove it", "warning")


def _fault(
    parts: Parts, message: str, fix: str, severity: Literal["error", "warning"] = "error"
) -> Fault:
    return Fault(field=_field(parts), message=message, fix=fix, severity=severity)


def _field(parts: Parts) -> str:
    return json_path(parts).removeprefix("$").removeprefix(".")
