"""Pipelines of the catalog on synthetic data: each passes on standard data, each scenario does what it says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog import read_catalog
from cursus.kernel.plugins import load_plugins
from cursus.runtime import PipelineExecutor

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("synthetic")]

EXPORTED = ("xgboost_training_with_evaluation", "--dag", "dag.json", "--config", "config.json")
RUNNABLE = [
    "dummy_e2e_basic",
    "xgboost_complete_e2e",
    "xgboost_simple",
    "xgboost_training_with_calibration",
    "xgboost_training_with_evaluation",
]
PYTORCH = ["pytorch_complete_e2e", "pytorch_standard_e2e", "pytorch_training"]
HAS_TORCH = importlib.util.find_spec("torch") is not None
Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs training with evaluation on synthetic data: exit code, steps by node, stderr."""
    cursus(tmp_path, "catalog", "export", *EXPORTED)

    def test(scenario: str, *more: str) -> tuple[int, dict[str, Any], str]:
        words = ["runtime", "test-pipeline", "-d", "dag.json", "-c", "config.json", *more]
        told = cursus(
            tmp_path, *words, "--data", "synthetic", "--scenario", scenario, "--format", "json"
        )
        steps = json.loads(told.stdout)["steps"]
        return told.returncode, {step["node"]: step for step in steps}, told.stderr

    return test


def cursus(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cursus", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_pipeline_of_the_catalog_passes(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dag = read_catalog(load_plugins()).find(name).entry.dag()

    result = PipelineExecutor(tmp_path).execute_pipeline(dag)

    with capsys.disabled():
        steps = len(result.completed_steps)
        sys.stdout.write(f"\n{name}: {steps} steps in {result.total_duration:.1f} s\n")
    assert result.error is None
    assert [step.status for step in result.completed_steps] == ["SUCCESS"] * len(dag.nodes)


@pytest.mark.skipif(HAS_TORCH, reason="says what happens without torch")
@pytest.mark.parametrize("name", PYTORCH)
def test_a_pytorch_pipeline_is_refused_without_torch(name: str, tmp_path: Path) -> None:
    cursus(tmp_path, "catalog", "export", name, *EXPORTED[1:])
    words = ("runtime", "test-pipeline", "-d", "dag.json", "-c", "config.json")
    told = cursus(tmp_path, *words, "--data", "synthetic")
    assert told.returncode == 2
    assert "CUR0704 error: torch is not installed" in told.stderr


def test_a_model_learns_from_standard_data(run: Run) -> None:
    code, steps, _ = run("standard")
    assert code == 0
    assert steps["XGBoostModelEval"]["metrics"]["auc_roc"] > 0.75


@pytest.mark.parametrize("scenario", ["nulls", "unseen-categories", "unicode", "extreme-values"])
def test_odd_but_sound_data_passes(run: Run, scenario: str) -> None:
    code, steps, _ = run(scenario)
    assert {step["status"] for step in steps.values()} == {"passed"}
    assert code == 0


@pytest.mark.parametrize(
    ("scenario", "node", "message"),
    [
        ("empty", "CradleDataLoading_training", "the tables of DATA hold no rows"),
        ("one-row", "TabularPreprocessing_training", "Too few rows for a split by late"),
        ("one-class", "XGBoostTraining", "Every label of train is 0; it takes two classes"),
        ("malformed", "CradleDataLoading_training", "part-00001.parquet is no readable table"),
    ],
)
def test_data_that_cannot_pass_fails_at_the_step_that_meets_it_first(
    run: Run, scenario: str, node: str, message: str
) -> None:
    code, steps, _ = run(scenario)
    assert code == 1
    assert steps[node]["status"] == "failed"
    assert message in steps[node]["error"]
