"""What is found in the Cradle part of documents that others wrote, and in the SQL of a config."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.document import ExecutionDocumentGenerator, validate_document
from cursus.errors import ExecutionDocumentGenerationError, Problem
from cursus_cradle.cradle_data_loading import CRADLE_DATA_LOADING, EXAMPLE

NODE, KEY = "CradleDataLoading_training", "CradleDataLoading-Training"
MDS = {
    "data_source_name": "RAW",
    "data_source_type": "MDS",
    "mds_data_source_properties": {
        "service_name": "AtoZ",
        "region": "NA",
        "output_schema": [{"field_name": "id", "field_type": "STRING"}],
    },
}
EDX = {
    "data_source_name": "TAGS",
    "data_source_type": "EDX",
    "edx_data_source_properties": {
        "edx_arn": "arn:amazon:edx:iad::manifest/a/b/c/[1]",
        "schema_overrides": [{"field_name": "id", "field_type": "STRING"}],
    },
}
SOURCES = [*EXAMPLE["data_sources_spec"]["data_sources"], MDS, EDX]
SQL = "SELECT * FROM FLIGHTS JOIN RAW ON true JOIN TAGS ON true"


def config_file(folder: Path, sql: str = SQL) -> Path:
    fields = copy.deepcopy(dict(EXAMPLE))
    fields["data_sources_spec"]["data_sources"] = SOURCES
    fields["transform_spec"]["transform_sql"] = sql
    types = {NODE: "CradleDataLoadingConfig"}
    data = {"shared": {}, "specific": {NODE: fields}, "metadata": {"config_types": types}}
    path = folder / "config.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """Make a document with a source of each type."""
    filled = ExecutionDocumentGenerator(config_file(tmp_path)).fill(PipelineDAG([NODE]))
    assert filled.warnings == ()
    return filled.document


def found_in(document: dict[str, Any], *path: str | int, **change: Any) -> list[Problem]:
    """Change what stands at a path of the STEP_CONFIG (`value=`), or remove it, and validate."""
    *parents, last = path
    target: Any = document["PIPELINE_STEP_CONFIGS"][KEY]["STEP_CONFIG"]
    for name in parents:
        target = target[name]
    if "value" in change:
        target[last] = change["value"]
    else:
        del target[last]
    return validate_document(document)


def test_a_document_of_our_own_has_no_fault(document: dict[str, Any]) -> None:
    assert validate_document(document) == []


S = ("dataSources", "dataSources")
T, OUT, J = "transformSpecification", "outputSpecification", "cradleJobSpecification"
WRONG: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("dataSources",), 7, "dataSources is 7, not an object"),
    (("dataSources", "startDate"), "yesterday", "exactly as 2025-01-31T00:00:00"),
    (("dataSources", "startDate"), "2025-02-01", "exactly as"),
    (("dataSources", "endDate"), "2020-01-01T00:00:00", "is not before end_date"),
    (S, [], "at least 1 item"),
    ((*S, 1, "dataSourceName"), "FLIGHTS", "two data sources are named FLIGHTS"),
    ((*S, 1, "dataSourceName"), " ", "must not be blank"),
    ((*S, 1, "dataSourceType"), "REDSHIFT", "'MDS', 'EDX' or 'ANDES'"),
    ((*S, 1, "dataSourceType"), "EDX", "needs edx_data_source_properties alone"),
    ((*S, 1, "dataSourceType"), "mds", "dataSourceType is 'mds', not 'MDS'"),
    ((*S, 1, "mdsDataSourceProperties", "region"), "US", "'NA', 'EU' or 'FE'"),
    ((*S, 1, "mdsDataSourceProperties", "orgId"), 0, "orgId is 0, not '0'"),
    ((*S, 1, "mdsDataSourceProperties", "useHourlyEdxDataSet"), "false", "is 'false', not False"),
    ((*S, 2, "edxDataSourceProperties", "edxArn"), "arn:aws:s3:::b", "must start with arn:amazon:edx:"),
    ((*S, 0, "andesDataSourceProperties", "provider"), "me", "8-4-4-4-12"),
    ((*S, 0, "andesDataSourceProperties", "tableName"), "", "must not be blank"),
    ((T, "transformSQL"), None, "it should be a text"),
    ((T, "jobSplitOptions", "splitJob"), True, "split_job needs merge_sql"),
    ((T, "jobSplitOptions", "daysPerSplit"), 0, "greater than or equal to 1"),
    ((T, "jobSplitOptions", "daysPerSplit"), "7", "daysPerSplit is '7', not 7"),
    ((OUT, "outputFormat"), "XLSX", "'CSV', 'UNESCAPED_TSV'"),
    ((OUT, "outputFormat"), "parquet", "outputFormat is 'parquet', not 'PARQUET'"),
    ((OUT, "outputSaveMode"), "REPLACE", "'ERRORIFEXISTS'"),
    ((OUT, "outputFileCount"), -1, "greater than or equal to 0"),
    ((OUT, "outputPath"), "/local/folder", "not an S3 location"),
    ((OUT, "outputSchema"), "id", "it should be a list"),
    ((J, "clusterType"), "GIGANTIC", "'STANDARD', 'SMALL', 'MEDIUM'"),
    ((J, "jobRetryCount"), -1, "greater than or equal to 0"),
    ((J, "extraSparkJobArguments"), None, "extraSparkJobArguments is None, not ''"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_a_wrong_value_is_an_error_with_its_place(
    document: dict[str, Any], path: tuple[str | int, ...], value: Any, message: str
) -> None:
    problems = found_in(document, *path, value=value)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert {problem.code for problem in errors} == {"CUR0520"}
    assert message in errors[0].message
    assert f".{KEY}" in errors[0].place.path.replace('["', ".")
    assert f".STEP_CONFIG.{path[0]}" in errors[0].place.path


@pytest.mark.parametrize(
    "path",
    [
        ("dataSources",),
        ("dataSources", "endDate"),
        (*S, 0, "dataSourceType"),
        (*S, 0, "andesDataSourceProperties"),
        (*S, 1, "mdsDataSourceProperties", "outputSchema", 0, "fieldType"),
        (*S, 2, "edxDataSourceProperties", "edxArn"),
        (T, "transformSQL"),
        (OUT, "outputSchema"),
        (OUT, "outputPath"),
        (J, "cradleAccount"),
    ],
)
def test_a_missing_key_is_an_error(document: dict[str, Any], path: tuple[str | int, ...]) -> None:
    (problem,) = found_in(document, *path)
    assert (problem.code, problem.severity) == ("CUR0520", "error")


@pytest.mark.parametrize(
    "path",
    [
        (*S, 0, "andesDataSourceProperties", "andes3Enabled"),
        (*S, 1, "mdsDataSourceProperties", "orgId"),
        (T, "jobSplitOptions", "mergeSql"),
        (T, "jobSplitOptions"),
        (OUT, "includeHeaderInS3Output"),
        (J, "clusterType"),
    ],
)
def test_a_missing_key_with_a_default_is_a_warning(
    document: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    (problem,) = found_in(document, *path)
    assert (problem.code, problem.severity) == ("CUR0520", "warning")
    assert problem.place.path.endswith(f".{path[-1]}")


@pytest.mark.parametrize(
    "path",
    [
        ("s3InputOverride",),
        ("dataSources", "timeZone"),
        (*S, 0, "andesDataSourceProperties", "database"),
        (*S, 2, "edxDataSourceProperties", "edxProvider"),
        (T, "jobSplitOptions", "strange key"),
        (OUT, "jobType"),
        (OUT, "output_format"),
        (J, "ClusterType"),
    ],
)
def test_an_unknown_key_is_a_warning(document: dict[str, Any], path: tuple[str | int, ...]) -> None:
    (problem,) = found_in(document, *path, value="x")
    assert (problem.code, problem.severity) == ("CUR0520", "warning")
    assert f"{path[-1]} is no key of a Cradle request" in problem.message


@pytest.mark.parametrize(
    "path",
    [(*S, 0, "edxDataSourceProperties"), (*S, 2, "edxDataSourceProperties", "schemaOverrides")],
)
def test_a_member_that_is_null_is_a_warning(
    document: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    (problem,) = found_in(document, *path, value=None)
    assert (problem.code, problem.severity) == ("CUR0520", "warning")
    assert f"{path[-1]} is None" in problem.message
    assert problem.place.path.endswith(f".{path[-1]}")


def test_a_blank_inside_an_output_path_is_taken_as_a_config_may_give_it(
    document: dict[str, Any],
) -> None:
    assert found_in(document, OUT, "outputPath", value="s3://b/MODS/ada b-x_1 2/data-load/t") == []


def test_an_older_step_type_is_checked_too(document: dict[str, Any]) -> None:
    entry = document["PIPELINE_STEP_CONFIGS"][KEY]
    entry["STEP_TYPE"] = ["PROCESSING_STEP", "CradleDataLoading"]
    assert found_in(document, J, "clusterType", value="HUGE")[0].code == "CUR0520"


def test_a_step_of_a_type_that_no_plugin_has_is_left_alone(document: dict[str, Any]) -> None:
    document["PIPELINE_STEP_CONFIGS"][KEY]["STEP_TYPE"] = ["WORKFLOW_INPUT", "SomeOtherStep"]
    assert found_in(document, "dataSources", value=7) == []


def test_a_name_that_no_source_has_is_a_warning_with_the_names(tmp_path: Path) -> None:
    config = config_file(tmp_path, "SELECT * FROM FLIGTHS JOIN Raw ON true JOIN db.t ON true")
    (warning,) = ExecutionDocumentGenerator(config).fill(PipelineDAG([NODE])).warnings
    assert (warning.code, warning.severity) == ("CUR0521", "warning")
    assert warning.message == (
        f"step {KEY}: the SQL reads FLIGTHS, which is no data source; there are: FLIGHTS, RAW, TAGS"
    )
    assert warning.place.path.endswith(f".{NODE}.transform_spec.transform_sql")


def test_a_document_with_a_name_that_no_source_has_is_doubted_too(document: dict[str, Any]) -> None:
    (problem,) = found_in(document, T, "transformSQL", value="SELECT * FROM OTHER")
    assert (problem.code, problem.severity) == ("CUR0520", "warning")
    assert "the SQL reads OTHER" in problem.message


def test_the_command_line_shows_the_doubt_and_strict_makes_it_an_error(tmp_path: Path) -> None:
    config = config_file(tmp_path, "SELECT * FROM OTHER")
    (tmp_path / "dag.json").write_text(json.dumps({"dag": {"nodes": [NODE], "edges": []}}), "utf-8")
    words = ["exec-doc", "generate", "-d", tmp_path / "dag.json", "-c", config]
    command = [sys.executable, "-m", "cursus", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    strict = subprocess.run([*command, "--strict"], capture_output=True, text=True, check=False)
    assert (done.returncode, strict.returncode) == (0, 2)
    assert "CUR0521 warning" in done.stderr
    assert "CUR0521 error" in strict.stderr
    assert strict.stdout == ""


def test_merge_sql_reads_the_splits_and_not_the_sources(tmp_path: Path) -> None:
    config = config_file(tmp_path)
    data = json.loads(config.read_text("utf-8"))
    split = {"split_job": True, "days_per_split": 1, "merge_sql": "SELECT * FROM INPUT"}
    data["specific"][NODE]["transform_spec"]["job_split_options"] = split
    config.write_text(json.dumps(data), "utf-8")
    filled = ExecutionDocumentGenerator(config).fill(PipelineDAG([NODE]))
    assert (filled.warnings, validate_document(filled.document)) == ((), [])


def test_strict_raises_what_is_doubted(tmp_path: Path) -> None:
    from cursus.document import DocumentOptions

    options = DocumentOptions(strict=True)
    generator = ExecutionDocumentGenerator(
        config_file(tmp_path, "FROM X SELECT 1"), options=options
    )
    with pytest.raises(ExecutionDocumentGenerationError, match="the SQL reads X"):
        generator.fill(PipelineDAG([NODE]))


def test_an_empty_part_misses_every_section() -> None:
    faults = CRADLE_DATA_LOADING.check_document({})
    assert [fault.field for fault in faults] == ["dataSources", T, OUT, J]
