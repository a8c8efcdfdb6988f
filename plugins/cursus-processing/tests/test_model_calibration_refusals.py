"""What the calibration script refuses, and how it says so."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

ROWS = pd.DataFrame({"late": [0, 1] * 30, "prob_class_1": np.linspace(0.1, 0.9, 60)})


@pytest.fixture
def calibrate(load_script: Callable[[str], ModuleType], tmp_path: Path) -> Callable[..., None]:
    """Run main on the rows above with some columns set, or on a place."""

    def run(place: Path | None = None, columns: Any = None, **environment: str) -> None:
        if place is None:
            place = tmp_path / "eval_predictions.csv"
            ROWS.assign(**(columns or {})).to_csv(place, index=False)
        names = ("calibration_output", "metrics_output", "calibrated_data")
        load_script("model_calibration").main(
            {"evaluation_data": str(place)},
            {name: str(tmp_path / name) for name in names},
            {"LABEL_FIELD": "late", **environment},
            argparse.Namespace(job_type="calibration"),
        )

    return run


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"late": 1}, "100% of the labels are of the class of prob_class_1"),
        ({"late": 0}, "0% of the labels are of the class of prob_class_1"),
        ({"late": None}, "No row has a label"),
        ({"late": "maybe"}, r"label 'late' is maybe; known are 0\.\.1"),
        ({"late": 2}, "label 'late' is 2; known are"),
        ({"prob_class_1": 0.5}, "Every prob_class_1 is 0.5: there is nothing to calibrate"),
        ({"prob_class_1": 1.5}, r"60 score\(s\) .* not between 0 and 1, such as '1.5'"),
        ({"prob_class_1": -3}, "not between 0 and 1, such as '-3'"),
        ({"prob_class_1": None}, "not between 0 and 1, such as ''"),
        ({"prob_class_1": "high"}, "such as 'high'"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    calibrate: Callable[..., None], columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        calibrate(columns=columns)


def test_one_missing_score_is_enough(calibrate: Callable[..., None]) -> None:
    scores = ROWS["prob_class_1"].where(ROWS.index != 7)

    with pytest.raises(ValueError, match=r"^1 score\(s\) of 'prob_class_1'"):
        calibrate(columns={"prob_class_1": scores})


def test_missing_columns_are_named(calibrate: Callable[..., None]) -> None:
    message = "lack prob_class_2, spam; they have late, prob_class_1"
    with pytest.raises(ValueError, match=message):
        calibrate(SCORE_FIELD="prob_class_2", LABEL_FIELD="spam")


def test_a_class_that_never_occurs_is_refused(calibrate: Callable[..., None]) -> None:
    scores = {f"prob_class_{index}": ROWS["prob_class_1"] for index in range(3)}

    with pytest.raises(ValueError, match="0% of the labels are of the class of prob_class_2"):
        calibrate(columns=scores, IS_BINARY="false", NUM_CLASSES="3")


def test_all_that_is_wrong_with_the_environment_is_said_at_once(
    calibrate: Callable[..., None],
) -> None:
    wrong = {
        "LABEL_FIELD": "",
        "CALIBRATION_METHOD": "magic",
        "MONOTONIC_CONSTRAINT": "perhaps",
        "GAM_SPLINES": "1",
        "CALIBRATION_SAMPLE_POINTS": "many",
        "ERROR_THRESHOLD": "5%",
        "MULTICLASS_CATEGORIES": "a,b",
    }
    with pytest.raises(ValueError, match="environment is wrong") as caught:
        calibrate(**wrong)

    for name, value in wrong.items():
        assert f"{name} is {value!r}" in str(caught.value)


def test_a_folder_without_predictions_is_refused(
    calibrate: Callable[..., None], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="it holds neither"):
        calibrate(tmp_path)


def test_two_tables_are_ambiguous(calibrate: Callable[..., None], tmp_path: Path) -> None:
    ROWS.to_csv(tmp_path / "eval_predictions.csv")
    ROWS.to_csv(tmp_path / "predictions.csv")

    with pytest.raises(FileNotFoundError, match=r"it holds .*eval_predictions\.csv, .*predictions"):
        calibrate(tmp_path)
