"""The PyTorch inference script against the evaluation of the model that it serves, on real flights."""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from cursus.kernel.step_type import Script

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `nox -s torch` runs this")
pytestmark = pytest.mark.torch

if TYPE_CHECKING:
    from types import ModuleType

Served = Callable[..., list[dict[str, Any]]]

FEATURES = ["dep_delay", "distance", "carrier", "origin", "remark"]
CURVE = {"x": [0.0, 0.25, 1.0], "y": [0.0, 0.5, 1.0]}
TABLES = {"origin": {"bins": {"EWR": 0.24, "JFK": 0.21, "LGA": 0.23}, "default_bin": 0.22}}
SETTINGS = {
    "tab_field_list": FEATURES[:2],
    "cat_field_list": FEATURES[2:],
    "text_name": "remark",
    "id_name": "flight_id",
    "max_epochs": 2,
    "batch_size": 64,
    "lr": 0.01,
}


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("pytorch_inference")


@pytest.fixture(scope="session")
def rows(flights: pd.DataFrame) -> pd.DataFrame:
    """Take flights with gaps and a text; the first hundred are the ones that are served."""
    frame = flights[["dep_delay", "distance", "carrier", "origin", "late", "when"]].copy()
    frame["remark"] = "flight to " + flights["dest"] + " by " + flights["carrier"]
    frame["flight_id"] = [f"f{row}" for row in range(len(frame))]
    frame.loc[::7, "distance"] = np.nan
    frame.loc[::11, "carrier"] = None
    frame.loc[::13, "remark"] = None
    frame.loc[5:9, "origin"] = "???"
    return frame


@pytest.fixture(scope="session")
def train(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train on the flights, the served ones being the test split; give the folder of the run."""
    path = Script(package="cursus_training", file="pytorch_training.py").path()
    spec = importlib.util.spec_from_file_location("pytorch_training", str(path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(label: str, categories: list[Any]) -> Path:
        folder = tmp_path_factory.mktemp(label)
        names = {"label_name": label, "multiclass_categories": categories}
        (folder / "hyperparameters.json").write_text(json.dumps({**SETTINGS, **names}))
        (folder / "risk_table_map.json").write_text(json.dumps(TABLES))
        for split, part in (("train", rows[100:]), ("val", rows[100::4]), ("test", rows[:100])):
            (folder / split).mkdir()
            part.to_csv(folder / split / f"{split}_processed_data.csv", index=False)
        inputs = {"input_path": folder, "hyperparameters_s3_uri": folder}
        inputs["model_artifacts_input"] = folder
        outputs = {name: str(folder / name) for name in ("model_output", "evaluation_output")}
        given = {port: str(place) for port, place in inputs.items()}
        module.main(given, outputs, {}, argparse.Namespace())
        return folder

    return run


@pytest.fixture(scope="session")
def binary(train: Callable[..., Path]) -> Path:
    return train("late", [0, 1])


@pytest.fixture(scope="session")
def several(train: Callable[..., Path]) -> Path:
    return train("when", ["early", "in time", "late"])


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Copy a model folder, add a calibration and change files, as a package would hold them."""

    def make(trained: Path, calibration: Any = None, **changes: bytes) -> Path:
        folder = tmp_path / "package"
        shutil.copytree(trained / "model_output", folder)
        for path in [path for path in folder.iterdir() if path.stem in changes]:
            path.write_bytes(changes[path.stem])
        if calibration is not None:
            (folder / "calibration").mkdir()
            text = json.dumps(calibration)
            (folder / "calibration" / "calibration_model.json").write_text(text)
        return folder

    return make


@pytest.fixture(scope="session")
def served(script: ModuleType) -> Served:
    """Send a request through all four functions and read the answer."""

    def answer(folder: Path, body: Any, content_type: str = "application/json") -> Any:
        prediction = script.predict_fn(
            script.input_fn(body, content_type), script.model_fn(str(folder))
        )
        text, kind = script.output_fn(prediction, "application/json")
        assert kind == "application/json"
        return json.loads(text)["predictions"]

    return answer


def of_training(trained: Path) -> Any:
    """Read the probabilities that training wrote for the served flights."""
    table = pd.read_csv(trained / "evaluation_output" / "test" / "predictions.csv")
    return table[[name for name in table if name.startswith("prob_class_")]].to_numpy()


def as_json(rows: pd.DataFrame) -> str:
    return str(rows.head(100).to_json(orient="records"))


def test_json_records_get_the_scores_of_training(
    served: Served, binary: Path, rows: pd.DataFrame
) -> None:
    answers = served(binary / "model_output", as_json(rows))

    scores = of_training(binary)[:, 1]
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores, abs=1e-6)
    assert [one["calibrated-score"] for one in answers] == pytest.approx(scores, abs=1e-6)
    assert [one["custom-output-label"] for one in answers] == [
        "1" if score >= 0.5 else "0" for score in scores
    ]
    assert len(set(scores)) > 90


@pytest.mark.parametrize("mark", ["", "NA", "nan", "null"])
def test_csv_rows_in_the_order_of_the_features_get_the_same_scores(
    served: Served, binary: Path, rows: pd.DataFrame, mark: str
) -> None:
    body = rows[FEATURES].head(100).to_csv(index=False, header=False, na_rep=mark)

    answers = served(binary / "model_output", body.encode(), "text/csv; charset=utf-8")

    scores = of_training(binary)[:, 1]
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores, abs=1e-6)


