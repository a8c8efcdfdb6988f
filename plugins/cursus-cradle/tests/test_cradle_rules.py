"""Every enumeration and every rule of a Cradle config: what is taken, and how it reaches the document."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from cursus_cradle.cradle_config import CradleDataLoadingConfig
from cursus_cradle.cradle_data_loading import EXAMPLE
from cursus_cradle.document import data_sources, job, output, transform
from pydantic import ValidationError


def config_of(section: str, **fields: Any) -> CradleDataLoadingConfig:
    values = deepcopy(dict(EXAMPLE))
    values[section].update(fields)
    return CradleDataLoadingConfig(**values)


def documented(section: str, **fields: Any) -> dict[str, Any]:
    """Give the section of the document that a section of the config becomes."""
    config = config_of(section, **fields)
    if section == "output_spec":
        return output(config.output_spec, "s3://b/p")
    if section == "transform_spec":
        return transform(config.transform_spec)
    if section == "cradle_job_spec":
        return job(config.cradle_job_spec)
    return data_sources(config.data_sources_spec)


def source_of(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "data_source_name": "S",
        "data_source_type": kind,
        f"{kind.lower()}_data_source_properties": properties,
    }


MDS: dict[str, Any] = {"service_name": "AtoZ", "region": "NA", "output_schema": []}
ENUMERATIONS = [
    *(("output_spec", "output_format", v) for v in ("CSV", "UNESCAPED_TSV", "JSON", "ION", "PARQUET")),
    *(("output_spec", "output_save_mode", v) for v in ("ERRORIFEXISTS", "OVERWRITE", "APPEND", "IGNORE")),
    *(("cradle_job_spec", "cluster_type", v) for v in ("STANDARD", "SMALL", "MEDIUM", "LARGE")),
]  # fmt: skip


@pytest.mark.parametrize(("section", "field", "value"), ENUMERATIONS)
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_an_enumeration_is_read_in_any_case_and_written_in_capitals(
    section: str, field: str, value: str, case: Any
) -> None:
    first, *others = field.split("_")
    key = first + "".join(word.title() for word in others)
    assert documented(section, **{field: case(value)})[key] == value


@pytest.mark.parametrize(("section", "field", "value"), ENUMERATIONS)
def test_what_only_resembles_an_enumeration_is_refused(
    section: str, field: str, value: str
) -> None:
    for wrong in (f" {value}", f"{value}S", "", None, 1):
        with pytest.raises(ValidationError, match=field):
            config_of(section, **{field: wrong})


@pytest.mark.parametrize("region", ["NA", "eu", "Fe"])
def test_a_region_of_mds_is_read_in_any_case(region: str) -> None:
    sources = [source_of("MDS", **{**MDS, "region": region})]
    (found,) = documented("data_sources_spec", data_sources=sources)["dataSources"]
    assert found["mdsDataSourceProperties"]["region"] == region.upper()


@pytest.mark.parametrize("kind", ["MDS", "EDX", "ANDES"])
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_a_source_type_is_read_in_any_case(kind: str, case: Any) -> None:
    properties = {
        "MDS": MDS,
        "EDX": {"edx_arn": "arn:amazon:edx:iad::manifest/a"},
        "ANDES": {"provider": "booker", "table_name": "T"},
    }[kind]
    source = {**source_of(kind, **properties), "data_source_type": case(kind)}
    (found,) = documented("data_sources_spec", data_sources=[source])["dataSources"]
    assert found["dataSourceType"] == kind
    assert list(found) == ["dataSourceName", "dataSourceType", f"{kind.lower()}DataSourceProperties"]  # fmt: skip


@pytest.mark.parametrize(("org_id", "text"), [(0, "0"), (7, "7"), ("12", "12")])
def test_an_org_id_becomes_text(org_id: Any, text: str) -> None:
    sources = [source_of("MDS", **MDS, org_id=org_id)]
    (found,) = documented("data_sources_spec", data_sources=sources)["dataSources"]
    assert found["mdsDataSourceProperties"]["orgId"] == text


def test_the_four_parts_of_an_edx_manifest_become_its_arn() -> None:
    parts = {"edx_provider": "p", "edx_subject": "s", "edx_dataset": "d"}
    key = '["k",2025-01-01T00:00:00Z]'
    sources = [source_of("EDX", **parts, edx_manifest_key=key)]
    (found,) = documented("data_sources_spec", data_sources=sources)["dataSources"]
    assert found["edxDataSourceProperties"] == {
        "edxArn": f"arn:amazon:edx:iad::manifest/p/s/d/{key}"
    }


@pytest.mark.parametrize("schema", [None, [], [{"field_name": "a", "field_type": "STRING"}]])
def test_schema_overrides_are_left_out_only_where_none_are_given(schema: Any) -> None:
    sources = [source_of("EDX", edx_arn="arn:amazon:edx:iad::m", schema_overrides=schema)]
    (found,) = documented("data_sources_spec", data_sources=sources)["dataSources"]
    assert ("schemaOverrides" in found["edxDataSourceProperties"]) == (schema is not None)


def test_a_split_job_is_written_whole() -> None:
    split = {"split_job": True, "days_per_split": 1, "merge_sql": "SELECT * FROM INPUT"}
    written = documented("transform_spec", job_split_options=split)
    assert list(written["jobSplitOptions"].items()) == [
        ("splitJob", True),
        ("daysPerSplit", 1),
        ("mergeSql", "SELECT * FROM INPUT"),
    ]


@pytest.mark.parametrize("merge_sql", [None, "", "SELECT 1"])
def test_a_merge_without_a_split_is_taken(merge_sql: str | None) -> None:
    written = documented("transform_spec", job_split_options={"merge_sql": merge_sql})
    assert written["jobSplitOptions"]["mergeSql"] == (merge_sql or "")


@pytest.mark.parametrize("merge_sql", [None, "", "  \n"])
def test_a_split_needs_sql_that_says_how_to_merge(merge_sql: str | None) -> None:
    split = {"split_job": True, "merge_sql": merge_sql}
    with pytest.raises(ValidationError, match="split_job needs merge_sql"):
        config_of("transform_spec", job_split_options=split)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-01T00:00:00", "2025-01-01T00:00:01"),
        ("2024-02-29T23:59:59", "2024-03-01T00:00:00"),
    ],
)
def test_a_span_of_time_is_written_verbatim(start: str, end: str) -> None:
    written = documented("data_sources_spec", start_date=start, end_date=end)
    assert (written["startDate"], written["endDate"]) == (start, end)


@pytest.mark.parametrize("job_type", ["training", "mo_orders", "v2"])
def test_a_job_type_of_small_letters_digits_and_underscores_is_taken(job_type: str) -> None:
    config = CradleDataLoadingConfig(**{**EXAMPLE, "job_type": job_type})
    assert str(config.output_spec.output_path).endswith(f"/data-load/{job_type}")


@pytest.mark.parametrize("job_type", ["", "Training", "a-b", "a b", "training\n", None])
def test_another_job_type_is_refused(job_type: Any) -> None:
    with pytest.raises(ValidationError, match="job_type"):
        CradleDataLoadingConfig(**{**EXAMPLE, "job_type": job_type})


BLANK: list[tuple[str, dict[str, Any], str]] = [
    ("transform_spec", {"transform_sql": " "}, "transform_sql\n.*must not be blank"),
    ("output_spec", {"output_schema": []}, "output_schema\n.*at least 1 item"),
    ("output_spec", {"output_schema": ["a", " "]}, "output_schema.1\n.*must not be blank"),
    ("cradle_job_spec", {"cradle_account": ""}, "cradle_account\n.*must not be blank"),
    ("output_spec", {"output_schema": ["OUTPUT_FIELD_NAME"]}, "is the help text of a template"),
]


@pytest.mark.parametrize(("section", "fields", "message"), BLANK)
def test_what_cannot_work_blank_is_refused(
    section: str, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(section, **fields)


@pytest.mark.parametrize(
    "source",
    [
        source_of("MDS", **{**MDS, "output_schema": [{"field_name": "", "field_type": "STRING"}]}),
        source_of("MDS", **{**MDS, "output_schema": [{"field_name": "a", "field_type": " "}]}),
        source_of("MDS", **{**MDS, "service_name": "MDS_DATA_SET_NAME_IN_STRING"}),
        source_of("EDX", edx_arn="arn:amazon:edx:"),
        source_of("EDX", edx_arn="arn:amazon:edx: "),
    ],
)
def test_a_source_that_names_nothing_is_refused(source: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"not be blank|names no manifest|help text"):
        config_of("data_sources_spec", data_sources=[source])


def test_source_names_that_differ_only_in_case_are_refused() -> None:
    sources = [{**source_of("MDS", **MDS), "data_source_name": name} for name in ("Raw", "RAW")]
    with pytest.raises(ValidationError, match="named Raw and RAW, which SQL takes for one name"):
        config_of("data_sources_spec", data_sources=sources)


def test_everything_that_is_wrong_with_the_sources_is_said_at_once() -> None:
    wrong = [
        source_of("ANDES", provider="bookr", table_name="T"),
        {**source_of("MDS", **{**MDS, "region": "XX"}), "data_source_type": "EDX"},
        source_of("EDX", edx_arn="arn:x", edx_provider="p"),
    ]
    span = {"start_date": "2025-03-01T00:00:00", "end_date": "2025-02-01T00:00:00"}
    with pytest.raises(ValidationError) as caught:
        config_of("data_sources_spec", **span, data_sources=wrong)
    errors = [error for error in caught.value.errors() if error["type"] != "too_short"]
    told = [error["msg"].removeprefix("Value error, ") for error in errors]
    assert len(told) == len(set(told)) == 7
    assert [[text for text in told if part in text] != [] for part in (
        "8-4-4-4-12", "'NA', 'EU' or 'FE'", "type EDX needs", "must start with", "never both",
        "two data sources are named S", "is not before end_date",
    )] == [True] * 7  # fmt: skip


def test_a_split_without_a_merge_is_told_beside_a_wrong_number_of_days() -> None:
    with pytest.raises(ValidationError) as caught:
        config_of("transform_spec", job_split_options={"split_job": True, "days_per_split": 0})
    assert [error["type"] for error in caught.value.errors()] == ["greater_than_equal", "value_error"]  # fmt: skip
