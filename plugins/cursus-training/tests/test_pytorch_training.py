"""The PyTorch training script on real flights: what it fits, writes and refuses."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `nox -s torch` runs this")
pytestmark = pytest.mark.torch

if TYPE_CHECKING:
    import subprocess
    from types import ModuleType

Splits = dict[str, pd.DataFrame]
Train = Callable[..., Any]

NUMERIC = ["dep_delay", "distance", "month", "hour"]
CATEGORICAL = ["carrier", "origin"]
SPLITS = ("train", "val", "test")
HYPERPARAMETERS: dict[str, Any] = {
    "tab_field_list": NUMERIC,
    "cat_field_list": CATEGORICAL,
    "id_name": "flight_id",
    "label_name": "late",
    "multiclass_categories": [0, 1],
    "max_epochs": 4,
    "batch_size": 64,
    "lr": 0.005,
}
RISKS = {"JFK": 0.1, "LGA": 0.2, "EWR": 0.3}
TABLES = {"origin": {"bins": RISKS, "default_bin": 0.25}}


def changed(splits: Splits, **columns: Any) -> Splits:
    """Set columns in every split; a function is given the split's frame."""
    return {
        split: frame.assign(**{n: v(frame) if callable(v) else v for n, v in columns.items()})
        for split, frame in splits.items()
    }


