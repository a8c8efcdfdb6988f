"""Inputs of any size for the benchmarks: many independent copies of a small pipeline, and a wide config."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from cursus.dag import PipelineDAG
from cursus.demo.project import EDGES, demo_config, write_project

STEPS_A_COPY = 10
JOB_TYPED = ("CradleDataLoading", "TabularPreprocessing", "XGBoostModelEval", "ModelCalibration")


def write_pipelines(folder: Path, steps: int) -> tuple[Path, Path]:
    """Write a DAG of `steps` steps (copies of the demonstration's ten) and its config; give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    edges: list[tuple[str, str]] = []
    config = demo_config()
    specific: dict[str, Any] = {}
    types: dict[str, str] = {}
    for copy_number in range(max(1, steps // STEPS_A_COPY)):
        names = {key: f"{key}_{copy_number}" for key in config["configuration"]["specific"]}
        edges += [(names[a], names[b]) for a, b in EDGES]
        for key, fields in config["configuration"]["specific"].items():
            specific[names[key]] = _renamed(fields, key, copy_number)
            types[names[key]] = fields["__model_type__"]
    config["configuration"]["specific"] = specific
    config["metadata"]["config_types"] = types
    dag_file, config_file = folder / "dag.json", folder / "config.json"
    PipelineDAG(edges=edges).save(dag_file)
    config_file.write_text(json.dumps(config), "utf-8")
    return dag_file, config_file


def _renamed(fields: dict[str, Any], key: str, number: int) -> dict[str, Any]:
    """Give a copy of a step's fields that names and places it apart from the other copies."""
    renamed = copy.deepcopy(fields)
    renamed["step_name_override"] = f"{key.replace('_', '-')}-{number}"
    renamed["output_path_token"] = f"{key.lower()}_{number}"
    return renamed


def write_wide_config(folder: Path, size: int) -> tuple[Path, Path]:
    """Write the demonstration with so many Cradle columns that its config file has at least `size` bytes."""
    dag_file, config_file = write_project(folder)
    config = json.loads(config_file.read_text("utf-8"))
    columns = 0
    while config_file.stat().st_size < size:
        columns += 50
        names = [
            f"Team.feature_group_by_customer.n_feature_{n}_last_365_days" for n in range(columns)
        ]
        for key in ("CradleDataLoading_training", "CradleDataLoading_calibration"):
            entry = config["configuration"]["specific"][key]
            entry["output_spec"]["output_schema"] = names
            entry["data_sources_spec"]["data_sources"] = [_mds_source(names)]
        config_file.write_text(json.dumps(config, indent=2, sort_keys=True), "utf-8")
    return dag_file, config_file


def _mds_source(names: list[str]) -> dict[str, Any]:
    schema = [{"field_name": name, "field_type": "STRING"} for name in names]
    return {
        "data_source_name": "FLIGHTS",
        "data_source_type": "MDS",
        "mds_data_source_properties": {
            "service_name": "S",
            "region": "NA",
            "output_schema": schema,
        },
    }
