"""Calibration of the scores of real flights: what each method gains, writes and refuses."""

from __future__ import annotations

import argparse
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Array = np.ndarray[Any, Any]
    Calibrate = Callable[..., Any]

METHODS = ("gam", "isotonic", "platt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The folder of a calibration run, with its three outputs."""

    folder: Path

    def model(self) -> Any:
        path = self.folder / "calibration" / "calibration_model.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def curve(self) -> tuple[Array, Array]:
        curve = self.model()["curves"][0]
        return np.array(curve["x"]), np.array(curve["y"])

    def metrics(self) -> Any:
        path = self.folder / "metrics" / "calibration_metrics.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def table(self) -> pd.DataFrame:
        path = self.folder / "calibrated_data" / "calibrated_data.csv"
        return pd.read_csv(path, dtype={"flight_id": str})


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("model_calibration")


@pytest.fixture(scope="session")
def predictions(flights: pd.DataFrame) -> pd.DataFrame:
    """Score the flights by their departure delay, then make the scores overconfident."""
    frame = flights[flights["late"].notna()]
    delay = frame[["dep_delay"]].clip(-20, 60)
    fair = LogisticRegression().fit(delay, frame["late"]).predict_proba(delay)[:, 1]
    score = expit(2.5 * logit(fair) + 1.5)
    columns = {"flight_id": frame["flight_id"].str[1:], "late": frame["late"].astype("int64")}
    return pd.DataFrame({**columns, "prob_class_0": 1 - score, "prob_class_1": score})


@pytest.fixture
def calibrate(script: ModuleType, tmp_path: Path) -> Calibrate:
    """Run main on predictions, a table or the folder that holds them."""

    def run(given: pd.DataFrame | Path, **environment: str) -> Calibrated:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        place = given
        if isinstance(given, pd.DataFrame):
            place = folder / "in"
            place.mkdir(parents=True)
            given.to_csv(place / "eval_predictions.csv", index=False)
        outputs = {
            "calibration_output": str(folder / "calibration"),
            "metrics_output": str(folder / "metrics"),
            "calibrated_data": str(folder / "calibrated_data"),
        }
        environment = {"LABEL_FIELD": "late", **environment}
        job_args = argparse.Namespace(job_type="calibration")
        assert script.main({"evaluation_data": str(place)}, outputs, environment, job_args) is None
        return Calibrated(folder=folder)

    return run


def drawn(score: Array, rate: Array) -> pd.DataFrame:
    """Draw labels with the given rates for the given scores."""
    label = np.random.default_rng(5).random(len(score)) < rate
    return pd.DataFrame({"late": label.astype("int64"), "prob_class_1": score})


def expected_calibration_error(label: Array, score: Array) -> float:
    gaps = 0.0
    for lower in np.arange(10) / 10:
        inside = (score >= lower) & ((score < lower + 0.1) | (lower == 0.9))
        if inside.any():
            gaps += inside.sum() * abs(score[inside].mean() - label[inside].mean())
    return gaps / len(label)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_mends_overconfident_scores(
    calibrate: Calibrate, predictions: pd.DataFrame, method: str
) -> None:
    found = calibrate(predictions, CALIBRATION_METHOD=method).metrics()

    assert found["before"]["ece"] > 0.05
    assert found["after"]["ece"] < found["before"]["ece"] / 2
    assert found["after"]["brier"] < found["before"]["brier"]
    assert found["after"]["auc"] == pytest.approx(found["before"]["auc"], abs=0.005)
    assert found["after"]["mce"] < found["before"]["mce"]


def test_the_metrics_are_those_of_their_definitions(
    calibrate: Calibrate, predictions: pd.DataFrame
) -> None:
    found = calibrate(predictions).metrics()["before"]

    label, score = predictions["late"].to_numpy(), predictions["prob_class_1"].to_numpy()
    assert found["auc"] == pytest.approx(roc_auc_score(label, score))
    assert found["brier"] == pytest.approx(brier_score_loss(label, score))
    assert found["ece"] == pytest.approx(expected_calibration_error(label, score))
    assert sum(row["count"] for row in found["bins"]) == len(label)
    gaps = [abs(row["mean_score"] - row["rate"]) for row in found["bins"]]
    assert found["mce"] == pytest.approx(max(gaps))


@pytest.mark.parametrize("method", METHODS)
def test_the_curve_rises_and_has_the_asked_number_of_points(
    calibrate: Calibrate, predictions: pd.DataFrame, method: str
) -> None:
    environment = {"CALIBRATION_METHOD": method, "CALIBRATION_SAMPLE_POINTS": "333"}
    x, y = calibrate(predictions, **environment).curve()

    assert len(x) == len(y) == 333
    assert (x[0], x[-1]) == (0, 1)
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) >= 0).all()
    assert 0 <= y[0] < y[-1] <= 1


