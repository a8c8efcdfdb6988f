"""Serve an XGBoost model from the package that the Package step makes.

The four functions are those that SageMaker calls. Runs as it is in a SageMaker container: Python
3.8, pandas 1.2 to 3, xgboost 1.3 to 3, nothing of Cursus.
"""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

LARGEST = float(np.finfo("float32").max)
HALF = 0.5
# What pandas reads as missing in a csv, so what training took as missing in a numeric column.
MISSING = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}
JSON, CSV = "application/json", "text/csv"


def model_fn(model_dir: str) -> dict:
    """Load what training and calibration left in the package.

    Raise FileNotFoundError for a file that is missing: a part of the preprocessing that is left out
    would give other scores than training saw. Raise RuntimeError where this XGBoost misreads it.
    """
    folder = Path(model_dir)
    model = {
        "features": _read(folder, "feature_columns.txt").split("\n"),
        "means": json.loads(_read(folder, "impute_dict.json")),
        "tables": json.loads(_read(folder, "risk_table_map.json")),
        "settings": json.loads(_read(folder, "hyperparameters.json")),
        "calibration": None,
    }
    model["features"] = [name.rstrip("\r") for name in model["features"] if name.strip()]
    _read(folder, "xgboost_model.json")
    for table in model["tables"].values():
        table["bins"] = {_category(key): risk for key, risk in table["bins"].items()}
    model["booster"] = _booster(folder / "xgboost_model.json", model)
    if (folder / "calibration").is_dir():
        model["calibration"] = json.loads(_read(folder / "calibration", "calibration_model.json"))
    calibrated = "calibrated" if model["calibration"] else "not calibrated"
    print(f"loaded a model of {len(model['features'])} features, {calibrated}")
    return model


def input_fn(request_body: bytes | str, content_type: str = JSON) -> pd.DataFrame:
    """Read the records of a request.

    JSON is a record, a list of records, or an object with the list `instances`. A csv may have a
    header; its columns are numbers until predict_fn, which knows the features, names them.
    """
    binary = isinstance(request_body, (bytes, bytearray))
    text = bytes(request_body).decode("utf-8-sig") if binary else request_body
    kind = _media_type(content_type)
    if kind == CSV:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
        if len({len(row) for row in rows}) > 1:
            raise ValueError("The rows of the request have different numbers of values.")
        records = pd.DataFrame(rows, dtype="object")
    elif kind == JSON:
        records = pd.DataFrame(_json_records(text), dtype="object")
    else:
        raise ValueError(f"The content type {content_type!r} is not known; use {JSON} or {CSV}.")
    if records.empty:
        raise ValueError("The request has no record.")
    return records


def predict_fn(input_data: pd.DataFrame, model: dict) -> dict:
    """Score records: `scores` and `calibrated`, a column for each class, and the `labels`.

    Without a calibration in the package the calibrated scores are the scores.
    """
    records = _named(input_data, model["features"])
    missing = [name for name in model["features"] if name not in records.columns]
    if missing:
        raise ValueError(f"The request lacks {len(missing)} feature(s): {', '.join(missing[:5])}.")
    columns = [_encoded(records[name], model) for name in model["features"]]
    scores = _scores(np.column_stack(columns), model["booster"], model["features"])
    calibrated = _calibrate(scores, model["calibration"]) if model["calibration"] else scores
    return {"scores": scores, "calibrated": calibrated, "labels": _labels(calibrated, model)}


def output_fn(prediction: dict, accept: str = JSON) -> tuple[str, str]:
    """Write a prediction; return the body and its content type.

    Scores are prob_class_1 of a binary model, the list of all classes of another one. A csv has no
    header and one row a record: scores, calibrated scores, label.
    """
    first = 1 if prediction["scores"].shape[1] == 2 else 0  # noqa: PLR2004 - two classes
    scores = prediction["scores"][:, first:].tolist()
    calibrated = prediction["calibrated"][:, first:].tolist()
    labels = prediction["labels"]
    kinds = [_media_type(kind) for kind in (accept or JSON).split(",")]
    if CSV in kinds and JSON not in kinds:
        body = io.StringIO()
        rows = [[*scores[row], *calibrated[row], labels[row]] for row in range(len(labels))]
        csv.writer(body, lineterminator="\n").writerows(rows)
        return body.getvalue(), CSV
    if not {JSON, "*/*", "application/*", ""}.intersection(kinds):
        raise ValueError(f"The answer cannot be {accept!r}; accept {JSON} or {CSV}.")
    records = [
        {
            "legacy-score": scores[row][0] if first else scores[row],
            "calibrated-score": calibrated[row][0] if first else calibrated[row],
            "custom-output-label": labels[row],
        }
        for row in range(len(labels))
    ]
    return json.dumps({"predictions": records}), JSON


def _read(folder: Path, name: str) -> str:
    if not (folder / name).is_file():
        raise FileNotFoundError(f"{folder / name} does not exist; package the model anew.")
    return (folder / name).read_text(encoding="utf-8")


