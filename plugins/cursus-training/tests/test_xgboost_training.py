"""The XGBoost training script on real flights: what it fits, writes and refuses."""

from __future__ import annotations

import json
import os
import shutil
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

    Train = Callable[..., Any]

NUMERIC = ["dep_delay", "distance", "month", "hour"]
CATEGORICAL = ["carrier", "origin"]
SPLITS = ("train", "val", "test")
MODEL_FILES = {
    "xgboost_model.json",
    "risk_table_map.json",
    "impute_dict.json",
    "feature_importance.json",
    "feature_columns.txt",
    "hyperparameters.json",
}
REAL_CONFIG = "shared/cases/xgboost_complete_e2e_2025_09/config.json"


def changed(splits: dict[str, pd.DataFrame], **columns: Any) -> dict[str, pd.DataFrame]:
    """Set columns in every split; a function is given the split's frame."""
    return {
        split: frame.assign(**{n: v(frame) if callable(v) else v for n, v in columns.items()})
        for split, frame in splits.items()
    }


def all_bytes(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_model_folder_holds_the_documented_files_and_no_pickle(trained: Any) -> None:
    assert {path.name for path in trained.model.iterdir()} == MODEL_FILES
    features = (trained.model / "feature_columns.txt").read_text().splitlines()
    assert features == NUMERIC + CATEGORICAL
    assert set(trained.read_json("feature_importance.json")) == set(features)
    assert trained.read_json("feature_importance.json")["dep_delay"] > 0


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_metrics_are_those_of_scikit_learn_on_the_predictions(
    trained: Any, splits: dict[str, pd.DataFrame], split: str
) -> None:
    found = trained.predictions(split)
    assert list(found.columns) == ["flight_id", "late", "prob_class_0", "prob_class_1"]
    assert found["flight_id"].tolist() == splits[split]["flight_id"].tolist()
    label, score = found["late"], found["prob_class_1"]
    assert trained.metrics(split)["auc_roc"] == pytest.approx(roc_auc_score(label, score))
    precision = average_precision_score(label, score)
    assert trained.metrics(split)["average_precision"] == pytest.approx(precision)
    assert trained.metrics(split)["f1_score"] == pytest.approx(f1_score(label, score > 0.5))
    assert trained.metrics(split)["auc_roc"] > 0.85


def test_the_saved_files_alone_give_the_predictions_again(
    trained: Any, splits: dict[str, pd.DataFrame]
) -> None:
    means, tables = trained.read_json("impute_dict.json"), trained.read_json("risk_table_map.json")
    columns = [splits["test"][name].fillna(means[name]) for name in NUMERIC]
    for name in CATEGORICAL:
        risks = splits["test"][name].map(tables[name]["bins"])
        columns.append(risks.fillna(tables[name]["default_bin"]))
    booster = xgb.Booster(model_file=str(trained.model / "xgboost_model.json"))

    matrix = xgb.DMatrix(np.column_stack(columns), feature_names=NUMERIC + CATEGORICAL)

    scores = trained.predictions()["prob_class_1"]
    np.testing.assert_allclose(booster.predict(matrix), scores, atol=1e-6)
    assert booster.feature_names == NUMERIC + CATEGORICAL


def test_numbers_are_imputed_with_the_mean_of_train(
    trained: Any, splits: dict[str, pd.DataFrame]
) -> None:
    means = trained.read_json("impute_dict.json")
    assert means == pytest.approx({name: splits["train"][name].mean() for name in NUMERIC})


def test_risks_are_smoothed_towards_the_prior(
    trained: Any, splits: dict[str, pd.DataFrame]
) -> None:
    table, frame = trained.read_json("risk_table_map.json")["carrier"], splits["train"]
    prior, weight = frame["late"].mean(), 0.01 * len(frame)
    united = frame.loc[frame["carrier"] == "UA", "late"]
    assert table["default_bin"] == pytest.approx(prior)
    expected = (united.sum() + weight * prior) / (len(united) + weight)
    assert table["bins"]["UA"] == pytest.approx(expected)


def test_a_rare_category_has_the_risk_of_the_prior(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    rare = {**splits, "train": splits["train"].copy()}
    rare["train"].iloc[:4, rare["train"].columns.get_loc("origin")] = "XXX"

    table = train(rare).read_json("risk_table_map.json")["origin"]

    assert table["bins"]["XXX"] == table["default_bin"]
    assert table["bins"]["JFK"] != table["default_bin"]


def test_unseen_and_missing_categories_score_alike(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    unseen = train({**splits, "test": splits["test"].assign(carrier="??")}, "unseen")
    missing = train({**splits, "test": splits["test"].assign(carrier=None)}, "missing")

    assert unseen.predictions().equals(missing.predictions())


def test_the_order_of_the_columns_makes_no_difference(
    train: Train, splits: dict[str, pd.DataFrame], trained: Any
) -> None:
    turned = {split: frame[sorted(frame.columns)[::-1]] for split, frame in splits.items()}

    assert all_bytes(train(turned).evaluation) == all_bytes(trained.evaluation)


def test_two_runs_write_the_same_bytes(
    train: Train, splits: dict[str, pd.DataFrame], trained: Any
) -> None:
    again = train(splits)

    assert all_bytes(again.model) == all_bytes(trained.model)
    assert all_bytes(again.evaluation) == all_bytes(trained.evaluation)


def test_parquet_splits_give_the_same_predictions(
    train: Train, splits: dict[str, pd.DataFrame], trained: Any
) -> None:
    found = train(splits, kind="parquet").predictions()

    assert found.equals(trained.predictions())


def test_three_classes_give_three_probabilities_and_macro_metrics(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    grades = changed(splits, late=lambda frame: np.digitize(frame["dep_delay"], [-3, 15]))
    done = train(grades, multiclass_categories=["early", "on time", "late"])

    found = done.predictions()
    scores = found[[f"prob_class_{index}" for index in range(3)]].to_numpy()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    areas = [roc_auc_score(found["late"] == index, scores[:, index]) for index in range(3)]
    assert done.metrics()["auc_roc"] == pytest.approx(np.mean(areas))
    macro = f1_score(found["late"], scores.argmax(axis=1), average="macro")
    assert done.metrics()["f1_score"] == pytest.approx(macro)
    assert done.read_json("hyperparameters.json")["objective"] == "multi:softprob"


@pytest.mark.parametrize("weights", [{"class_weights": [1.0, 5.0]}, {"scale_pos_weight": 5}])
def test_weight_on_the_late_flights_raises_their_scores(
    train: Train,
    splits: dict[str, pd.DataFrame],
    trained: Any,
    weights: dict[str, Any],
) -> None:
    heavy = train(splits, **weights).predictions()["prob_class_1"]

    assert heavy.mean() > trained.predictions()["prob_class_1"].mean() + 0.1


def test_only_the_rounds_up_to_the_best_one_on_val_are_kept(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    done = train(splits, num_round=200, max_depth=8, eta=0.5, early_stopping_rounds=3)

    kept = done.read_json("hyperparameters.json")["boosted_rounds"]
    booster = xgb.Booster(model_file=str(done.model / "xgboost_model.json"))
    assert booster.num_boosted_rounds() == kept < 60


def test_the_hyperparameters_file_keeps_what_came_and_adds_what_was_used(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    done = train(splits, max_epochs=3, optimizer="SGD", __model_type__="X", eta=None)

    written = done.read_json("hyperparameters.json")
    assert (written["max_epochs"], written["optimizer"]) == (3, "SGD")
    assert (written["eta"], written["lambda_xgb"], written["tree_method"]) == (0.3, 1.0, "auto")
    assert written["eval_metric"] == ["auc", "logloss"]
    assert written["xgboost_version"] == xgb.__version__


def test_the_typical_score_is_that_of_the_means_and_default_risks(trained: Any) -> None:
    means, tables = trained.read_json("impute_dict.json"), trained.read_json("risk_table_map.json")
    row = [means[name] for name in NUMERIC] + [tables[name]["default_bin"] for name in CATEGORICAL]
    booster = xgb.Booster(model_file=str(trained.model / "xgboost_model.json"))

    score = booster.predict(xgb.DMatrix([row], feature_names=NUMERIC + CATEGORICAL))[0]

    written = trained.read_json("hyperparameters.json")["typical_score"]
    assert written == pytest.approx([1 - score, score])


def test_received_risk_tables_are_used_instead_of_fitting(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    received = {"origin": {"bins": {"JFK": 0.1, "LGA": 0.2, "EWR": 0.3}, "default_bin": 0.25}}
    raw = train(splits, "raw", tables=received)
    risks = {"JFK": 0.1, "LGA": 0.2, "EWR": 0.3}
    mapped = changed(splits, origin=lambda frame: frame["origin"].map(risks))

    done = train(mapped, "mapped", tables=received)

    assert raw.read_json("risk_table_map.json")["origin"] == received["origin"]
    assert "UA" in raw.read_json("risk_table_map.json")["carrier"]["bins"]
    assert all_bytes(done.model) == all_bytes(raw.model)
    assert done.predictions().equals(raw.predictions())


def test_a_whole_number_is_the_same_category_with_and_without_gaps_in_its_column(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    coded = {
        **splits,
        "train": splits["train"].assign(
            hour=splits["train"]["hour"].where(np.arange(len(splits["train"])) > 3)
        ),
    }
    lists = {"cat_field_list": ["hour"], "tab_field_list": ["distance"]}

    table = train(coded, **lists).read_json("risk_table_map.json")["hour"]

    assert "7" in table["bins"]
    assert not any(key.endswith(".0") for key in table["bins"])


def test_a_column_without_any_value_is_imputed_with_zero_and_said(
    train: Train,
    splits: dict[str, pd.DataFrame],
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = train(changed(splits, distance=np.nan))

    assert done.read_json("impute_dict.json")["distance"] == 0.0
    assert "distance has no value in train" in capsys.readouterr().out


def test_infinite_and_huge_values_are_trained_on(
    train: Train, splits: dict[str, pd.DataFrame]
) -> None:
    huge = changed(splits, distance=lambda f: np.where(f["month"] > 6, np.inf, -1e300))

    assert train(huge).metrics()["auc_roc"] > 0.8


def test_val_of_one_class_gives_null_metrics_and_no_early_stop(
    train: Train,
    splits: dict[str, pd.DataFrame],
    capsys: pytest.CaptureFixture[str],
) -> None:
    val = splits["val"]
    done = train({**splits, "val": val[val["late"] == 0]})

    assert done.metrics("val")["auc_roc"] is None
    assert done.metrics("val")["average_precision"] is None
    assert done.read_json("hyperparameters.json")["boosted_rounds"] == 15
    assert "val holds one class only" in capsys.readouterr().out


@pytest.mark.parametrize("booster", ["gblinear", "dart"])
def test_other_boosters_are_trained_too(
    train: Train, splits: dict[str, pd.DataFrame], booster: str
) -> None:
    done = train(splits, booster=booster)

    assert done.metrics()["auc_roc"] > 0.7
    assert any(done.read_json("feature_importance.json").values())


def test_the_curves_are_well_formed_and_take_the_colour_of_the_page(trained: Any) -> None:
    for name in ("roc_curve", "pr_curve"):
        text = (trained.evaluation / "val" / f"{name}.svg").read_text(encoding="utf-8")
        drawn = ET.fromstring(text)  # noqa: S314 - written by this test's own run
        texts = [node.text for node in drawn.iter() if node.tag.endswith("text")]
        assert drawn.get("fill") == "currentColor"
        assert any(text.startswith("class 1, A") for text in texts if text)
        assert "nan" not in text


def test_all_cpus_of_the_affinity_mask_are_used(xgboost_training: ModuleType) -> None:
    assert xgboost_training.available_cpus() == len(os.sched_getaffinity(0))


def test_the_hyperparameters_of_a_real_pipeline_are_trained_on(
    train: Train,
) -> None:
    path = Path(__file__).parents[4] / REAL_CONFIG
    if not path.is_file():
        pytest.skip("the shared cases are not beside the repository")
    config = json.loads(path.read_text(encoding="utf-8"))["configuration"]
    real = config["specific"]["XGBoostTraining"]["hyperparameters"]
    random = np.random.default_rng(0)
    values = {name: random.normal(size=300) for name in real["tab_field_list"]}
    values |= {name: random.choice(["a", "b"], 300) for name in real["cat_field_list"]}
    label = (next(iter(values.values())) > 0).astype("int64")
    frame = pd.DataFrame({"order_id": np.arange(300), "is_abuse": label, **values})

    done = train(dict.fromkeys(SPLITS, frame), **{**real, "num_round": 10})

    assert done.metrics()["auc_roc"] > 0.95


def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    trained: Any,
    tmp_path: Path,
) -> None:
    given = trained.model.parent
    for split in SPLITS:
        shutil.copytree(given / split, tmp_path / "ml" / "input" / "data" / split)
    (tmp_path / "ml" / "code" / "hyperparams").mkdir(parents=True)
    shutil.copy(given / "hyperparameters.json", tmp_path / "ml" / "code" / "hyperparams")

    done = run_program("xgboost_training", USE_SECURE_PYPI="true", REGION="NA")

    assert done.returncode == 0, done.stderr
    assert all_bytes(tmp_path / "ml" / "model") == all_bytes(trained.model)
    assert all_bytes(tmp_path / "ml" / "output" / "data") == all_bytes(trained.evaluation)
    assert "no installs" in done.stdout
