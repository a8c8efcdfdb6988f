"""The demonstration's DAG and config, written as files that a user would keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cursus.dag import PipelineDAG
from cursus.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

NUMERIC = ["month", "hour", "distance"]
CATEGORICAL = ["carrier", "origin", "dest"]
ID = "flight_id"
LABEL = "late"

EDGES = [
    ("CradleDataLoading_training", "TabularPreprocessing_training"),
    ("TabularPreprocessing_training", "XGBoostTraining"),
    ("CradleDataLoading_calibration", "TabularPreprocessing_calibration"),
    ("XGBoostTraining", "XGBoostModelEval_calibration"),
    ("TabularPreprocessing_calibration", "XGBoostModelEval_calibration"),
    ("XGBoostModelEval_calibration", "ModelCalibration_calibration"),
    ("ModelCalibration_calibration", "Package"),
    ("XGBoostTraining", "Package"),
    ("XGBoostTraining", "Payload"),
    ("Package", "Registration"),
    ("Payload", "Registration"),
]

SHARED = {
    "author": "demo",
    "bucket": "demo-bucket",
    "role": "arn:aws:iam::123456789012:role/DemoRole",
    "region": "NA",
    "service_name": "LateFlights",
    "pipeline_version": "1.0.0",
    "model_class": "xgboost",
    "current_date": "2013-12-31",
    "framework_version": "1.7-1",
    "py_version": "py3",
}

HYPERPARAMETERS = {
    "full_field_list": [ID, LABEL, *NUMERIC, *CATEGORICAL],
    "tab_field_list": NUMERIC,
    "cat_field_list": CATEGORICAL,
    "id_name": ID,
    "label_name": LABEL,
    "multiclass_categories": [0, 1],
    "num_round": 200,
    "max_depth": 6,
    "eta": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "min_child_weight": 5,
    "early_stopping_rounds": 20,
}


def write_project(folder: Path) -> tuple[Path, Path]:
    """Write `dag.json` and `config.json` into a folder and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    dag_file, config_file = folder / "dag.json", folder / "config.json"
    PipelineDAG(edges=EDGES).save(dag_file)
    write_text(config_file, json.dumps(demo_config(), indent=2, sort_keys=True) + "\n")
    return dag_file, config_file


def demo_config() -> dict[str, Any]:
    """Give the config file of the demonstration as data."""
    specific = {
        "CradleDataLoading_training": _cradle("training", "2013-01-01", "2013-10-01"),
        "CradleDataLoading_calibration": _cradle("calibration", "2013-10-01", "2014-01-01"),
        "TabularPreprocessing_training": _preprocessing("training"),
        "TabularPreprocessing_calibration": _preprocessing("calibration"),
        "XGBoostTraining": _step(
            "XGBoostTraining",
            training_entry_point="xgboost_training.py",
            hyperparameters=HYPERPARAMETERS,
        ),
        "XGBoostModelEval_calibration": _step(
            "XGBoostModelEval",
            job_type="calibration",
            id_name=ID,
            label_name=LABEL,
            xgboost_framework_version="1.7-1",
        ),
        "ModelCalibration_calibration": _step(
            "ModelCalibration", job_type="calibration", label_field=LABEL, calibration_method="gam"
        ),
        "Package": _step("Package"),
        "Payload": _step("Payload", expected_tps=10, max_latency_in_millisecond=800),
        "Registration": _registration(),
    }
    types = {key: fields["__model_type__"] for key, fields in specific.items()}
    return {
        "configuration": {"shared": SHARED, "specific": specific},
        "metadata": {"config_types": types, "created_at": "2013-12-31T00:00:00"},
    }


def _step(step_type: str, **fields: Any) -> dict[str, Any]:
    return {"__model_type__": f"{step_type}Config", **fields}


def _preprocessing(job_type: str) -> dict[str, Any]:
    return _step(
        "TabularPreprocessing",
        job_type=job_type,
        label_name=LABEL,
        categorical_columns=CATEGORICAL,
        numerical_columns=NUMERIC,
    )


def _cradle(job_type: str, start: str, end: str) -> dict[str, Any]:
    columns = [ID, LABEL, *CATEGORICAL, "tailnum", "month", "day", "hour", "minute", "distance"]
    source = {
        "data_source_name": "FLIGHTS",
        "data_source_type": "ANDES",
        "andes_data_source_properties": {"provider": "booker", "table_name": "NYC_FLIGHTS_2013"},
    }
    return _step(
        "CradleDataLoading",
        job_type=job_type,
        data_sources_spec={
            "start_date": f"{start}T00:00:00",
            "end_date": f"{end}T00:00:00",
            "data_sources": [source],
        },
        transform_spec={"transform_sql": " ".join(["SELECT", ", ".join(columns), "FROM FLIGHTS"])},
        output_spec={"output_schema": columns, "output_format": "PARQUET"},
        cradle_job_spec={"cradle_account": "demo-account", "cluster_type": "SMALL"},
    )


def _registration() -> dict[str, Any]:
    variables = {**dict.fromkeys(NUMERIC, "NUMERIC"), **dict.fromkeys(CATEGORICAL, "TEXT")}
    return _step(
        "Registration",
        framework="xgboost",
        inference_entry_point="xgboost_inference.py",
        model_owner="demo-team",
        model_domain="Flights",
        model_objective="LateArrival",
        source_model_inference_input_variable_list=variables,
        source_model_inference_output_variable_list={
            "legacy-score": "NUMERIC",
            "calibrated-score": "NUMERIC",
            "custom-output-label": "TEXT",
        },
    )
