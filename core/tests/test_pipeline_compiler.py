"""PipelineDAGCompiler: from a DAG and a config file to a definition, with its reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus import PipelineDAG, PipelineDAGCompiler, compile_dag_to_pipeline
from cursus.errors import ConfigError, DefinitionError, InvalidInputError, PlanError
from cursus.paths import Parameter
from cursus.pipeline import CompileOptions

SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
}
LOAD, PREP = "DummyDataLoading_training", "TabularPreprocessing_training"
SPECIFIC: dict[str, dict[str, Any]] = {
    LOAD: {"job_type": "training", "data_source": "s3://lake/flights"},
    PREP: {"job_type": "training", "label_name": "late"},
}
DAG = PipelineDAG([], [(LOAD, PREP)])


def config_file(folder: Path, **changes: dict[str, Any]) -> Path:
    """Write a config file with two steps and the given changes."""
    specific = {key: {**fields, **changes.get(key, {})} for key, fields in SPECIFIC.items()}
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    path = folder / "config.json"
    data = {"shared": SHARED, "specific": specific, "metadata": {"config_types": types}}
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_two_steps_compile(tmp_path: Path) -> None:
    definition = PipelineDAGCompiler(config_file(tmp_path)).compile(DAG)
    assert [step["Name"] for step in definition.to_dict()["Steps"]] == [
        "DummyDataLoading-Training",
        "TabularPreprocessing-Training",
    ]
    assert definition.to_json() == compile_dag_to_pipeline(DAG, tmp_path / "config.json").to_json()


def test_compiling_neither_imports_the_sdk_nor_reads_the_environment(tmp_path: Path) -> None:
    import subprocess
    import sys

    config_file(tmp_path)
    code = (
        "import sys\n"
        "from cursus import PipelineDAG, compile_dag_to_pipeline\n"
        f"compile_dag_to_pipeline(PipelineDAG([], [({LOAD!r}, {PREP!r})]), 'config.json')\n"
        "heavy = {'sagemaker', 'boto3', 'botocore', 'pandas', 'polars', 'networkx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_report_says_where_every_input_comes_from(tmp_path: Path) -> None:
    definition, report = PipelineDAGCompiler(config_file(tmp_path)).compile_with_report(DAG)
    assert report.pipeline_name == definition.name == "ada-Flights-xgboost-NA-1-0-0-pipeline"
    origins = {f"{o.step}.{o.input}": (o.source, o.reason) for o in report.resolution.inputs}
    assert origins["TabularPreprocessing-Training.DATA"][0] == f"{LOAD}:DATA"
    assert origins["DummyDataLoading-Training.INPUT_DATA"][0] == "s3://lake/flights"
    assert all(origin.reason for origin in report.resolution.inputs)


def test_a_preview_names_config_and_plugin_of_each_node(tmp_path: Path) -> None:
    preview = PipelineDAGCompiler(config_file(tmp_path)).preview_resolution(DAG)
    assert [(n.node, n.config_key, n.plugin) for n in preview.nodes] == [
        (LOAD, LOAD, "cursus-cradle"),
        (PREP, PREP, "cursus-processing"),
    ]


def test_validation_gives_problems_and_raises_none(tmp_path: Path) -> None:
    sound = PipelineDAGCompiler(config_file(tmp_path)).validate_dag_compatibility(DAG)
    bad = config_file(tmp_path, **{PREP: {"processing_framework_version": "0.1"}})
    faulty = PipelineDAGCompiler(bad).validate_dag_compatibility(DAG)
    assert (sound.is_valid, sound.problems) == (True, ())
    assert not faulty.is_valid
    assert [problem.code for problem in faulty.problems] == ["CUR0622"]


def test_an_external_list_of_parameters_reaches_the_definition(tmp_path: Path) -> None:
    given = [("EXECUTION_S3_PREFIX", "s3://other/run/"), "KMS_ENCRYPTION_KEY_PARAM"]
    definition = PipelineDAGCompiler(config_file(tmp_path), pipeline_parameters=given).compile(DAG)
    assert definition.to_dict()["Parameters"] == [
        {"Name": "EXECUTION_S3_PREFIX", "Type": "String", "DefaultValue": "s3://other/run"},
        {"Name": "KMS_ENCRYPTION_KEY_PARAM", "Type": "String"},
    ]


def test_a_uri_in_the_list_is_the_prefix_of_every_output(tmp_path: Path) -> None:
    compiler = PipelineDAGCompiler(config_file(tmp_path), pipeline_parameters=["s3://other/run/"])
    definition = compiler.compile(DAG)
    assert definition.to_dict()["Parameters"] == []
    assert '"s3://other/run/tabular_preprocessing/training/processed_data"' in definition.to_json()


def test_a_further_parameter_declares_what_a_binding_names(tmp_path: Path) -> None:
    options = CompileOptions(bindings={f"{LOAD}.INPUT_DATA": {"parameter": "FLIGHTS"}})
    given = ["EXECUTION_S3_PREFIX", Parameter(name="FLIGHTS", default="s3://lake/today")]
    compiler = PipelineDAGCompiler(
        config_file(tmp_path), pipeline_parameters=given, options=options
    )
    assert compiler.compile(DAG).to_dict()["Parameters"][1] == {
        "Name": "FLIGHTS",
        "Type": "String",
        "DefaultValue": "s3://lake/today",
    }


def test_a_further_parameter_that_nothing_names_is_an_error(tmp_path: Path) -> None:
    compiler = PipelineDAGCompiler(
        config_file(tmp_path), pipeline_parameters=["EXECUTION_S3_PREFIX", ("X", 1)]
    )
    with pytest.raises(DefinitionError, match="nothing in the pipeline refers to parameter X"):
        compiler.compile(DAG)


def test_the_prefix_can_be_called_otherwise_or_left_out(tmp_path: Path) -> None:
    path = config_file(tmp_path)
    renamed = PipelineDAGCompiler(path, options=CompileOptions(prefix_parameter="BASE")).compile(
        DAG
    )
    fixed = PipelineDAGCompiler(path, options=CompileOptions(portable=False)).compile(DAG)
    assert '"Parameters.BASE"' in renamed.to_json()
    assert "EXECUTION_S3_PREFIX" not in renamed.to_json()
    assert fixed.to_dict()["Parameters"] == []


class Resolver:
    """A user's own resolver, that gives configs or their keys."""

    def __init__(self, *, by_key: bool) -> None:
        self.by_key = by_key

    def resolve_config_map(
        self, dag_nodes: list[str], available_configs: dict[str, Any]
    ) -> dict[str, Any]:
        keys = {"load": LOAD, "prep": PREP}
        return {
            node: keys[node] if self.by_key else available_configs[keys[node]] for node in dag_nodes
        }