def all_bytes(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("pytorch_training")


@pytest.fixture(scope="session")
def learn(
    script: ModuleType,
    write_splits: Callable[..., None],
    trained_in: Callable[[Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Train:
    """Run main on splits and hyperparameters (those above, amended)."""

    def run(splits: Splits, **amended: Any) -> Any:
        folder = tmp_path_factory.mktemp("run")
        tables, kind = amended.pop("tables", None), amended.pop("kind", "csv")
        write_splits(folder, splits, kind)
        (folder / "hyperparameters.json").write_text(json.dumps({**HYPERPARAMETERS, **amended}))
        inputs = {"input_path": str(folder), "hyperparameters_s3_uri": str(folder)}
        if tables is not None:
            (folder / "risk_table_map.json").write_text(json.dumps(tables))
            inputs["model_artifacts_input"] = str(folder)
        done = trained_in(folder)
        outputs = {"model_output": str(done.model), "evaluation_output": str(done.evaluation)}
        script.main(inputs, outputs, {"USE_SECURE_PYPI": "true"}, argparse.Namespace())
        return done

    return run


@pytest.fixture(scope="session")
def learned(learn: Train, splits: Splits) -> Any:
    """Train once on the flights; tests only look at it."""
    return learn(splits)


def test_the_model_folder_holds_tensors_json_and_text_and_nothing_to_unpickle(learned: Any) -> None:
    assert {path.name for path in learned.model.iterdir()} == {
        "model.pth",
        "preprocessing.json",
        "hyperparameters.json",
        "feature_columns.txt",
    }
    state = torch.load(learned.model / "model.pth", weights_only=True)
    assert {tensor.dtype for tensor in state.values()} == {torch.float32}
    features = (learned.model / "feature_columns.txt").read_text().splitlines()
    assert features == NUMERIC + CATEGORICAL


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_metrics_are_those_of_scikit_learn_and_far_better_than_chance(
    learned: Any, splits: Splits, split: str
) -> None:
    found, metrics = learned.predictions(split), learned.metrics(split)
    assert list(found.columns) == ["flight_id", "late", "prob_class_0", "prob_class_1"]
    assert found["flight_id"].tolist() == splits[split]["flight_id"].tolist()
    label, score = found["late"], found["prob_class_1"]
    assert metrics["auc_roc"] == pytest.approx(roc_auc_score(label, score))
    assert metrics["average_precision"] == pytest.approx(average_precision_score(label, score))
    assert metrics["f1_score"] == pytest.approx(f1_score(label, score > 0.5))
    assert metrics["auc_roc"] > 0.85


def test_two_runs_with_one_seed_write_the_same_bytes_and_another_seed_does_not(
    learn: Train, splits: Splits, learned: Any
) -> None:
    again, other = learn(splits), learn(splits, seed=7)

    assert all_bytes(again.model) == all_bytes(learned.model)
    assert all_bytes(again.evaluation) == all_bytes(learned.evaluation)
    assert not other.predictions().equals(learned.predictions())


def test_the_order_of_the_columns_and_the_kind_of_file_make_no_difference(
    learn: Train, splits: Splits, learned: Any
) -> None:
    turned = {split: frame[sorted(frame.columns)[::-1]] for split, frame in splits.items()}

    assert all_bytes(learn(turned).evaluation) == all_bytes(learned.evaluation)
    assert learn(splits, kind="parquet").predictions().equals(learned.predictions())


def test_numbers_are_normalised_by_mean_and_deviation_of_train(
    learned: Any, splits: Splits
) -> None:
    fitted = learned.read_json("preprocessing.json")["numbers"]
    for name in NUMERIC:
        column = splits["train"][name]
        assert fitted[name]["mean"] == pytest.approx(column.mean())
        assert fitted[name]["deviation"] == pytest.approx(column.std(ddof=0))
        assert fitted[name]["gaps"] == column.isna().any()


def test_frequent_categories_are_known_the_most_frequent_first(
    learned: Any, splits: Splits
) -> None:
    counts = splits["train"]["carrier"].value_counts()
    known = learned.read_json("preprocessing.json")["words"]["carrier"]
    assert set(known) == set(counts[counts >= 5].index)
    assert [counts[name] for name in known] == sorted(counts[counts >= 5], reverse=True)


def test_missing_rare_and_unseen_categories_score_alike(learn: Train, splits: Splits) -> None:
    scores = [
        learn({**splits, "test": splits["test"].assign(carrier=carrier)}, max_epochs=1)
        for carrier in (None, "??", "OO")
    ]

    assert (splits["train"]["carrier"] == "OO").sum() < 5
    assert scores[0].predictions().equals(scores[1].predictions())
    assert scores[0].predictions().equals(scores[2].predictions())


def test_gaps_are_learned_from_where_train_has_some(learn: Train, splits: Splits) -> None:
    # The late flights lack their hour; nothing else tells them apart.
    gaps = changed(splits, hour=lambda f: f["hour"].where(f["late"] == 0))

    done = learn(gaps, tab_field_list=["hour"], cat_field_list=[])

    assert done.metrics()["auc_roc"] > 0.95


def test_three_classes_give_three_probabilities_and_macro_metrics(
    learn: Train, splits: Splits
) -> None:
    grades = changed(splits, late=lambda frame: np.digitize(frame["dep_delay"], [-3, 15]))
    done = learn(grades, multiclass_categories=["early", "on time", "late"])

    found = done.predictions()
    scores = found[[f"prob_class_{index}" for index in range(3)]].to_numpy()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    areas = [roc_auc_score(found["late"] == index, scores[:, index]) for index in range(3)]
    assert done.metrics()["auc_roc"] == pytest.approx(np.mean(areas))
    assert min(areas) > 0.8
    macro = f1_score(found["late"], scores.argmax(axis=1), average="macro")
    assert done.metrics()["f1_score"] == pytest.approx(macro)
    assert done.read_json("hyperparameters.json")["is_binary"] is False


def test_weight_on_the_late_flights_raises_their_scores(
    learn: Train, splits: Splits, learned: Any
) -> None:
    heavy = learn(splits, class_weights=[1.0, 5.0]).predictions()["prob_class_1"]

    assert heavy.mean() > learned.predictions()["prob_class_1"].mean() + 0.1


def test_the_best_epoch_on_val_is_kept_and_training_stops_early(
    learn: Train, splits: Splits
) -> None:
    done = learn(splits, max_epochs=60, lr=0.05, early_stop_patience=2, dropout=0.0)

    written = done.read_json("hyperparameters.json")
    assert written["epochs_trained"] == written["best_epoch"] + 2 < 60
    exact = learn(splits, max_epochs=written["best_epoch"], lr=0.05, dropout=0.0)
    assert done.predictions().equals(exact.predictions())


def test_words_of_a_text_are_learned(learn: Train, splits: Splits) -> None:
    told = {0: "The plane came IN time", 1: "sorry, we had a long delay"}
    texts = changed(splits, remark=lambda f: f["carrier"].fillna("") + " " + f["late"].map(told))

    done = learn(texts, tab_field_list=[], cat_field_list=[], text_name="remark", max_sen_len=5)

    known = done.read_json("preprocessing.json")["words"]["remark"]
    assert {"plane", "in", "delay", "ua"} <= set(known)
    assert done.metrics()["auc_roc"] > 0.95
    assert done.read_json("hyperparameters.json")["cat_field_list"] == ["remark"]


def test_received_risk_tables_make_numbers_of_categories_raw_or_mapped(
    learn: Train, splits: Splits
) -> None:
    raw = learn(splits, tables=TABLES)
    mapped = learn(changed(splits, origin=lambda f: f["origin"].map(RISKS)), tables=TABLES)

    encoding = raw.read_json("preprocessing.json")
    assert encoding["tables"] == TABLES
    assert list(encoding["words"]) == ["carrier"]
    mean = splits["train"]["origin"].map(RISKS).mean()
    assert encoding["numbers"]["origin"]["mean"] == pytest.approx(mean)
    assert all_bytes(mapped.model) == all_bytes(raw.model)
    assert mapped.predictions().equals(raw.predictions())


def test_infinite_huge_and_constant_values_are_trained_on(
    learn: Train, splits: Splits, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = changed(splits, month=7, hour=np.nan, distance=lambda f: np.where(f["late"], np.inf, 1e9))

    done = learn(odd)

    assert done.metrics()["auc_roc"] > 0.85
    told = capsys.readouterr().out
    assert "month does not vary in train" in told
    assert "hour does not vary in train" in told


def test_val_of_one_class_gives_null_metrics(learn: Train, splits: Splits) -> None:
    done = learn({**splits, "val": splits["val"][splits["val"]["late"] == 0]})

    assert done.metrics("val")["auc_roc"] is None
    assert done.metrics("test")["auc_roc"] > 0.8


def test_the_hyperparameters_file_keeps_what_came_and_adds_what_was_used(learned: Any) -> None:
    written = learned.read_json("hyperparameters.json")
    assert {name: written[name] for name in HYPERPARAMETERS} == HYPERPARAMETERS
    assert (written["num_classes"], written["is_binary"]) == (2, True)
    assert (written["dropout"], written["hidden_layers"]) == (0.1, [64, 32])
    assert written["torch_version"] == torch.__version__


def test_all_that_is_wrong_with_the_hyperparameters_is_said_at_once(
    learn: Train, splits: Splits
) -> None:
    wrong = {"lr": 0, "batch_size": 2.5, "dropout": "much", "max_epochs": float("nan")}
    wrong |= {"hidden_layers": [0], "class_weights": [1.0], "model_class": "multimodal_bert"}
    wrong |= {"tab_field_list": [*NUMERIC, "late", "flight_id", "hour"], "num_classes": 3}
    with pytest.raises(ValueError, match=r"hyperparameters\.json") as caught:
        learn(splits, **wrong)

    for part in (
        "lr is 0, not a number from 1e-09 to 1000",
        "batch_size is 2.5, not a whole number from 1",
        "dropout is 'much', not a number from 0 to 0.99",
        "max_epochs is nan, not a whole number",
        "hidden_layers is [0]",
        "class_weights is [1.0], not 2 numbers above 0",
        "model_class 'multimodal_bert' takes a script of your own",
        "id_name 'flight_id' is listed as a feature",
        "'hour' is listed twice",
        "num_classes contradicts",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("amended", "message"),
    [
        ({"tab_field_list": ["gate", "crew"]}, "lacks the columns gate, crew"),
        ({"tab_field_list": [], "cat_field_list": []}, "name no feature"),
        ({"tab_field_list": ["origin"], "cat_field_list": []}, "'origin' holds text in .*'JFK'"),
        ({"label_name": None}, "label_name is missing"),
        ({"lr": 1000.0, "weight_decay": 1000.0}, "loss on val is nan after epoch 1; lower lr"),
    ],
)
def test_hyperparameters_that_do_not_fit_the_data_are_refused(
    learn: Train, splits: Splits, amended: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        learn(splits, **amended)


@pytest.mark.parametrize(
    ("label", "message"),
    [(2, r"train row\(s\) is 2, not one of 0..1"), (1, "Every label of train is 1")],
)
def test_labels_that_cannot_be_learned_are_refused(
    learn: Train, splits: Splits, label: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        learn(changed(splits, late=label))


def test_what_is_missing_is_named(script: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hyperparameters_s3_uri is not bound"):
        script.read_settings(None)
    with pytest.raises(FileNotFoundError, match=r"hyperparameters\.json does not exist"):
        script.read_settings(str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"risk_table_map\.json does not exist"):
        script.read_tables(tmp_path, ["origin"])
    with pytest.raises(FileNotFoundError, match="train must hold train_processed_data"):
        script.read_split(tmp_path, "train", HYPERPARAMETERS)


def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]], learned: Any, tmp_path: Path
) -> None:
    given = learned.model.parent
    for split in SPLITS:
        shutil.copytree(given / split, tmp_path / "ml" / "input" / "data" / split)
    (tmp_path / "ml" / "code" / "hyperparams").mkdir(parents=True)
    shutil.copy(given / "hyperparameters.json", tmp_path / "ml" / "code" / "hyperparams")

    done = run_program("pytorch_training", USE_SECURE_PYPI="true", REGION="NA")

    assert done.returncode == 0, done.stderr
    assert all_bytes(tmp_path / "ml" / "model") == all_bytes(learned.model)
    assert all_bytes(tmp_path / "ml" / "output" / "data") == all_bytes(learned.evaluation)
    assert "no installs" in done.stdout
