"""What the XGBoost training script refuses, and how it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    import pandas as pd

    Train = Callable[..., Any]

NUMERIC = ["dep_delay", "distance", "month", "hour"]


def test_all_that_is_wrong_with_the_hyperparameters_is_said_at_once(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    wrong = {
        "num_round": None,
        "max_depth": 2.5,
        "eta": "fast",
        "class_weights": [1.0],
        "tab_field_list": [*NUMERIC, "late", "flight_id", "hour"],
        "num_classes": 3,
        "multiclass_categories": [0, 1],
    }
    with pytest.raises(ValueError, match=r"hyperparameters\.json") as caught:
        train(splits, **wrong)

    for part in (
        "num_round is missing",
        "max_depth is 2.5, not a whole number",
        "eta is 'fast', not a number",
        "class_weights has 1 values for 2 classes",
        "id_name 'flight_id' is listed as a feature",
        "label_name 'late' is listed as a feature",
        "'hour' is listed twice",
        "num_classes contradicts",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("amended", "message"),
    [
        ({"tab_field_list": ["gate", "hour", "crew"]}, "lacks the columns gate, crew"),
        ({"id_name": "ticket"}, "lacks the columns ticket"),
        ({"tab_field_list": [], "cat_field_list": []}, "name no feature"),
        ({"tab_field_list": ["origin"], "cat_field_list": []}, "'origin' holds text in .*'JFK'"),
        ({"eval_metric": ["nonsense"]}, "XGBoost refused"),
        ({"num_classes": 1}, "two classes or more"),
    ],
)
def test_hyperparameters_that_do_not_fit_the_data_are_refused(
    train: Train,
    splits: dict[str, pd.DataFrame],
    amended: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        train(splits, **amended)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (2, r"'late' of .* train row\(s\) is 2, not one of 0..1"),
        ("yes", r"is 'yes', not one of 0..1"),
        (np.nan, r"is nan, not one of 0..1"),
        (1, "Every label of train is 1"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(
    train: Train, splits: dict[str, pd.DataFrame], label: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        train({split: frame.assign(late=label) for split, frame in splits.items()})


def test_a_split_without_rows_is_refused(train: Train, splits: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match=r"val_processed_data\.csv has no rows"):
        train({**splits, "val": splits["val"].head(0)})


def test_a_missing_split_is_named(train: Train, splits: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(FileNotFoundError, match="val must hold"):
        train({split: splits[split] for split in ("train", "test")})


def test_missing_hyperparameters_are_named(xgboost_training: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hyperparameters_s3_uri is not bound"):
        xgboost_training.read_settings(None)
    with pytest.raises(FileNotFoundError, match=r"hyperparameters\.json does not exist"):
        xgboost_training.read_settings(str(tmp_path))