def _booster(path: Path, model: dict) -> xgb.Booster:
    """Read the booster; that this version of XGBoost reads it rightly is checked by one score."""
    settings, features = model["settings"], model["features"]
    trained = settings.get("xgboost_version", "an unknown version")
    advice = f"serve with the XGBoost that trained it ({trained}; here is {xgb.__version__})"
    booster = xgb.Booster()
    try:
        booster.load_model(str(path))
    except (xgb.core.XGBoostError, ValueError) as exc:
        reason = str(exc).splitlines()[0]
        raise RuntimeError(f"The model cannot be read: {advice}. XGBoost says: {reason}") from exc
    if booster.feature_names and list(booster.feature_names) != features:
        raise ValueError(f"{path.parent}: feature_columns.txt and the booster name other features.")
    values = {**{n: t["default_bin"] for n, t in model["tables"].items()}, **model["means"]}
    unknown = [name for name in features if name not in values]
    if unknown:
        raise ValueError(f"{path.parent} does not say how to prepare {', '.join(unknown)}.")
    expected = settings.get("typical_score")
    typical = _scores(np.array([[values[name] for name in features]]), booster, features)[0]
    if expected is not None and not np.allclose(typical, expected, atol=1e-4):
        raise RuntimeError(
            f"A typical row scores {typical.tolist()} here but {expected} in training: {advice}."
        )
    return booster


def _scores(rows: np.ndarray, booster: xgb.Booster, features: list[str]) -> np.ndarray:
    """Return one column of probabilities for each class."""
    scores = booster.predict(xgb.DMatrix(rows, feature_names=features)).astype("float64")
    return scores if scores.ndim > 1 else np.column_stack([1.0 - scores, scores])


def _media_type(content_type: str) -> str:
    return content_type.split(";", 1)[0].strip().lower()


def _json_records(text: str) -> list[dict]:
    content = json.loads(text)
    if isinstance(content, dict):
        content = content.get("instances", [content])
    if not (isinstance(content, list) and all(isinstance(record, dict) for record in content)):
        raise ValueError("The request is neither a JSON object nor a list of objects.")
    return content


def _named(records: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Name the columns of a csv: by its header, else by the order of the features."""
    if records.columns.inferred_type == "string":
        return records
    header = records.iloc[0].tolist()
    if set(features) <= set(header):
        if len(records) == 1:
            raise ValueError("The request has a header and no record.")
        return records.iloc[1:].set_axis(header, axis=1).reset_index(drop=True)
    if len(header) != len(features):
        raise ValueError(
            f"The request has {len(header)} values a record for {len(features)} features; give "
            "them in the order of feature_columns.txt, or with a header."
        )
    return records.set_axis(features, axis=1)


def _encoded(column: pd.Series, model: dict) -> np.ndarray:
    """Turn a column into the numbers that training saw."""
    nested = column.map(lambda value: isinstance(value, (dict, list)))
    if nested.any():
        raise ValueError(f"The field {column.name} has the value {column[nested].iloc[0]!r}.")
    if column.name in model["tables"]:
        return _risks(column, model["tables"][column.name])
    numbers = _floats(column)
    wrong = np.isnan(numbers) & (column.notna() & ~column.isin(MISSING)).to_numpy()
    if wrong.any():
        raise ValueError(
            f"The numeric field {column.name} has the value {column[wrong].iloc[0]!r}."
        )
    # The booster keeps float32 and refuses infinity, which larger values would become.
    numbers = np.clip(numbers, -LARGEST, LARGEST)
    return np.where(np.isnan(numbers), model["means"].get(column.name, np.nan), numbers)


def _floats(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy().astype("float64")


def _risks(column: pd.Series, table: dict) -> np.ndarray:
    """Map categories to risks; as in training, a column that is mapped already is left as it is."""
    keys = column.map(_category, na_action="ignore")
    bins, default = table["bins"], table["default_bin"]
    numbers = _floats(column)
    # Nine decimals: reading a csv may change the last bit of a float.
    mapped = np.isin(np.round(numbers, 9), np.round([default, *bins.values()], 9))
    if mapped.sum() > keys.isin(list(bins)).sum():
        return np.where(np.isnan(numbers), default, numbers)
    return keys.map(bins).astype("float64").fillna(default).to_numpy()


def _category(value: object) -> str:
    """Return the text of a category: 7 and 7.0 are the same one."""
    return re.sub(r"\A(-?\d+)\.0\Z", r"\1", str(value))


def _calibrate(scores: np.ndarray, calibration: dict) -> np.ndarray:
    """Apply the packaged curves: class 1 of a binary model, else each class, rows to a sum of 1."""
    curves = {int(curve["class"]): curve for curve in calibration["curves"]}
    classes = [1] if calibration["is_binary"] else list(range(scores.shape[1]))
    binary = scores.shape[1] == 2  # noqa: PLR2004 - two classes
    if sorted(curves) != classes or calibration["is_binary"] != binary:
        raise ValueError(
            f"The calibration has curves for the classes {sorted(curves)}, the model has "
            f"{scores.shape[1]} classes: package the calibration of this model."
        )
    curved = [np.interp(scores[:, i], curves[i]["x"], curves[i]["y"]) for i in classes]
    if binary:
        return np.column_stack([1.0 - curved[0], curved[0]])
    together = np.column_stack(curved)
    total = together.sum(axis=1, keepdims=True)
    # Where all curves give 0 there is nothing to scale: the scores stay.
    return np.where(total > 0, together / np.where(total > 0, total, 1.0), scores)


def _labels(scores: np.ndarray, model: dict) -> list[str]:
    """Name the class of each record: its category in the hyperparameters, else its index."""
    count = scores.shape[1]
    chosen = (scores[:, 1] >= HALF).astype(int) if count == 2 else scores.argmax(axis=1)  # noqa: PLR2004
    categories = model["settings"].get("multiclass_categories") or []
    names = categories if len(categories) == count else range(count)
    return [str(list(names)[index]) for index in chosen]