def test_the_calibrated_scores_are_read_off_the_curve(
    calibrate: Calibrate, predictions: pd.DataFrame
) -> None:
    done = calibrate(predictions)

    table, (x, y) = done.table(), done.curve()
    read_off = np.interp(predictions["prob_class_1"], x, y)
    np.testing.assert_allclose(table["calibrated_prob_class_1"], read_off, atol=1e-9)
    assert table["flight_id"].tolist() == predictions["flight_id"].tolist()
    assert done.model() | {"curves": []} == {
        "method": "gam",
        "is_binary": True,
        "score_field": "prob_class_1",
        "curves": [],
    }


def test_the_gam_finds_a_known_curve(calibrate: Calibrate) -> None:
    score = np.random.default_rng(1).uniform(0.01, 0.99, 20_000)
    x, y = calibrate(drawn(score, score**2)).curve()

    inside = (x > 0.05) & (x < 0.95)
    assert np.abs(y - x**2)[inside].max() < 0.03


def test_the_gam_leaves_calibrated_scores_as_they_are(calibrate: Calibrate) -> None:
    score = np.random.default_rng(2).beta(1, 4, 20_000)
    x, y = calibrate(drawn(score, score)).curve()

    inside = (x > 0.02) & (x < 0.7)
    assert np.abs(y - x)[inside].max() < 0.03


def test_without_the_constraint_the_gam_follows_a_hump(calibrate: Calibrate) -> None:
    score = np.random.default_rng(3).uniform(0.01, 0.99, 8_000)
    hump = drawn(score, 0.8 - 2 * (score - 0.5) ** 2)

    free = calibrate(hump, MONOTONIC_CONSTRAINT="False").curve()[1]
    bound = calibrate(hump, MONOTONIC_CONSTRAINT="true").curve()[1]

    assert np.diff(free).min() < 0 < np.diff(free).max()
    assert (np.diff(bound) >= 0).all()


def test_platt_is_the_logistic_regression_of_his_targets_on_the_log_odds(
    calibrate: Calibrate, predictions: pd.DataFrame
) -> None:
    x, y = calibrate(predictions, CALIBRATION_METHOD="platt").curve()

    odds, late = logit(predictions["prob_class_1"].to_numpy()), predictions["late"] == 1
    target = np.where(late, (late.sum() + 1) / (late.sum() + 2), 1 / ((~late).sum() + 2))
    both = np.repeat([1, 0], len(odds))
    line = LogisticRegression(C=1e9, tol=1e-8)
    line.fit(np.tile(odds, 2)[:, None], both, np.concatenate([target, 1 - target]))
    expected = line.predict_proba(logit(x[1:-1])[:, None])[:, 1]
    np.testing.assert_allclose(y[1:-1], expected, atol=1e-4)


def test_isotonic_is_that_of_scikit_learn(calibrate: Calibrate, predictions: pd.DataFrame) -> None:
    x, y = calibrate(predictions, CALIBRATION_METHOD="isotonic").curve()

    steps = IsotonicRegression(out_of_bounds="clip")
    steps.fit(predictions["prob_class_1"], predictions["late"])
    np.testing.assert_allclose(y, steps.predict(x), atol=1e-9)


@pytest.mark.parametrize("method", ["gam", "platt"])
def test_separable_classes_give_a_finite_curve(calibrate: Calibrate, method: str) -> None:
    score = np.array([0.0] * 30 + [0.2] * 30 + [0.8] * 30 + [1.0] * 30)

    y = calibrate(drawn(score, score.round()), CALIBRATION_METHOD=method).curve()[1]

    assert np.isfinite(y).all()
    assert y[0] < 0.05
    assert y[-1] > 0.95


