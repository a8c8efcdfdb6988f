"""Cradle outside Amazon: which of its outputs become parameters of the definition, and with which default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cursus.dag import PipelineDAG
from cursus.pipeline import compile_dag_to_pipeline
from cursus_cradle.cradle_data_loading import EXAMPLE

LOAD, PREP = "CradleDataLoading_training", "TabularPreprocessing_training"
DATA = {
    "Name": "CradleDataLoading_Training_DATA",
    "Type": "String",
    "DefaultValue": "s3://demo-bucket/MODS/demo-Flights-xgboost-NA_1.0.0/data-load/training",
}


def compiled(folder: Path, **bindings: str) -> dict[str, Any]:
    """Compile a loading and a preprocessing step, whose inputs are bound as given."""
    own = {name: EXAMPLE[name] for name in EXAMPLE if name.endswith("_spec")}
    shared = {name: value for name, value in EXAMPLE.items() if name not in {*own, "job_type"}}
    specific = {
        LOAD: {"job_type": "training", **own},
        PREP: {"job_type": "training", "label_name": "late", "bindings": bindings},
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    config = {"shared": shared, "specific": specific, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    dag = PipelineDAG([], [(LOAD, PREP)])
    return compile_dag_to_pipeline(dag, folder / "config.json").to_dict()


def loaded_parameters(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [p for p in data["Parameters"] if p["Name"].startswith("CradleDataLoading")]


def inputs_of(data: dict[str, Any]) -> list[str]:
    (step,) = data["Steps"]
    return [found["InputName"] for found in step["Arguments"]["ProcessingInputs"]]


def test_data_alone_becomes_a_parameter_with_the_documents_place(tmp_path: Path) -> None:
    data = compiled(tmp_path)
    assert loaded_parameters(data) == [DATA]
    assert inputs_of(data) == ["DATA", "code"]


def test_a_signature_that_is_bound_explicitly_is_a_parameter_without_default(
    tmp_path: Path,
) -> None:
    data = compiled(tmp_path, SIGNATURE=f"{LOAD}:SIGNATURE")
    signature = {"Name": "CradleDataLoading_Training_SIGNATURE", "Type": "String"}
    assert loaded_parameters(data) == [DATA, signature]
    assert inputs_of(data) == ["DATA", "SIGNATURE", "code"]


def test_metadata_that_is_bound_explicitly_is_a_parameter_without_default(tmp_path: Path) -> None:
    data = compiled(tmp_path, DATA_SECONDARY=f"{LOAD}:METADATA")
    metadata = {"Name": "CradleDataLoading_Training_METADATA", "Type": "String"}
    assert loaded_parameters(data) == [DATA, metadata]


def test_an_edge_from_a_workflow_input_is_no_dependency(tmp_path: Path) -> None:
    (step,) = compiled(tmp_path)["Steps"]
    assert "DependsOn" not in step
