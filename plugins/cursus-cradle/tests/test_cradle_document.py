"""The Cradle step's part of the execution document, compared with the platform's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_file
from cursus.dag import PipelineDAG
from cursus.errors import RunTimeValueError
from cursus.kernel.plan import Plan, PlannedStep
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import load_plugins
from cursus.paths import PipelineParameters
from cursus_cradle.cradle_data_loading import CRADLE_DATA_LOADING, EXAMPLE
from cursus_cradle.document import extract

CASE = Path(__file__).parents[4] / "shared" / "cases" / "xgboost_complete_e2e_2025_09"
SOURCES: dict[str, dict[str, Any]] = {
    "MDS": {
        "service_name": "AtoZ",
        "org_id": 7,
        "region": "na",
        "output_schema": [{"field_name": "id", "field_type": "STRING"}],
    },
    "EDX": {"edx_arn": "arn:amazon:edx:iad::manifest/a/b/c/[1]"},
    "ANDES": {"provider": "booker", "table_name": "T", "andes3_enabled": False},
}
DOCUMENTED: dict[str, dict[str, Any]] = {
    "MDS": {
        "serviceName": "AtoZ",
        "orgId": "7",
        "region": "NA",
        "useHourlyEdxDataSet": False,
        "outputSchema": [{"fieldName": "id", "fieldType": "STRING"}],
    },
    "EDX": {"edxArn": "arn:amazon:edx:iad::manifest/a/b/c/[1]"},
    "ANDES": {"provider": "booker", "tableName": "T", "andes3Enabled": False},
}


def planned(prefix: str | None = None, **fields: Any) -> tuple[PlannedStep, Plan]:
    step = PlannedStep(
        node="CradleDataLoading_training",
        name="CradleDataLoading-Training",
        step_type=CRADLE_DATA_LOADING,
        plugin="cursus-cradle",
        config=CRADLE_DATA_LOADING.config(**{**EXAMPLE, **fields}),
        config_key="CradleDataLoading_training",
    )
    dag = PipelineDAG([step.node])
    parameters = PipelineParameters(prefix=prefix)
    return step, Plan(dag=dag, steps={step.node: step}, parameters=parameters)


def with_source(kind: str) -> dict[str, Any]:
    properties = {f"{kind.lower()}_data_source_properties": SOURCES[kind]}
    return {
        **EXAMPLE["data_sources_spec"],
        "data_sources": [{"data_source_name": "S", "data_source_type": kind, **properties}],
    }


@pytest.mark.skipif(not CASE.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("node", ["CradleDataLoading_training", "CradleDataLoading_calibration"])
def test_a_real_config_gives_the_platforms_text_key_by_key(node: str) -> None:
    plugins = load_plugins()
    options = PlanOptions(lenient=True, parameters=PipelineParameters(prefix=None))
    configs = read_config_file(CASE / "config.json", plugins.config_classes())
    plan = make_plan(PipelineDAG.from_file(CASE / "dag.json"), configs, plugins, options)
    step = plan.steps[node]
    expected = json.loads((CASE / "expected.json").read_text("utf-8"))["PIPELINE_STEP_CONFIGS"]
    found = plugins.extract_step_config(step, plan)
    assert json.dumps(found) == json.dumps(expected[step.name]["STEP_CONFIG"])
    assert list(step.step_type.document or ()) == expected[step.name]["STEP_TYPE"]


@pytest.mark.parametrize("kind", SOURCES)
def test_only_the_properties_of_a_sources_type_are_there(kind: str) -> None:
    content = extract(*planned(data_sources_spec=with_source(kind)))
    assert content["dataSources"]["dataSources"] == [
        {
            "dataSourceName": "S",
            "dataSourceType": kind,
            f"{kind.lower()}DataSourceProperties": DOCUMENTED[kind],
        }
    ]


def test_what_is_not_given_is_empty_text_in_the_request() -> None:
    job = {"cradle_account": "demo-account", "extra_spark_job_arguments": None}
    content = extract(*planned(cradle_job_spec=job))
    assert content["cradleJobSpecification"]["extraSparkJobArguments"] == ""
    assert content["transformSpecification"]["jobSplitOptions"]["mergeSql"] == ""


def test_the_prefix_of_a_run_moves_the_output() -> None:
    content = extract(*planned("s3://run/7/"))
    assert content["outputSpecification"]["outputPath"] == "s3://run/7/data-load/training"


def test_a_prefix_without_a_value_cannot_be_written_into_a_document() -> None:
    step, plan = planned()
    unknown = Plan(dag=plan.dag, steps=plan.steps)
    with pytest.raises(RunTimeValueError, match="EXECUTION_S3_PREFIX"):
        extract(step, unknown)


def test_the_document_shares_no_list_with_the_config() -> None:
    step, plan = planned()
    extract(step, plan)["outputSpecification"]["outputSchema"].append("changed")
    assert "changed" not in extract(step, plan)["outputSpecification"]["outputSchema"]
