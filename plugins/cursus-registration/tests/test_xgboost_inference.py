"""The XGBoost inference script against the booster that it serves, on real flights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Scores = Callable[[Path, pd.DataFrame], Any]

FEATURES = ["distance", "sched_dep_time", "dep_delay", "carrier", "origin", "dest"]
CURVE = {"x": [0.0, 0.25, 1.0], "y": [0.0, 0.5, 1.0]}
BINARY_CALIBRATION = {"is_binary": True, "curves": [{"class": 1, **CURVE}]}


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("xgboost_inference")


@pytest.fixture
def records(flights: pd.DataFrame) -> pd.DataFrame:
    """Twenty flights with gaps, a carrier that no flight had, and fields that are no features."""
    frame = flights.iloc[:200:10].reset_index(drop=True)
    frame["dep_delay"] = frame["dep_delay"].where(frame.index % 5 > 0)
    frame["carrier"] = frame["carrier"].where(frame.index % 7 > 0, "unseen")
    frame["dest"] = frame["dest"].where(frame.index % 6 > 0)
    return frame


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Copy a model folder and change its files, as a package would hold them."""

    def make(model: Path, calibration: dict[str, Any] | None = None, **changes: Any) -> Path:
        folder = tmp_path / "package"
        shutil.copytree(model, folder)
        for name, content in changes.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        if calibration is not None:
            (folder / "calibration").mkdir()
            text = json.dumps(calibration)
            (folder / "calibration" / "calibration_model.json").write_text(text)
        return folder

    return make


def as_json(records: pd.DataFrame) -> str:
    return str(records.to_json(orient="records"))


def answer(script: ModuleType, folder: Path, body: Any, content_type: str) -> list[dict[str, Any]]:
    model = script.model_fn(str(folder))
    prediction = script.predict_fn(script.input_fn(body, content_type), model)
    text, kind = script.output_fn(prediction, "application/json")
    assert kind == "application/json"
    predictions: list[dict[str, Any]] = json.loads(text)["predictions"]
    return predictions


def test_json_records_get_the_scores_of_the_booster(
    script: ModuleType, binary_model: Path, records: pd.DataFrame, expected_scores: Scores
) -> None:
    answers = answer(script, binary_model, as_json(records), "application/json")

    scores = expected_scores(binary_model, records)
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores)
    assert [one["calibrated-score"] for one in answers] == pytest.approx(scores)
    assert [one["custom-output-label"] for one in answers] == [
        "1" if score >= 0.5 else "0" for score in scores
    ]
    assert len(set(scores)) > 10


def test_csv_rows_in_the_order_of_the_features_get_the_same_scores(
    script: ModuleType, binary_model: Path, records: pd.DataFrame, expected_scores: Scores
) -> None:
    body = records[FEATURES].to_csv(index=False, header=False)

    answers = answer(script, binary_model, body.encode(), "text/csv; charset=utf-8")

    scores = expected_scores(binary_model, records)
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores)


def test_a_csv_with_a_header_may_have_other_columns_and_order(
    script: ModuleType, binary_model: Path, records: pd.DataFrame, expected_scores: Scores
) -> None:
    body = records[sorted(records.columns, reverse=True)].to_csv(index=False)

    answers = answer(script, binary_model, body, "text/csv")

    scores = expected_scores(binary_model, records)
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores)


@pytest.mark.parametrize("mark", ["", "NA", "nan", "null"])
def test_what_training_reads_as_missing_is_missing_here(
    script: ModuleType,
    binary_model: Path,
    records: pd.DataFrame,
    mark: str,
    expected_scores: Scores,
) -> None:
    body = records[FEATURES].to_csv(index=False, header=False, na_rep=mark)

    answers = answer(script, binary_model, body, "text/csv")

    scores = expected_scores(binary_model, records)
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores)


@pytest.mark.parametrize("wrapped", ["{record}", "[{record}]", '{{"instances": [{record}]}}'])
def test_one_record_comes_alone_in_a_list_or_as_instances(
    script: ModuleType, binary_model: Path, records: pd.DataFrame, wrapped: str
) -> None:
    body = wrapped.format(record=json.dumps(json.loads(as_json(records.iloc[3:4]))[0]))

    answers = answer(script, binary_model, body, "application/json")

    everything = answer(script, binary_model, as_json(records), "application/json")
    assert answers == everything[3:4]