def test_a_csv_with_a_header_may_have_other_columns_and_order(
    served: Served, binary: Path, rows: pd.DataFrame
) -> None:
    body = rows[sorted(rows.columns, reverse=True)].head(100).to_csv(index=False)

    answers = served(binary / "model_output", body, "text/csv")

    scores = of_training(binary)[:, 1]
    assert [one["legacy-score"] for one in answers] == pytest.approx(scores, abs=1e-6)


def test_one_record_alone_scores_as_among_others(
    served: Served, binary: Path, rows: pd.DataFrame
) -> None:
    record = json.loads(as_json(rows))[3]

    (answer,) = served(binary / "model_output", json.dumps({"instances": [record]}))

    assert answer["legacy-score"] == pytest.approx(of_training(binary)[3, 1], abs=1e-6)


def test_several_classes_give_all_scores_and_the_name_of_the_best(
    served: Served, several: Path, rows: pd.DataFrame
) -> None:
    answers = served(several / "model_output", as_json(rows))

    scores = of_training(several)
    assert np.array([one["legacy-score"] for one in answers]) == pytest.approx(scores, abs=1e-6)
    names = ["early", "in time", "late"]
    assert [one["custom-output-label"] for one in answers] == [
        names[index] for index in scores.argmax(axis=1)
    ]


def test_a_packaged_calibration_is_applied_and_decides_the_label(
    served: Served, binary: Path, rows: pd.DataFrame, package: Callable[..., Path]
) -> None:
    folder = package(binary, {"is_binary": True, "curves": [{"class": 1, **CURVE}]})

    answers = served(folder, as_json(rows))

    scores = np.array([one["legacy-score"] for one in answers])
    calibrated = np.array([one["calibrated-score"] for one in answers])
    assert calibrated == pytest.approx(np.interp(scores, CURVE["x"], CURVE["y"]))
    assert [one["custom-output-label"] for one in answers] == [
        str(int(score >= 0.5)) for score in calibrated
    ]
    assert ((calibrated >= 0.5) != (scores >= 0.5)).any()


def test_a_calibration_of_another_model_is_an_error(
    served: Served, several: Path, rows: pd.DataFrame, package: Callable[..., Path]
) -> None:
    folder = package(several, {"is_binary": True, "curves": [{"class": 1, **CURVE}]})

    with pytest.raises(ValueError, match=r"curves for the classes \[1\], the model has 3 classes"):
        served(folder, as_json(rows))


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("", "text/csv", "has no record"),
        ("[1]", "application/json", "neither a JSON object nor a list of objects"),
        ("1,2\n", "text/csv", "has 2 values a record for 5 features"),
        ('{"distance": 1}', "application/json", r"lacks 4 feature\(s\): dep_delay"),
        ("x,1,UA,JFK,a flight", "text/csv", "numeric field dep_delay has the value 'x'"),
        ("1,1,UA,JFK,a", "text/plain", "content type 'text/plain' is not known"),
    ],
)
def test_a_request_that_cannot_be_read_says_why(
    served: Served, binary: Path, body: str, content_type: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        served(binary / "model_output", body, content_type)


def test_a_nested_value_is_an_error(served: Served, binary: Path, rows: pd.DataFrame) -> None:
    body = json.dumps({**json.loads(as_json(rows))[0], "carrier": ["UA"]})

    with pytest.raises(ValueError, match=r"The field carrier has the value \['UA'\]"):
        served(binary / "model_output", body)


@pytest.mark.parametrize(
    "name", ["model.pth", "preprocessing.json", "feature_columns.txt", "hyperparameters.json"]
)
def test_a_package_without_one_of_its_files_does_not_load(
    script: ModuleType, binary: Path, package: Callable[..., Path], name: str
) -> None:
    folder = package(binary)
    (folder / name).unlink()

    with pytest.raises(FileNotFoundError, match=rf"{name} does not exist; package the model anew"):
        script.model_fn(str(folder))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": b"no tensors"}, r"model\.pth does not fit the model's files"),
        ({"feature_columns": b"origin\n"}, "name other features"),
    ],
)
def test_files_that_do_not_belong_together_do_not_load(
    script: ModuleType,
    binary: Path,
    package: Callable[..., Path],
    changes: dict[str, bytes],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        script.model_fn(str(package(binary, **changes)))


def test_it_serves_in_a_process_that_has_nothing_but_the_package(
    binary: Path, rows: pd.DataFrame, package: Callable[..., Path]
) -> None:
    source = Path(__file__).parents[1] / "src/cursus_registration/scripts/pytorch_inference.py"
    folder = package(binary)
    (folder / "code").mkdir()
    shutil.copy(source, folder / "code" / "inference.py")
    serve = (
        "import sys, inference as i; m = i.model_fn(sys.argv[1]);"
        "p = i.predict_fn(i.input_fn(sys.stdin.buffer.read(), 'text/csv'), m);"
        "print(i.output_fn(p, 'text/csv')[0])"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", serve, str(folder)],
        input=rows[FEATURES].head(100).to_csv(index=False, header=False),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder / "code",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("loaded a model of 5 features, not calibrated\n0.")
    first = [float(line.split(",")[0]) for line in done.stdout.splitlines()[1:-1]]
    assert first == pytest.approx(of_training(binary)[:, 1], abs=1e-6)
