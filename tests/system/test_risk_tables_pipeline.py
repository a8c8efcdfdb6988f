"""Pipelines with risk tables and currencies as a user runs them: real flights through shipped scripts."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from cursus.dag import PipelineDAG
from cursus.demo.flights import read_flights
from cursus.demo.project import HYPERPARAMETERS, ID, LABEL, SHARED

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("risk tables")]

RATES = {"USD": 1.0, "EUR": 0.9, "JPY": 150.0}
CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = ["month", "hour", "distance"]
LOADED = [
    ("DummyDataLoading_training", "TabularPreprocessing_training"),
    ("DummyDataLoading_calibration", "TabularPreprocessing_calibration"),
]
WITH_TABLES = [
    *LOADED,
    ("TabularPreprocessing_training", "RiskTableMapping_training"),
    ("RiskTableMapping_training", "XGBoostTraining"),
    ("TabularPreprocessing_calibration", "RiskTableMapping_calibration"),
    ("RiskTableMapping_training", "RiskTableMapping_calibration"),
    ("XGBoostTraining", "XGBoostModelEval_calibration"),
    ("RiskTableMapping_calibration", "XGBoostModelEval_calibration"),
    ("DummyDataLoading_testing", "TabularPreprocessing_testing"),
    ("TabularPreprocessing_testing", "XGBoostModelEval_testing"),
    ("XGBoostTraining", "XGBoostModelEval_testing"),
]
WITH_CURRENCIES = [
    *LOADED,
    ("TabularPreprocessing_training", "CurrencyConversion_training"),
    ("CurrencyConversion_training", "XGBoostTraining"),
    ("TabularPreprocessing_calibration", "CurrencyConversion_calibration"),
    ("XGBoostTraining", "XGBoostModelEval_calibration"),
    ("CurrencyConversion_calibration", "XGBoostModelEval_calibration"),
]


def write_flights(folder: Path) -> Path:
    """Write 12,000 flights with fares in the currency of their airport; testing is calibration again."""
    flights = read_flights(12_000)
    code = pl.col("origin").replace({"JFK": "USD", "LGA": "EUR", "EWR": "JPY"})
    rate = code.replace_strict(RATES, return_dtype=pl.Float64)
    fare = (pl.col("distance") * 0.13 * rate).round(2)
    flights = flights.with_columns(code.alias("currency"), fare.alias("fare"))
    is_late = pl.col("month") > 9
    for job_type, part in (("training", ~is_late), ("calibration", is_late), ("testing", is_late)):
        target = folder / "flights" / job_type
        target.mkdir(parents=True)
        flights.filter(part).write_csv(target / "part-0.csv")
    return folder / "flights"


def entry(node: str, data: Path, numbers: list[str]) -> dict[str, Any]:
    """Give the config of a node of the pipelines above."""
    step_type, _, job_type = node.partition("_")
    own: dict[str, dict[str, Any]] = {
        "DummyDataLoading": {"data_source": str(data / job_type), "write_data_shards": True},
        "TabularPreprocessing": {"label_name": LABEL, "categorical_columns": CATEGORIES},
        "RiskTableMapping": {"label_name": LABEL, "cat_field_list": CATEGORIES},
        "CurrencyConversion": {
            "currency_conversion_vars": ["fare"],
            "currency_conversion_dict": RATES,
            "currency_code_field": "currency",
            "label_name": LABEL,
        },
        "XGBoostModelEval": {"id_name": ID, "label_name": LABEL},
        "XGBoostTraining": {
            "training_entry_point": "xgboost_training.py",
            "use_precomputed_risk_tables": True,
            "hyperparameters": {**HYPERPARAMETERS, "num_round": 30, "tab_field_list": numbers},
        },
    }
    shared = {"job_type": job_type} if job_type else {}
    return {"__model_type__": f"{step_type}Config", **shared, **own[step_type]}


def write_project(folder: Path, edges: list[tuple[str, str]], numbers: list[str]) -> list[str]:
    """Write DAG and config; give the arguments that name them."""
    data, dag = write_flights(folder), PipelineDAG(edges=edges)
    specific = {node: entry(node, data, numbers) for node in dag.nodes}
    types = {node: fields["__model_type__"] for node, fields in specific.items()}
    shared = {**SHARED, "xgboost_framework_version": "1.7-1"}
    body = {"shared": shared, "specific": specific}
    config = {"configuration": body, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    dag.save(folder / "dag.json")
    return ["-d", str(folder / "dag.json"), "-c", str(folder / "config.json")]


def cursus(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "cursus", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def run(
    folder: Path, edges: list[tuple[str, str]], numbers: list[str] = NUMBERS
) -> tuple[dict[str, Any], Path]:
    """Run the pipeline as a user would; give its result and the folder of the outputs."""
    project = write_project(folder, edges, numbers)
    told = cursus(folder, "runtime", "test-pipeline", *project, "--format", "json", "--jobs", "2")
    (result,) = folder.glob("pipeline_testing/runs/*/result.json")
    assert json.loads(told)["status"] == "passed"
    return json.loads(told), result.parent / "outputs"


@pytest.fixture(scope="module")
def with_tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    return run(tmp_path_factory.mktemp("tables"), WITH_TABLES)


@pytest.fixture(scope="module")
def with_currencies(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    return run(tmp_path_factory.mktemp("currencies"), WITH_CURRENCIES, [*NUMBERS, "fare"])


def test_training_uses_the_tables_that_risk_table_mapping_has_fitted(
    with_tables: tuple[dict[str, Any], Path],
) -> None:
    result, outputs = with_tables
    assert {step["status"] for step in result["steps"]} == {"passed"}
    tables = read_json(outputs / "risk_table_mapping/training/model_artifacts_output")
    (archive,) = outputs.glob("xgboost_training/*/output/model.tar.gz")
    with tarfile.open(archive) as packed:
        used = json.load(packed.extractfile("risk_table_map.json") or io.BytesIO())
    assert set(tables) >= {"carrier", "origin"}
    assert {name: used[name] for name in tables} == tables
    training = next(step for step in result["steps"] if step["node"] == "XGBoostTraining")
    assert (
        f"risk tables received for: {', '.join(n for n in CATEGORIES if n in tables)}"
        in (training["stdout"])
    )


def test_the_tables_are_those_of_a_group_by_on_train(
    with_tables: tuple[dict[str, Any], Path],
) -> None:
    _, outputs = with_tables
    tables = read_json(outputs / "risk_table_mapping/training/model_artifacts_output")
    train = read_split(outputs / "tabular_preprocessing/training/processed_data", "train")
    prior, pseudo = train[LABEL].mean(), len(train) * 0.01
    for name, table in tables.items():
        found = train.groupby(name)[LABEL].agg(["size", "sum"])
        risks = (found["sum"] + pseudo * prior) / (found["size"] + pseudo)
        wanted = risks.where(found["size"] >= 5, prior)
        assert table["bins"] == pytest.approx(wanted.to_dict(), rel=1e-12)


def test_a_calibration_job_reads_the_tables_and_scores_as_raw_data_do(
    with_tables: tuple[dict[str, Any], Path],
) -> None:
    _, outputs = with_tables
    tables = read_json(outputs / "risk_table_mapping/training/model_artifacts_output")
    raw, mapped = (
        read_split(outputs / step / "calibration/processed_data", "calibration")
        for step in ("tabular_preprocessing", "risk_table_mapping")
    )
    for name, table in tables.items():
        wanted = raw[name].map(table["bins"]).fillna(table["default_bin"])
        np.testing.assert_array_equal(mapped[name], wanted)
    calibration, testing = (
        pd.read_csv(outputs / f"xgboost_model_eval/{job_type}/eval_output/eval_predictions.csv")
        for job_type in ("calibration", "testing")
    )
    pd.testing.assert_frame_equal(calibration, testing)


def test_fares_are_dollars_when_training_reads_them(
    with_currencies: tuple[dict[str, Any], Path],
) -> None:
    result, outputs = with_currencies
    assert {step["status"] for step in result["steps"]} == {"passed"}
    for job_type, split in (("training", "val"), ("calibration", "calibration")):
        before = read_split(outputs / "tabular_preprocessing" / job_type / "processed_data", split)
        after = read_split(outputs / "currency_conversion" / job_type / "processed_data", split)
        dollars = before["fare"] / before["currency"].map(RATES)
        np.testing.assert_allclose(after["fare"], dollars, rtol=1e-14)
        pd.testing.assert_frame_equal(after.drop(columns="fare"), before.drop(columns="fare"))


def test_both_pipelines_compile_with_the_shipped_scripts(tmp_path: Path) -> None:
    edges = [*WITH_TABLES, ("TabularPreprocessing_training", "CurrencyConversion_training")]
    project = write_project(tmp_path, edges, NUMBERS)
    many = {**RATES, **{f"X{number:03d}": number + 1.0 for number in range(500)}}
    config = read_json(tmp_path, "config.json")
    specific = config["configuration"]["specific"]
    specific["CurrencyConversion_training"]["currency_conversion_dict"] = many
    for fields in specific.values():
        if "data_source" in fields:
            fields["data_source"] = "s3://demo-lake/flights"
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")

    cursus(tmp_path, "compile", *project, "-o", str(tmp_path / "build" / "definition.json"))

    (script,) = (tmp_path / "build").rglob("currency_conversion.py")
    beside = read_json(script.parent, "environment.json")
    assert json.loads(beside["CURRENCY_CONVERSION_DICT"]) == many
    scripts = sorted((tmp_path / "build").rglob("risk_table_mapping.py"))
    given = [read_json(path.parent, "hyperparams/hyperparameters.json") for path in scripts]
    assert [fields["cat_field_list"] for fields in given] == [CATEGORIES]


def read_json(folder: Path, name: str = "risk_table_map.json") -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def read_split(folder: Path, split: str) -> pd.DataFrame:
    return pd.read_csv(folder / split / f"{split}_processed_data.csv")