def test_a_packaged_calibration_is_applied_and_decides_the_label(
    script: ModuleType, binary_model: Path, records: pd.DataFrame, package: Callable[..., Path]
) -> None:
    folder = package(binary_model, BINARY_CALIBRATION)

    answers = answer(script, folder, as_json(records), "application/json")

    scores = np.array([one["legacy-score"] for one in answers])
    calibrated = np.array([one["calibrated-score"] for one in answers])
    assert calibrated == pytest.approx(np.interp(scores, CURVE["x"], CURVE["y"]))
    assert [one["custom-output-label"] for one in answers] == [
        str(int(score >= 0.5)) for score in calibrated
    ]
    assert ((calibrated >= 0.5) != (scores >= 0.5)).any()


def test_a_multiclass_model_gives_all_classes_and_the_name_of_the_best(
    script: ModuleType, multiclass_model: Path, records: pd.DataFrame, expected_scores: Scores
) -> None:
    answers = answer(script, multiclass_model, as_json(records), "application/json")

    scores = expected_scores(multiclass_model, records)
    assert np.array([one["legacy-score"] for one in answers]) == pytest.approx(scores)
    names = ["early", "in time", "late"]
    assert [one["custom-output-label"] for one in answers] == [
        names[index] for index in scores.argmax(axis=1)
    ]


def test_multiclass_calibration_maps_each_class_and_scales_to_one(
    script: ModuleType, multiclass_model: Path, records: pd.DataFrame, package: Callable[..., Path]
) -> None:
    curves = [{"class": index, **CURVE} for index in range(3)]
    folder = package(multiclass_model, {"is_binary": False, "curves": curves})

    answers = answer(script, folder, as_json(records), "application/json")

    scores = np.array([one["legacy-score"] for one in answers])
    mapped = np.interp(scores, CURVE["x"], CURVE["y"])
    expected = mapped / mapped.sum(axis=1, keepdims=True)
    assert np.array([one["calibrated-score"] for one in answers]) == pytest.approx(expected)


def test_csv_out_has_one_row_a_record(
    script: ModuleType,
    binary_model: Path,
    multiclass_model: Path,
    records: pd.DataFrame,
) -> None:
    for folder, classes in ((binary_model, 1), (multiclass_model, 3)):
        request = script.input_fn(as_json(records), "application/json")
        prediction = script.predict_fn(request, script.model_fn(str(folder)))

        text, kind = script.output_fn(prediction, "text/csv")

        rows = [line.split(",") for line in text.splitlines()]
        assert kind == "text/csv"
        assert len(rows) == len(records)
        assert {len(row) for row in rows} == {2 * classes + 1}
        first = prediction["scores"][0, -classes:]
        assert [float(value) for value in rows[0][:classes]] == pytest.approx(first)
        assert [row[-1] for row in rows] == prediction["labels"]


def test_a_numeric_category_is_found_as_integer_float_or_text(
    script: ModuleType, binary_model: Path, package: Callable[..., Path]
) -> None:
    tables = json.loads((binary_model / "risk_table_map.json").read_text())
    tables["origin"] = {"bins": {"7": 0.9, "8.0": 0.1}, "default_bin": 0.2}
    model = script.model_fn(str(package(binary_model, risk_table_map=tables)))
    column = pd.Series([7, 7.0, "7", "7.0", 8, "x", None], dtype="object", name="origin")

    risks = script._encoded(column, model)

    assert risks.tolist() == [0.9, 0.9, 0.9, 0.9, 0.1, 0.2, 0.2]


