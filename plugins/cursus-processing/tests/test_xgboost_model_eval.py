"""The evaluation of an XGBoost model on real flights: scores, metrics, and what is refused."""

from __future__ import annotations

import argparse
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from types import ModuleType

    Evaluate = Callable[..., Any]

NUMERIC = ["dep_delay", "distance"]
FEATURES = [*NUMERIC, "origin"]
FIELDS = {"ID_FIELD": "flight_id", "LABEL_FIELD": "late"}
RISKS = {"bins": {"EWR": 0.24, "JFK": 0.21, "LGA": 0.23}, "default_bin": 0.2275}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The two folders that an evaluation has written."""

    predictions: Path
    metrics: Path

    def table(self) -> pd.DataFrame:
        path = self.predictions / "eval_predictions.csv"
        return pd.read_csv(path, dtype={"flight_id": str})

    def scores(self) -> np.ndarray[Any, Any]:
        return np.asarray(self.table()["prob_class_1"])

    def found(self) -> Any:
        return json.loads((self.metrics / "metrics.json").read_text(encoding="utf-8"))


def encode(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    numbers = frame[NUMERIC].fillna(100.0)
    risks = frame["origin"].map(RISKS["bins"]).fillna(RISKS["default_bin"])
    return np.column_stack([numbers, risks])


def write_model(folder: Path, rows: pd.DataFrame, classes: int = 2) -> Path:
    """Fit a tiny booster and write it in the layout that training documents."""
    parameters: dict[str, Any] = {"max_depth": 3, "objective": "binary:logistic", "nthread": 1}
    if classes > 2:
        parameters.update(objective="multi:softprob", num_class=classes)
    matrix = xgb.DMatrix(encode(rows), label=rows["late"], feature_names=FEATURES)
    booster = xgb.train(parameters, matrix, num_boost_round=8)
    typical = xgb.DMatrix([[100.0, 100.0, RISKS["default_bin"]]], feature_names=FEATURES)
    score = booster.predict(typical)[0].tolist()
    folder.mkdir(parents=True)
    booster.save_model(folder / "xgboost_model.json")
    (folder / "feature_columns.txt").write_text("\n".join([*FEATURES, ""]))
    (folder / "impute_dict.json").write_text(json.dumps(dict.fromkeys(NUMERIC, 100.0)))
    (folder / "risk_table_map.json").write_text(json.dumps({"origin": RISKS}))
    typical_score = score if classes > 2 else [1 - score, score]
    written = {"xgboost_version": xgb.__version__, "typical_score": typical_score}
    (folder / "hyperparameters.json").write_text(json.dumps(written))
    return folder


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("xgboost_model_eval")


@pytest.fixture(scope="session")
def rows(flights: pd.DataFrame) -> pd.DataFrame:
    """Take the labelled flights; some lack a distance or an origin."""
    frame = flights.loc[flights["late"].notna(), ["origin", "late", *NUMERIC, "flight_id"]].copy()
    frame.loc[::10, "distance"] = np.nan
    frame.loc[::15, "origin"] = None
    return frame.reset_index(drop=True)


@pytest.fixture(scope="session")
def model(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("trained") / "model", rows[::2])


@pytest.fixture(scope="session")
def expected(rows: pd.DataFrame, model: Path) -> np.ndarray[Any, Any]:
    booster = xgb.Booster(model_file=str(model / "xgboost_model.json"))
    scores = booster.predict(xgb.DMatrix(encode(rows), feature_names=FEATURES))
    return np.asarray(scores, dtype="float64")


@pytest.fixture
def evaluate(script: ModuleType, tmp_path: Path) -> Evaluate:
    """Run main on a model and rows, written as the split `test` where no other is named."""

    def run(model: Path, rows: pd.DataFrame, split: str = "test", **environment: str) -> Evaluated:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        (folder / "data" / split).mkdir(parents=True)
        rows.to_csv(folder / "data" / split / f"{split}_processed_data.csv", index=False)
        done = Evaluated(predictions=folder / "eval", metrics=folder / "metrics")
        script.main(
            {"model_input": str(model), "processed_data": str(folder / "data")},
            {"eval_output": str(done.predictions), "metrics_output": str(done.metrics)},
            {**FIELDS, **environment},
            argparse.Namespace(job_type="calibration"),
        )
        return done

    return run


def pack(model: Path, archive: Path) -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(model, ".")
    return archive


def test_the_scores_are_those_of_the_booster_in_the_order_of_the_rows(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, expected: np.ndarray[Any, Any]
) -> None:
    table = evaluate(model, rows).table()

    assert list(table.columns) == ["flight_id", "late", "prob_class_0", "prob_class_1"]
    assert table["flight_id"].tolist() == rows["flight_id"].tolist()
    assert table["late"].tolist() == rows["late"].tolist()
    np.testing.assert_allclose(table["prob_class_1"], expected, atol=1e-6)
    np.testing.assert_allclose(table["prob_class_0"] + table["prob_class_1"], 1)


def test_the_metrics_are_those_of_scikit_learn(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, expected: np.ndarray[Any, Any]
) -> None:
    found, label = evaluate(model, rows).found(), rows["late"]

    assert found["auc_roc"] == pytest.approx(roc_auc_score(label, expected))
    precision = average_precision_score(label, expected)
    assert found["average_precision"] == pytest.approx(precision)
    for edge in (0.3, 0.5, 0.7):
        assert found[f"f1_score_at_{edge}"] == pytest.approx(f1_score(label, expected >= edge))
    assert found["rows"] == found["rows_labelled"] == len(rows)
    assert found["label_counts"] == {"0": (label == 0).sum(), "1": (label == 1).sum()}


def test_the_order_of_the_columns_makes_no_difference(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame
) -> None:
    straight, turned = evaluate(model, rows), evaluate(model, rows[rows.columns[::-1]])

    assert straight.table().equals(turned.table())


def test_two_runs_write_the_same_bytes(evaluate: Evaluate, model: Path, rows: pd.DataFrame) -> None:
    runs = [evaluate(model, rows) for _ in range(2)]

    for name in ("metrics.json", "metrics_summary.txt", "roc_curve.svg", "pr_curve.svg"):
        assert (runs[0].metrics / name).read_bytes() == (runs[1].metrics / name).read_bytes()
    assert runs[0].table().equals(runs[1].table())


@pytest.mark.parametrize("place", ["model.tar.gz", ".", ".."])
def test_a_model_archive_is_found_by_its_path_and_below_a_folder(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, tmp_path: Path, place: str
) -> None:
    output = pack(model, tmp_path / "job" / "output" / "model.tar.gz").parent

    done = evaluate(output / place, rows)

    assert done.table().equals(evaluate(model, rows).table())


def test_two_archives_below_the_folder_are_an_error(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    for job in ("a", "b"):
        pack(model, tmp_path / "jobs" / job / "output" / "model.tar.gz")

    with pytest.raises(FileNotFoundError, match=r"model\.tar\.gz.*jobs/a.*jobs/b"):
        evaluate(tmp_path / "jobs", rows)


def test_a_broken_archive_is_refused(
    evaluate: Evaluate, rows: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "model.tar.gz").write_bytes(b"no archive")

    with pytest.raises(FileNotFoundError, match=r"one readable model\.tar\.gz; it holds neither"):
        evaluate(tmp_path / "model.tar.gz", rows)


@pytest.mark.parametrize("has_filter", [True, False])
def test_an_archive_that_reaches_outside_is_refused(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_filter: bool
) -> None:
    archive = tmp_path / "in" / "model.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo("../outside.txt")
        member.size = 3
        packed.addfile(member, io.BytesIO(b"out"))
    if not has_filter:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)

    with pytest.raises((tarfile.TarError, ValueError), match="outside"):
        script.unpack(archive, tmp_path / "there" / "model")

    assert not list(tmp_path.rglob("outside.txt"))


def test_the_split_of_the_job_type_comes_before_test(script: ModuleType, tmp_path: Path) -> None:
    for split in ("calibration", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / f"{split}_processed_data.parquet").touch()

    assert script.find_split(tmp_path, "calibration").parent.name == "calibration"
    assert script.find_split(tmp_path, "training").parent.name == "test"


def test_a_folder_with_neither_split_is_refused(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()

    with pytest.raises(FileNotFoundError, match="no split evaluation and no test, but train"):
        script.find_split(tmp_path, "evaluation")


def test_rows_without_a_label_are_scored_but_not_measured(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, expected: np.ndarray[Any, Any]
) -> None:
    known = np.arange(len(rows)) % 3 > 0
    done = evaluate(model, rows.assign(late=rows["late"].where(known)))

    np.testing.assert_allclose(done.scores(), expected, atol=1e-6)
    assert done.table()["late"].notna().tolist() == known.tolist()
    assert done.found()["rows_unlabelled"] == (~known).sum()
    auc = roc_auc_score(rows["late"][known], expected[known])
    assert done.found()["auc_roc"] == pytest.approx(auc)
    summary = (done.metrics / "metrics_summary.txt").read_text(encoding="utf-8")
    assert "The metrics are those of the labelled rows." in summary


def test_without_any_label_there_are_scores_and_null_metrics(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, expected: np.ndarray[Any, Any]
) -> None:
    done = evaluate(model, rows.drop(columns="late"))

    np.testing.assert_allclose(done.scores(), expected, atol=1e-6)
    assert done.table()["late"].isna().all()
    assert done.found()["auc_roc"] is None
    assert done.found()["rows_labelled"] == 0
    assert "Not defined" in (done.metrics / "metrics_summary.txt").read_text(encoding="utf-8")


def test_risks_that_are_mapped_already_are_taken_as_they_are(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame
) -> None:
    mapped = rows.assign(origin=rows["origin"].map(RISKS["bins"]))

    assert evaluate(model, mapped).table().equals(evaluate(model, rows).table())


def test_three_classes_are_measured_one_against_the_rest(
    evaluate: Evaluate, rows: pd.DataFrame, tmp_path: Path
) -> None:
    graded = rows.assign(late=np.digitize(rows["dep_delay"], [-3, 15]))
    done = evaluate(write_model(tmp_path / "three", graded[::2], 3), graded)

    scores = done.table()[[f"prob_class_{index}" for index in range(3)]].to_numpy()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    told = [graded["late"] == index for index in range(3)]
    areas = [roc_auc_score(told[index], scores[:, index]) for index in range(3)]
    f1 = [f1_score(told[index], scores[:, index] >= 0.3) for index in range(3)]
    assert done.found()["auc_roc"] == pytest.approx(np.mean(areas))
    assert done.found()["f1_score_at_0.3"] == pytest.approx(np.mean(f1))


@pytest.mark.parametrize(
    ("dropped", "label", "environment", "message"),
    [
        (["flight_id"], 0, {}, "no column 'flight_id'; set ID_FIELD"),
        (["distance", "origin"], 0, {}, "lacks the model's features distance, origin"),
        ([], 2, {}, r"label 'late' is 2; the model knows 0\.\.1"),
        ([], "yes", {}, "label 'late' is 'yes'"),
        ([], 0, {"ID_FIELD": ""}, "ID_FIELD is not set"),
        ([], 0, {"LABEL_FIELD": ""}, "LABEL_FIELD is not set"),
    ],
)
def test_data_that_does_not_fit_the_model_is_refused(  # noqa: PLR0913 - one row of the table each
    evaluate: Evaluate,
    model: Path,
    rows: pd.DataFrame,
    *,
    dropped: list[str],
    label: Any,
    environment: dict[str, str],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(model, rows.assign(late=label).drop(columns=dropped), **environment)


def test_an_incomplete_model_folder_is_refused(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "part").mkdir()
    text = (model / "xgboost_model.json").read_text()
    (tmp_path / "part" / "xgboost_model.json").write_text(text)

    with pytest.raises(FileNotFoundError, match=r"lacks risk_table_map\.json, impute_dict"):
        evaluate(tmp_path / "part", rows)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("hyperparameters.json", '{"typical_score": [0.5, 0.5]}', "A typical row scores .* here"),
        ("xgboost_model.json", '{"learner": {}}', "The model cannot be read: use the XGBoost"),
    ],
)
def test_a_booster_that_this_xgboost_misreads_is_refused(  # noqa: PLR0913 - one row of the table
    evaluate: Evaluate, rows: pd.DataFrame, tmp_path: Path, *, name: str, content: str, message: str
) -> None:
    model = write_model(tmp_path / "model", rows[::4])
    (model / name).write_text(content)

    with pytest.raises(RuntimeError, match=message):
        evaluate(model, rows)


def test_the_curves_are_well_formed_and_take_the_colour_of_the_page(
    evaluate: Evaluate, model: Path, rows: pd.DataFrame
) -> None:
    done = evaluate(model, rows)

    for name in ("roc_curve", "pr_curve"):
        text = (done.metrics / f"{name}.svg").read_text(encoding="utf-8")
        drawn = ET.fromstring(text)  # noqa: S314 - written by this test's own run
        assert drawn.get("fill") == "currentColor"
        assert "class 1, A" in text


def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    model: Path,
    rows: pd.DataFrame,
    expected: np.ndarray[Any, Any],
    tmp_path: Path,
) -> None:
    base = tmp_path / "ml" / "processing"
    pack(model, base / "input" / "model" / "model.tar.gz")
    (base / "input" / "eval_data" / "test").mkdir(parents=True)
    rows.to_csv(base / "input" / "eval_data" / "test" / "test_processed_data.csv", index=False)

    done = run_program("xgboost_model_eval", "--job_type", "calibration", **FIELDS)

    assert done.returncode == 0, done.stderr
    written = Evaluated(predictions=base / "output" / "eval", metrics=base / "output" / "metrics")
    np.testing.assert_allclose(written.scores(), expected, atol=1e-6)
    assert written.found()["auc_roc"] > 0.85
