"""The declarations of Cradle and dummy data loading: ports, environment, and every rule of their configs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import cursus_cradle
import pytest
from cursus.config import BasePipelineConfig
from cursus.dag import PipelineDAG
from cursus.environment import texts_of
from cursus.kernel.plan import Plan, PlannedStep
from cursus.paths import Uri
from cursus_cradle.cradle_config import CradleDataLoadingConfig
from cursus_cradle.data_sources import EdxDataSourceConfig
from pydantic import ValidationError

STEP_TYPES = {step_type.name: step_type for step_type in cursus_cradle.cursus_step_types()}
CRADLE, DUMMY = STEP_TYPES["CradleDataLoading"], STEP_TYPES["DummyDataLoading"]
OUT = "/opt/ml/processing/output"
EDX_PARTS = {
    "edx_provider": "team",
    "edx_subject": "tags",
    "edx_dataset": "daily",
    "edx_manifest_key": '["k",2025-01-01T00:00:00Z]',
}
MDS = {
    "service_name": "AtoZ",
    "region": "NA",
    "output_schema": [{"field_name": "id", "field_type": "STRING"}],
}


def cradle(**changes: Any) -> CradleDataLoadingConfig:
    """Make the example's config; `a__b=value` changes field b of the object in field a."""
    fields = deepcopy(dict(CRADLE.example))
    for path, value in changes.items():
        target: Any = fields
        *parents, last = path.split("__")
        for name in parents:
            target = target.setdefault(name, {}) if isinstance(target, dict) else target
        target[last] = value
    return CradleDataLoadingConfig(**fields)


def source(**fields: Any) -> dict[str, Any]:
    andes = {"provider": "booker", "table_name": "FLIGHTS"}
    base = {"data_source_name": "S", "data_source_type": "ANDES"}
    return {**base, "andes_data_source_properties": andes, **fields}


def dummy(**fields: Any) -> BasePipelineConfig:
    config = DUMMY.config(**{**DUMMY.example, **fields})
    assert isinstance(config, BasePipelineConfig)
    return config


def test_the_plugin_owns_two_step_types() -> None:
    assert list(STEP_TYPES) == ["CradleDataLoading", "DummyDataLoading"]


@pytest.mark.parametrize("name", STEP_TYPES)
def test_an_example_is_a_valid_config_that_can_run(name: str) -> None:
    step_type = STEP_TYPES[name]
    assert list(step_type.check(step_type.config(**step_type.example))) == []


def test_cradle_has_three_outputs_and_no_inputs() -> None:
    outputs = [(port.name, port.kind) for port in CRADLE.outputs]
    assert outputs == [("DATA", "tabular"), ("METADATA", "metadata"), ("SIGNATURE", "signature")]
    assert CRADLE.inputs == ()


def test_dummy_loading_has_the_same_outputs_in_folders() -> None:
    assert [(port.name, port.kind, port.path) for port in DUMMY.outputs] == [
        ("DATA", "tabular", f"{OUT}/data"),
        ("METADATA", "metadata", f"{OUT}/metadata"),
        ("SIGNATURE", "signature", f"{OUT}/signature"),
    ]


def test_dummy_loading_reads_what_its_config_names() -> None:
    (port,) = DUMMY.inputs
    assert port.fill is not None
    assert port.fill(dummy(data_source="/data/flights")) == Uri(uri="/data/flights")
    assert (port.name, port.path, port.required) == (
        "INPUT_DATA",
        "/opt/ml/processing/input/data",
        True,
    )