def test_a_column_that_is_mapped_to_risks_already_is_left_as_it_is(
    script: ModuleType, binary_model: Path, records: pd.DataFrame
) -> None:
    tables = json.loads((binary_model / "risk_table_map.json").read_text())
    mapped = records.assign(origin=records["origin"].map(tables["origin"]["bins"]))

    answers = answer(script, binary_model, as_json(mapped), "application/json")

    assert answers == answer(script, binary_model, as_json(records), "application/json")


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("", "text/csv", "has no record"),
        ("[]", "application/json", "has no record"),
        ("{}", "application/json", "has no record"),
        ("[1]", "application/json", "neither a JSON object nor a list of objects"),
        ("{", "application/json", "Expecting property name"),
        ("1,2\n1\n", "text/csv", "different numbers of values"),
        ("1,2\n", "text/csv", "has 2 values a record for 6 features"),
        (",".join(FEATURES), "text/csv", "has a header and no record"),
        ('{"distance": 1}', "application/json", r"lacks 5 feature\(s\): sched_dep_time"),
        ("x,1,1,UA,JFK,LAX", "text/csv", "numeric field distance has the value 'x'"),
        ("a", "text/plain", "content type 'text/plain' is not known"),
    ],
)
def test_a_request_that_cannot_be_read_says_why(
    script: ModuleType, binary_model: Path, body: str, content_type: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        answer(script, binary_model, body, content_type)


def test_a_nested_value_is_an_error(
    script: ModuleType, binary_model: Path, records: pd.DataFrame
) -> None:
    body = json.dumps({**json.loads(as_json(records))[0], "carrier": ["UA"]})

    with pytest.raises(ValueError, match=r"The field carrier has the value \['UA'\]"):
        answer(script, binary_model, body, "application/json")


def test_an_answer_in_another_type_is_an_error(script: ModuleType) -> None:
    prediction = {"scores": np.ones((1, 2)), "calibrated": np.ones((1, 2)), "labels": ["1"]}

    with pytest.raises(ValueError, match="cannot be 'image/png'"):
        script.output_fn(prediction, "image/png")


@pytest.mark.parametrize(
    "name",
    [
        "xgboost_model.json",
        "feature_columns.txt",
        "impute_dict.json",
        "risk_table_map.json",
        "hyperparameters.json",
    ],
)
def test_a_package_without_one_of_its_files_does_not_load(
    script: ModuleType, binary_model: Path, package: Callable[..., Path], name: str
) -> None:
    folder = package(binary_model)
    (folder / name).unlink()

    with pytest.raises(FileNotFoundError, match=rf"{name} does not exist; package the model anew"):
        script.model_fn(str(folder))


def test_a_calibration_of_another_model_is_an_error(
    script: ModuleType, multiclass_model: Path, records: pd.DataFrame, package: Callable[..., Path]
) -> None:
    folder = package(multiclass_model, BINARY_CALIBRATION)

    with pytest.raises(ValueError, match=r"curves for the classes \[1\], the model has 3 classes"):
        answer(script, folder, as_json(records), "application/json")


def test_features_of_another_model_are_an_error(
    script: ModuleType, binary_model: Path, package: Callable[..., Path]
) -> None:
    folder = package(binary_model)
    (folder / "feature_columns.txt").write_text("dest\norigin\n")

    with pytest.raises(ValueError, match="name other features"):
        script.model_fn(str(folder))


@pytest.mark.parametrize("model", ["binary_model", "multiclass_model"])
def test_a_score_that_is_not_that_of_training_is_an_error(
    script: ModuleType, request: pytest.FixtureRequest, package: Callable[..., Path], model: str
) -> None:
    folder = package(request.getfixturevalue(model))
    settings = json.loads((folder / "hyperparameters.json").read_text())
    assert script.model_fn(str(folder))["settings"] == settings
    settings.update(xgboost_version="0.9", typical_score=[0.2] * len(settings["typical_score"]))
    (folder / "hyperparameters.json").write_text(json.dumps(settings))

    with pytest.raises(RuntimeError, match=r"typical row scores .* here but .* trained it \(0\.9;"):
        script.model_fn(str(folder))


def test_a_booster_that_this_xgboost_cannot_read_is_an_error(
    script: ModuleType, binary_model: Path, package: Callable[..., Path]
) -> None:
    folder = package(binary_model, xgboost_model={"learner": {}})

    with pytest.raises(RuntimeError, match=r"cannot be read: serve with the XGBoost that trained"):
        script.model_fn(str(folder))


def test_a_feature_that_nothing_prepares_is_an_error(
    script: ModuleType, binary_model: Path, package: Callable[..., Path]
) -> None:
    folder = package(binary_model, impute_dict={"distance": 1.0, "dep_delay": 1.0})

    with pytest.raises(ValueError, match="does not say how to prepare sched_dep_time"):
        script.model_fn(str(folder))


def test_it_serves_in_a_process_that_has_nothing_but_the_package(
    binary_model: Path, records: pd.DataFrame, package: Callable[..., Path]
) -> None:
    source = Path(__file__).parents[1] / "src/cursus_registration/scripts/xgboost_inference.py"
    folder = package(binary_model)
    (folder / "code").mkdir()
    shutil.copy(source, folder / "code" / "inference.py")
    serve = (
        "import sys, inference as i; m = i.model_fn(sys.argv[1]);"
        "p = i.predict_fn(i.input_fn(sys.stdin.buffer.read(), 'text/csv'), m);"
        "print(i.output_fn(p, 'text/csv')[0])"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", serve, str(folder)],
        input=records[FEATURES].to_csv(index=False, header=False),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder / "code",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("loaded a model of 6 features, not calibrated\n0.")
    assert len(done.stdout.splitlines()) == 1 + len(records) + 1
