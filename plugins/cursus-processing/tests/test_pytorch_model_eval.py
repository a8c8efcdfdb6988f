"""The evaluation of a PyTorch model that the training script made of real flights."""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import pickle
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from cursus.kernel.step_type import Script
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `nox -s torch` runs this")
pytestmark = pytest.mark.torch

if TYPE_CHECKING:
    import subprocess
    from types import ModuleType

Evaluate = Callable[..., Any]
Train = Callable[..., Path]

NUMERIC = ["dep_delay", "distance"]
CATEGORICAL = ["carrier", "origin"]
FIELDS = {"ID_FIELD": "flight_id", "LABEL_FIELD": "late"}
RISKS = {"EWR": 0.24, "JFK": 0.21, "LGA": 0.23}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The two folders that an evaluation has written."""

    predictions: Path
    metrics: Path

    def table(self) -> pd.DataFrame:
        path = self.predictions / "eval_predictions.csv"
        return pd.read_csv(path, dtype={"flight_id": str})

    def found(self) -> Any:
        return json.loads((self.metrics / "metrics.json").read_text(encoding="utf-8"))


def write_split(folder: Path, split: str, rows: pd.DataFrame) -> None:
    (folder / split).mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / split / f"{split}_processed_data.csv", index=False)


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("pytorch_model_eval")


@pytest.fixture(scope="session")
def rows(flights: pd.DataFrame) -> pd.DataFrame:
    """Take the labelled flights; some lack a distance or a carrier."""
    columns = [*CATEGORICAL, "late", *NUMERIC, "flight_id"]
    frame = flights.loc[flights["late"].notna(), columns].reset_index(drop=True)
    frame.loc[::7, "distance"] = np.nan
    frame.loc[::15, "carrier"] = None
    return frame


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Run the training script, whose test split is every other row; give the folder of its run."""
    path = Script(package="cursus_training", file="pytorch_training.py").path()
    spec = importlib.util.spec_from_file_location("pytorch_training", str(path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(rows: pd.DataFrame, classes: int = 2, **amended: Any) -> Path:
        folder = tmp_path_factory.mktemp("trained")
        tables = amended.pop("tables", None)
        settings = {"tab_field_list": NUMERIC, "cat_field_list": CATEGORICAL, "max_epochs": 3}
        settings |= {"id_name": "flight_id", "label_name": "late", "lr": 0.01, "batch_size": 64}
        settings |= {"multiclass_categories": list(range(classes)), **amended}
        (folder / "hyperparameters.json").write_text(json.dumps(settings))
        (folder / "risk_table_map.json").write_text(json.dumps(tables))
        for split, part in (("train", rows[::2]), ("val", rows[1::4]), ("test", rows[1::2])):
            write_split(folder, split, part)
        inputs = {"input_path": str(folder), "hyperparameters_s3_uri": str(folder)}
        inputs |= {"model_artifacts_input": str(folder)} if tables else {}
        outputs = {name: str(folder / name) for name in ("model_output", "evaluation_output")}
        module.main(inputs, outputs, {}, argparse.Namespace())
        return folder

    return run


@pytest.fixture(scope="session")
def trained(train: Train, rows: pd.DataFrame) -> Path:
    return train(rows)


@pytest.fixture
def evaluate(script: ModuleType, tmp_path: Path) -> Evaluate:
    """Run main on a model and the folder of its splits."""

    def run(model: Path, data: Path, **environment: str) -> Evaluated:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        done = Evaluated(predictions=folder / "eval", metrics=folder / "metrics")
        script.main(
            {"model_input": str(model), "processed_data": str(data)},
            {"eval_output": str(done.predictions), "metrics_output": str(done.metrics)},
            {**FIELDS, **environment},
            argparse.Namespace(job_type="calibration"),
        )
        return done

    return run


def of_training(trained: Path) -> pd.DataFrame:
    path = trained / "evaluation_output" / "test" / "predictions.csv"
    return pd.read_csv(path, dtype={"flight_id": str})


def model_with(trained: Path, folder: Path, **changed: bytes) -> Path:
    """Copy a model and change one of its files, named without its ending."""
    shutil.copytree(trained / "model_output", folder)
    for path in folder.iterdir():
        if path.stem in changed:
            path.write_bytes(changed[path.stem])
    return folder


def test_the_scores_are_those_of_training_on_the_same_rows(
    evaluate: Evaluate, trained: Path
) -> None:
    table = evaluate(trained / "model_output", trained).table()

    pd.testing.assert_frame_equal(table, of_training(trained), check_dtype=False)


def test_the_metrics_are_those_of_scikit_learn(evaluate: Evaluate, trained: Path) -> None:
    found = evaluate(trained / "model_output", trained).found()

    label, score = of_training(trained)["late"], of_training(trained)["prob_class_1"]
    assert found["auc_roc"] == pytest.approx(roc_auc_score(label, score))
    assert found["auc_roc"] > 0.85
    assert found["average_precision"] == pytest.approx(average_precision_score(label, score))
    for edge in (0.3, 0.5, 0.7):
        assert found[f"f1_score_at_{edge}"] == pytest.approx(f1_score(label, score >= edge))


def test_it_writes_the_files_of_the_xgboost_evaluation_and_twice_the_same_bytes(
    evaluate: Evaluate, trained: Path
) -> None:
    runs = [evaluate(trained / "model_output", trained) for _ in range(2)]

    names = {"metrics.json", "metrics_summary.txt", "roc_curve.svg", "pr_curve.svg"}
    assert {path.name for path in runs[0].metrics.iterdir()} == names
    for name in names:
        assert (runs[0].metrics / name).read_bytes() == (runs[1].metrics / name).read_bytes()
    assert runs[0].table().equals(runs[1].table())


@pytest.mark.parametrize("place", ["model.tar.gz", ".", ".."])
def test_a_model_archive_is_found_by_its_path_and_below_a_folder(
    evaluate: Evaluate, trained: Path, tmp_path: Path, place: str
) -> None:
    archive = tmp_path / "job" / "output" / "model.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(trained / "model_output", ".")

    done = evaluate(archive.parent / place, trained)

    assert done.table().equals(evaluate(trained / "model_output", trained).table())


def test_the_split_of_the_job_type_comes_before_test_and_may_be_parquet_in_another_order(
    evaluate: Evaluate, trained: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    write_split(tmp_path / "data", "test", rows.head(3))
    target = tmp_path / "data" / "calibration" / "calibration_processed_data.parquet"
    target.parent.mkdir()
    rows[1::2][sorted(rows.columns)].to_parquet(target)

    table = evaluate(trained / "model_output", tmp_path / "data").table()

    pd.testing.assert_frame_equal(table, of_training(trained), check_dtype=False)


def test_rows_without_a_label_are_scored_but_not_measured(
    evaluate: Evaluate, trained: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    part = rows[1::2]
    known = np.arange(len(part)) % 3 > 0
    write_split(tmp_path / "data", "test", part.assign(late=part["late"].where(known)))
    done = evaluate(trained / "model_output", tmp_path / "data")

    scores = of_training(trained)["prob_class_1"]
    assert done.table()["prob_class_1"].equals(scores)
    assert done.found()["rows_unlabelled"] == (~known).sum()
    assert done.found()["auc_roc"] == pytest.approx(
        roc_auc_score(part["late"][known], scores[known])
    )


def test_three_classes_are_measured_one_against_the_rest(
    evaluate: Evaluate, train: Train, rows: pd.DataFrame
) -> None:
    trained = train(rows.assign(late=np.digitize(rows["dep_delay"], [-3, 15])), 3)
    done = evaluate(trained / "model_output", trained)

    table = done.table()
    told = [table["late"] == index for index in range(3)]
    areas = [roc_auc_score(told[index], table[f"prob_class_{index}"]) for index in range(3)]
    assert done.found()["auc_roc"] == pytest.approx(np.mean(areas))
    pd.testing.assert_frame_equal(table, of_training(trained), check_dtype=False)


def test_texts_and_risk_tables_of_training_are_applied(
    evaluate: Evaluate, train: Train, rows: pd.DataFrame
) -> None:
    told = rows.assign(remark=rows["carrier"].fillna("") + " flew from " + rows["origin"])
    tables = {"origin": {"bins": RISKS, "default_bin": 0.22}}
    trained = train(told, text_name="remark", tables=tables)

    table = evaluate(trained / "model_output", trained).table()

    pd.testing.assert_frame_equal(table, of_training(trained), check_dtype=False)


class Opener:
    """A pickle of this would open a file when it is read."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


def test_a_model_that_would_run_code_is_refused_and_does_not(
    evaluate: Evaluate, trained: Path, tmp_path: Path
) -> None:
    saved, bad = io.BytesIO(), {"layers.0.weight": Opener(str(tmp_path / "owned"))}
    torch.save(bad, saved)
    for name, content in (("saved", saved.getvalue()), ("pickled", pickle.dumps(bad, protocol=2))):
        model = model_with(trained, tmp_path / name, model=content)
        with pytest.raises(ValueError, match=r"model\.pth does not fit the model's files"):
            evaluate(model, trained)

    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": b"no tensors"}, r"model\.pth does not fit the model's files"),
        ({"hyperparameters": b"{}"}, "does not fit the model's files: 'hidden_layers'"),
        (
            {"hyperparameters": b'{"hidden_layers": [8], "dropout": 0, "num_classes": 2}'},
            r"does not fit the model's files: .*size mismatch for layers\.0\.weight",
        ),
        ({"feature_columns": b"distance\n"}, "name other features"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    evaluate: Evaluate, trained: Path, tmp_path: Path, changed: dict[str, bytes], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(model_with(trained, tmp_path / "model", **changed), trained)


def test_an_incomplete_model_folder_is_refused(
    evaluate: Evaluate, trained: Path, tmp_path: Path
) -> None:
    model = model_with(trained, tmp_path / "model")
    (model / "preprocessing.json").unlink()

    with pytest.raises(FileNotFoundError, match=r"lacks preprocessing\.json; PyTorchTraining"):
        evaluate(model, trained)


@pytest.mark.parametrize(
    ("dropped", "label", "environment", "message"),
    [
        (["flight_id"], 0, {}, "no column 'flight_id'; set ID_FIELD"),
        (["distance", "origin"], 0, {}, "lacks the model's features distance, origin"),
        ([], 2, {}, r"label 'late' is 2; the model knows 0\.\.1"),
        ([], 0, {"LABEL_FIELD": ""}, "LABEL_FIELD is not set"),
    ],
)
def test_data_that_does_not_fit_the_model_is_refused(  # noqa: PLR0913 - one row of the table each
    evaluate: Evaluate,
    trained: Path,
    rows: pd.DataFrame,
    tmp_path: Path,
    *,
    dropped: list[str],
    label: int,
    environment: dict[str, str],
    message: str,
) -> None:
    write_split(tmp_path / "data", "test", rows.assign(late=label).drop(columns=dropped))

    with pytest.raises(ValueError, match=message):
        evaluate(trained / "model_output", tmp_path / "data", **environment)


def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]], trained: Path, tmp_path: Path
) -> None:
    base = tmp_path / "ml" / "processing"
    shutil.copytree(trained / "model_output", base / "input" / "model")
    shutil.copytree(trained / "test", base / "input" / "eval_data" / "test")

    done = run_program("pytorch_model_eval", "--job_type", "calibration", **FIELDS)

    assert done.returncode == 0, done.stderr
    written = Evaluated(predictions=base / "output" / "eval", metrics=base / "output" / "metrics")
    pd.testing.assert_frame_equal(written.table(), of_training(trained), check_dtype=False)