def test_dummy_loading_gets_its_environment_and_job_type() -> None:
    config = dummy(write_data_shards=True, output_format="parquet", job_type="testing")
    assert texts_of(DUMMY.job.environment(config)) == {
        "WRITE_DATA_SHARDS": "true",
        "SHARD_SIZE": "10000",
        "OUTPUT_FORMAT": "PARQUET",
    }
    assert DUMMY.job.arguments(config) == ("--job_type", "testing")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data_source": ""}, "at least 1 character"),
        ({"shard_size": 0}, "greater than or equal to 1"),
        ({"output_format": "XLSX"}, "'CSV', 'JSON' or 'PARQUET'"),
    ],
)
def test_dummy_loading_refuses_a_wrong_value(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        dummy(**fields)


def test_only_the_data_of_cradle_has_a_known_place() -> None:
    assert CRADLE.job.location is not None
    step = PlannedStep(
        node="Load",
        name="Load",
        step_type=CRADLE,
        plugin="cursus-cradle",
        config=cradle(),
        config_key="Load",
    )
    plan = Plan(dag=PipelineDAG(["Load"]), steps={"Load": step})
    place = "s3://demo-bucket/MODS/demo-Flights-xgboost-NA_1.0.0/data-load/training"
    assert CRADLE.job.location(step, plan, "DATA") == place
    assert CRADLE.job.location(step, plan, "SIGNATURE") is None


def test_older_files_name_the_config_class_otherwise() -> None:
    assert CRADLE.aliases == ("CradleDataLoadConfig",)


def test_defaults_are_those_of_the_specification() -> None:
    config = cradle()
    output, job, split = (
        config.output_spec,
        config.cradle_job_spec,
        config.transform_spec.job_split_options,
    )
    assert (output.output_format, output.output_save_mode) == ("PARQUET", "ERRORIFEXISTS")
    assert (output.output_file_count, output.keep_dot_in_output_schema) == (0, False)
    assert output.include_header_in_s3_output
    assert (job.cluster_type, job.extra_spark_job_arguments, job.job_retry_count) == (
        "STANDARD",
        "",
        1,
    )
    assert (split.split_job, split.days_per_split, split.merge_sql) == (False, 7, None)


def test_the_steps_own_job_type_and_place_count_for_its_output() -> None:
    config = cradle(
        job_type="calibration",
        output_spec__job_type="training",
        output_spec__pipeline_s3_loc="s3://elsewhere",
    )
    assert config.output_spec.job_type == "calibration"
    assert config.output_spec.output_path == f"{config.pipeline_s3_loc}/data-load/calibration"


def test_enumerations_are_read_in_any_case() -> None:
    config = cradle(
        output_spec__output_format="json",
        output_spec__output_save_mode="Append",
        cradle_job_spec__cluster_type="large",
    )
    assert config.output_spec.output_format == "JSON"
    assert config.output_spec.output_save_mode == "APPEND"
    assert config.cradle_job_spec.cluster_type == "LARGE"


@pytest.mark.parametrize(
    "field",
    ["job_type", "data_sources_spec", "transform_spec", "output_spec", "cradle_job_spec"],
)
def test_a_required_field_is_missed(field: str) -> None:
    fields = {name: value for name, value in CRADLE.example.items() if name != field}
    with pytest.raises(ValidationError, match=field):
        CradleDataLoadingConfig(**fields)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"job_type": "Training"}, "pattern"),
        ({"job_type": "my-job"}, "pattern"),
        ({"data_sources_spec__start_date": "yesterday"}, "exactly as 2025-01-31T00:00:00"),
        ({"data_sources_spec__start_date": "2025-01-01"}, "exactly as"),
        ({"data_sources_spec__start_date": "2025-1-1T0:0:0"}, "exactly as"),
        ({"data_sources_spec__end_date": "2025-02-01T00:00:00Z"}, "exactly as"),
        ({"data_sources_spec__end_date": "2025-02-30T00:00:00"}, "exactly as"),
        ({"data_sources_spec__end_date": "2025-01-01T00:00:00"}, "is not before end_date"),
        ({"data_sources_spec__end_date": "2024-01-01T00:00:00"}, "is not before end_date"),
        ({"data_sources_spec__data_sources": []}, "at least 1 item"),
        ({"data_sources_spec__data_sources": [source(), source()]}, "two data sources are named S"),
        ({"transform_spec__job_split_options": {"split_job": True}}, "split_job needs merge_sql"),
        ({"transform_spec__job_split_options": {"days_per_split": 0}}, "greater than or equal"),
        ({"output_spec__output_format": "XLSX"}, "'CSV', 'UNESCAPED_TSV', 'JSON', 'ION'"),
        ({"output_spec__output_save_mode": "REPLACE"}, "'ERRORIFEXISTS', 'OVERWRITE'"),
        ({"output_spec__output_file_count": -1}, "greater than or equal to 0"),
        ({"cradle_job_spec__cluster_type": "GIGANTIC"}, "'STANDARD', 'SMALL', 'MEDIUM'"),
        ({"cradle_job_spec__job_retry_count": -1}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_value_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        cradle(**changes)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data_source_name": " "}, "must not be blank"),
        ({"data_source_type": "REDSHIFT"}, "'MDS', 'EDX' or 'ANDES'"),
        ({"andes_data_source_properties": None}, "needs andes_data_source_properties alone"),
        ({"mds_data_source_properties": MDS}, "found: mds_data_source_properties, andes"),
        ({"data_source_type": "MDS"}, "needs mds_data_source_properties alone"),
        ({"andes_data_source_properties": {"provider": "me", "table_name": "T"}}, "8-4-4-4-12"),
        ({"andes_data_source_properties": {"provider": "booker", "table_name": " "}}, "blank"),
        (
            {
                "data_source_type": "MDS",
                "andes_data_source_properties": None,
                "mds_data_source_properties": {**MDS, "region": "US"},
            },
            "'NA', 'EU' or 'FE'",
        ),
    ],
)
def test_a_wrong_data_source_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        cradle(data_sources_spec__data_sources=[source(**fields)])


@pytest.mark.parametrize(
    "provider",
    ["booker", "26b27bde-3847-49c6-a07c-0289c17d9c33", "26B27BDE-3847-49C6-A07C-0289C17D9C33"],
)
def test_an_andes_provider_is_booker_or_a_uuid(provider: str) -> None:
    properties = {"provider": provider, "table_name": "T"}
    config = cradle(
        data_sources_spec__data_sources=[source(andes_data_source_properties=properties)]
    )
    found = config.data_sources_spec.data_sources[0].andes_data_source_properties
    assert found is not None
    assert found.provider == provider


def test_a_source_type_is_read_in_any_case() -> None:
    config = cradle(data_sources_spec__data_sources=[source(data_source_type="andes")])
    assert config.data_sources_spec.data_sources[0].data_source_type == "ANDES"


def test_an_edx_manifest_is_made_of_its_four_parts() -> None:
    assert EdxDataSourceConfig(**EDX_PARTS).edx_manifest == (
        'arn:amazon:edx:iad::manifest/team/tags/daily/["k",2025-01-01T00:00:00Z]'
    )


def test_an_edx_arn_is_the_manifest() -> None:
    arn = "arn:amazon:edx:iad::manifest/a/b/c/[1]"
    assert EdxDataSourceConfig(edx_arn=arn).edx_manifest == arn


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give edx_arn or all four parts"),
        ({**EDX_PARTS, "edx_subject": None}, "missing: edx_subject"),
        ({**EDX_PARTS, "edx_arn": "arn:amazon:edx:iad::manifest/x"}, "never both"),
        ({"edx_arn": "arn:aws:s3:::bucket"}, "must start with arn:amazon:edx:"),
        ({**EDX_PARTS, "edx_manifest_key": "k"}, "must be written in brackets"),
    ],
)
def test_a_wrong_edx_source_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EdxDataSourceConfig(**fields)