def test_scores_against_the_label_give_a_flat_curve_and_a_warning(
    calibrate: Calibrate, predictions: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = predictions.assign(prob_class_1=predictions["prob_class_0"])

    y = calibrate(turned).curve()[1]

    np.testing.assert_allclose(y, predictions["late"].mean(), atol=1e-3)
    assert "does not rise with the score" in capsys.readouterr().out


@pytest.mark.parametrize("method", METHODS)
def test_two_runs_write_the_same_bytes(
    calibrate: Calibrate, predictions: pd.DataFrame, method: str
) -> None:
    runs = [calibrate(predictions, CALIBRATION_METHOD=method).folder for _ in range(2)]

    written = [sorted(path for path in run.rglob("*") if path.is_file()) for run in runs]
    assert [path.name for path in written[0]] == [path.name for path in written[1]]
    assert [p.read_bytes() for p in written[0]] == [p.read_bytes() for p in written[1]]


@pytest.mark.parametrize(("threshold", "above"), [("0.0001", True), ("0.05", False)])
def test_an_error_above_the_threshold_is_a_field_and_a_warning(
    calibrate: Calibrate,
    predictions: pd.DataFrame,
    capsys: pytest.CaptureFixture[str],
    *,
    threshold: str,
    above: bool,
) -> None:
    found = calibrate(predictions, ERROR_THRESHOLD=threshold).metrics()

    assert found["above_error_threshold"] is above
    assert ("warning: the ECE after calibration" in capsys.readouterr().out) is above


def test_rows_without_a_label_are_calibrated_but_not_fitted_to(
    calibrate: Calibrate, predictions: pd.DataFrame
) -> None:
    known = np.arange(len(predictions)) % 4 > 0

    some = calibrate(predictions.assign(late=predictions["late"].where(known)))

    assert some.curve()[1].tolist() == calibrate(predictions[known]).curve()[1].tolist()
    assert some.table()["calibrated_prob_class_1"].notna().all()
    assert (some.metrics()["rows"], some.metrics()["rows_labelled"]) == (len(known), known.sum())


@pytest.fixture(scope="session")
def graded(flights: pd.DataFrame) -> pd.DataFrame:
    """Score three grades of lateness, too timidly."""
    delay = flights.loc[flights["dep_delay"].notna(), ["dep_delay"]].clip(-20, 60)
    noise = np.random.default_rng(0).normal(0, 8, len(delay))
    grade = np.digitize(delay["dep_delay"] + noise, [-3, 15])
    fair = LogisticRegression(max_iter=500).fit(delay, grade).predict_proba(delay)
    scores = fair**0.3 / (fair**0.3).sum(axis=1, keepdims=True)
    columns = {f"prob_class_{index}": scores[:, index] for index in range(3)}
    return pd.DataFrame({"late": grade, **columns})


@pytest.mark.parametrize("labels", [[0, 1, 2], ["early", "on time", "late"], [5, 6, 7]])
def test_several_classes_have_a_curve_each_and_rows_that_sum_to_one(
    calibrate: Calibrate, graded: pd.DataFrame, labels: list[Any]
) -> None:
    given = graded.assign(late=graded["late"].map(dict(enumerate(labels))))
    environment = {"IS_BINARY": "False", "NUM_CLASSES": "3"}
    done = calibrate(given, MULTICLASS_CATEGORIES=json.dumps(labels), **environment)

    table = done.table()[[f"calibrated_prob_class_{index}" for index in range(3)]]
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-8)
    assert [curve["class"] for curve in done.model()["curves"]] == [0, 1, 2]
    assert done.metrics()["after"]["ece"] < done.metrics()["before"]["ece"] / 3
    areas = [roc_auc_score(graded["late"] == i, graded[f"prob_class_{i}"]) for i in range(3)]
    assert done.metrics()["before"]["auc"] == pytest.approx(np.mean(areas))


@pytest.mark.parametrize("prefix", ["", "./"])
def test_the_val_predictions_of_a_training_step_are_found_in_its_archive(
    calibrate: Calibrate, predictions: pd.DataFrame, tmp_path: Path, prefix: str
) -> None:
    for split, rows in (("val", predictions[::2]), ("test", predictions[1::2])):
        (tmp_path / "evaluation" / split).mkdir(parents=True)
        rows.to_csv(tmp_path / "evaluation" / split / "predictions.csv", index=False)
    archive = tmp_path / "steps" / "job" / "output" / "output.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as packed:
        for split in ("val", "test"):
            packed.add(tmp_path / "evaluation" / split, f"{prefix}{split}")

    expected = calibrate(predictions[::2]).table()
    for place in (tmp_path / "steps", archive, tmp_path / "evaluation"):
        assert calibrate(place).table().equals(expected)


@pytest.mark.parametrize("name", ["predictions.parquet", "transformed.csv"])
def test_other_tables_of_the_folder_are_found(
    calibrate: Calibrate, predictions: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    (tmp_path / "in").mkdir()
    write = predictions.to_csv if name.endswith("csv") else predictions.to_parquet
    write(tmp_path / "in" / name, index=False)

    found = calibrate(tmp_path / "in").table()["calibrated_prob_class_1"]

    expected = calibrate(predictions).table()["calibrated_prob_class_1"]
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_the_diagram_is_well_formed_and_takes_the_colour_of_the_page(
    calibrate: Calibrate, predictions: pd.DataFrame
) -> None:
    path = calibrate(predictions).folder / "metrics" / "reliability_diagram.svg"

    diagram = ET.parse(path).getroot()  # noqa: S314 - written by this test's own run
    texts = [node.text or "" for node in diagram.iter() if node.tag.endswith("text")]
    assert diagram.get("fill") == "currentColor"
    assert any(text.startswith("before, ECE") for text in texts)
    assert any(text.startswith("after, ECE") for text in texts)


def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    calibrate: Calibrate,
    predictions: pd.DataFrame,
    tmp_path: Path,
) -> None:
    base = tmp_path / "ml" / "processing"
    (base / "input" / "eval_data").mkdir(parents=True)
    predictions.to_csv(base / "input" / "eval_data" / "eval_predictions.csv", index=False)

    done = run_program("model_calibration", "--job_type", "calibration", LABEL_FIELD="late")

    assert done.returncode == 0, done.stderr
    written = Calibrated(folder=base / "output")
    assert written.metrics() == calibrate(predictions).metrics()
    assert written.table().columns[-1] == "calibrated_prob_class_1"
