"""The catalog's PyTorch pipelines, run for real on flights: training, evaluation, calibration, package."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed; `nox -s torch` runs this")
pytestmark = [pytest.mark.torch, pytest.mark.slow]

COMPLETE = "pytorch_complete_e2e"
SERVE = (
    "import sys, pytorch_inference as i; m = i.model_fn(sys.argv[1]);"
    "p = i.predict_fn(i.input_fn(sys.stdin.buffer.read(), 'text/csv'), m);"
    "print(i.output_fn(p, 'application/json')[0])"
)


@pytest.fixture(scope="module")
def complete(
    run_catalog: Callable[..., Any], catalog_flights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    return run_catalog(COMPLETE, tmp_path_factory.mktemp("complete"), catalog_flights)


@pytest.mark.parametrize(("name", "steps"), [("pytorch_training", 6), ("pytorch_standard_e2e", 9)])
def test_every_step_passes_and_the_model_knows_something(
    run_catalog: Callable[..., Any], catalog_flights: Path, tmp_path: Path, name: str, steps: int
) -> None:
    done = run_catalog(name, tmp_path, catalog_flights)

    assert [step["status"] for step in done.result["steps"]] == ["passed"] * steps
    assert done.step("PyTorchModelEval")["metrics"]["auc_roc"] > 0.57


def test_calibration_reads_the_scores_and_lowers_their_error(complete: Any) -> None:
    evaluated = pd.read_csv(
        complete.file("pytorch_model_eval/*/eval_output/eval_predictions.csv"), nrows=5
    )
    assert list(evaluated.columns) == ["flight_id", "late", "prob_class_0", "prob_class_1"]
    metrics = complete.step("ModelCalibration_calibration")["metrics"]
    assert metrics["after.ece"] < metrics["before.ece"]
    assert complete.step("PyTorchModelEval_calibration")["metrics"]["auc_roc"] > 0.57


def test_the_package_answers_with_the_scores_of_the_evaluation(
    complete: Any, catalog_flights: Path, unpack: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    unpack(complete.file("package/packaged_model/model.tar.gz"), tmp_path)
    flights = pd.read_csv(catalog_flights / "calibration" / "part-00000.csv", dtype=str)
    request = flights[flights["late"].notna()].head(50).to_csv(index=False)

    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path)],
        input=request,
        capture_output=True,
        text=True,
        cwd=tmp_path / "code",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])["predictions"]
    folder = complete.file("model_calibration/*/calibrated_data")
    (table,) = [pd.read_csv(path) for path in folder.iterdir()]
    for field, column in (
        ("legacy-score", "prob_class_1"),
        ("calibrated-score", "calibrated_prob_class_1"),
    ):
        wanted = table[column].head(50).tolist()
        assert [answer[field] for answer in answers] == pytest.approx(wanted, abs=1e-6)


def test_the_payload_holds_the_fields_of_the_model(complete: Any) -> None:
    with tarfile.open(complete.file("payload/payload_sample/payload.tar.gz")) as packed:
        (name,) = packed.getnames()
        content = packed.extractfile(name)
        assert content is not None
        assert content.read().decode() == "0.0,0.0,0.0,0.0,DEFAULT_TEXT,DEFAULT_TEXT,DEFAULT_TEXT\n"