@pytest.mark.parametrize("by_key", [True, False])
def test_a_users_own_resolver_matches_nodes_and_configs(tmp_path: Path, *, by_key: bool) -> None:
    compiler = PipelineDAGCompiler(config_file(tmp_path), config_resolver=Resolver(by_key=by_key))
    preview = compiler.preview_resolution(PipelineDAG([], [("load", "prep")]))
    assert [node.config_key for node in preview.nodes] == [LOAD, PREP]


def test_a_resolver_that_gives_something_else_is_an_error(tmp_path: Path) -> None:
    class Wrong:
        def resolve_config_map(self, **_: Any) -> dict[str, Any]:
            return {LOAD: "Nowhere"}

    with pytest.raises(ConfigError, match=f"'Nowhere' for node {LOAD}"):
        PipelineDAGCompiler(config_file(tmp_path), config_resolver=Wrong()).compile(DAG)


def test_strict_takes_warnings_as_errors(tmp_path: Path) -> None:
    fields = {
        "processing_source_dir": "/gone",
        "processing_entry_point": "tabular_preprocessing.py",
    }
    path = config_file(tmp_path, **{PREP: fields})
    assert [w.code for w in PipelineDAGCompiler(path).compile(DAG).warnings] == ["CUR0601"]
    with pytest.raises(InvalidInputError, match="CUR0601 error"):
        PipelineDAGCompiler(path, options=CompileOptions(strict=True)).compile(DAG)


def test_what_does_not_plan_does_not_compile(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="Unheard"):
        PipelineDAGCompiler(config_file(tmp_path)).compile(PipelineDAG(["Unheard"]))
