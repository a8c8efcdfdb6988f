"""A small config file for a pipeline of the catalog: which flights will be late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.config.step_config import BASE_EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ID, LABEL = "flight_id", "late"
NUMERIC = ["month", "hour", "distance", "sched_dep_time"]
CATEGORICAL = ["carrier", "origin", "dest"]
COLUMNS = [ID, LABEL, *NUMERIC, *CATEGORICAL]
VARIABLES = {**dict.fromkeys(NUMERIC, "NUMERIC"), **dict.fromkeys(CATEGORICAL, "TEXT")}

CARRIERS = ["9E", "AA", "B6", "DL", "EV", "MQ", "UA", "US"]
DESTINATIONS = ["ATL", "BOS", "CLT", "LAX", "MCO", "ORD", "SFO"]

# What synthetic data looks like, as a data profile in YAML says it.
PROFILE: Mapping[str, Any] = {
    "columns": {
        ID: {"type": "id", "format": "F{}"},
        LABEL: {
            "type": "label",
            "classes": [0, 1],
            "shares": [0.75, 0.25],
            "depends_on": {"hour": 1.0, "distance": 0.5, "carrier": 1.0, "dest": 0.5},
        },
        "month": {"type": "int", "minimum": 1, "maximum": 12},
        "hour": {"type": "int", "minimum": 5, "maximum": 23, "distribution": "normal"},
        "distance": {"type": "int", "minimum": 80, "maximum": 4983, "distribution": "skewed"},
        "sched_dep_time": {"type": "int", "minimum": 500, "maximum": 2359},
        "carrier": {"type": "category", "values": CARRIERS},
        "origin": {"type": "category", "values": ["EWR", "JFK", "LGA"]},
        "dest": {"type": "category", "values": DESTINATIONS},
    },
}
FRAMEWORKS: Mapping[str, Mapping[str, str]] = {
    "xgboost": {"model_class": "xgboost", "framework_version": "1.7-1", "py_version": "py3"},
    "pytorch": {"model_class": "pytorch", "framework_version": "2.1.0", "py_version": "py310"},
}
HYPERPARAMETERS = {
    "full_field_list": COLUMNS,
    "tab_field_list": NUMERIC,
    "cat_field_list": CATEGORICAL,
    "id_name": ID,
    "label_name": LABEL,
    "multiclass_categories": [0, 1],
}


FIELDS: Mapping[str, Mapping[str, Any]] = {
    "CradleDataLoading": {
        "data_sources_spec": {
            "start_date": "2013-01-01T00:00:00",
            "end_date": "2014-01-01T00:00:00",
            "data_sources": [
                {
                    "data_source_name": "FLIGHTS",
                    "data_source_type": "ANDES",
                    "andes_data_source_properties": {"provider": "booker", "table_name": "FLIGHTS"},
                }
            ],
        },
        "transform_spec": {"transform_sql": "SELECT * FROM FLIGHTS"},
        "output_spec": {"output_schema": COLUMNS},
        "cradle_job_spec": {"cradle_account": "demo-account"},
    },
    "TabularPreprocessing": {
        "label_name": LABEL,
        "numerical_columns": NUMERIC,
        "categorical_columns": CATEGORICAL,
    },
    "XGBoostTraining": {
        "training_entry_point": "xgboost_training.py",
        "hyperparameters": {**HYPERPARAMETERS, "num_round": 20, "max_depth": 4},
    },
    "PyTorchTraining": {
        "training_entry_point": "pytorch_training.py",
        "hyperparameters": {**HYPERPARAMETERS, "max_epochs": 2, "batch_size": 64, "lr": 0.01},
    },
    "DummyTraining": {"pretrained_model_path": "s3://demo-bucket/models/model.tar.gz"},
    "XGBoostModelEval": {
        "job_type": "evaluation",
        "id_name": ID,
        "label_name": LABEL,
        "xgboost_framework_version": "1.7-1",
    },
    "PyTorchModelEval": {"job_type": "validation", "id_name": ID, "label_name": LABEL},
    "ModelCalibration": {"label_field": LABEL},
    "Package": {},
    "Payload": {"expected_tps": 10, "max_latency_in_millisecond": 800},
    "Registration": {
        "model_owner": "demo-team",
        "model_domain": "Flights",
        "model_objective": "LateArrival",
        "source_model_inference_input_variable_list": VARIABLES,
    },
}


def config_file(nodes: Iterable[str], framework: str) -> dict[str, Any]:
    """Give a config with one entry for each node, keyed by its name; a dummy pipeline serves an XGBoost model."""
    served = framework if framework in FRAMEWORKS else "xgboost"
    specific = {node: _entry(node, served) for node in nodes}
    shared = {**BASE_EXAMPLE, **FRAMEWORKS[served], "current_date": "2013-12-31"}
    return {
        "configuration": {"shared": shared, "specific": specific},
        "metadata": {"config_types": {node: specific[node]["__model_type__"] for node in specific}},
    }


def _entry(node: str, framework: str) -> dict[str, Any]:
    step_type, _, job_type = node.partition("_")
    fields = {"__model_type__": f"{step_type}Config", **FIELDS[step_type]}
    if job_type:
        fields["job_type"] = job_type
    if step_type == "Registration":
        fields["framework"] = framework
        fields["inference_entry_point"] = f"{framework}_inference.py"
    return fields
