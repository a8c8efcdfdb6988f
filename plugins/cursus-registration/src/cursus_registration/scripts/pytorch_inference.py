"""Serve a PyTorch model from the package that the Package step makes.

The four functions are those that SageMaker calls. Runs as it is in a SageMaker container: Python
3.8, pandas 1.2 to 3, torch 1.13 to 2, nothing of Cursus. Nothing is unpickled but tensors.
"""

from __future__ import annotations

import csv
import io
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

NARROW, WIDE = 4, 32  # the least and the largest width of an embedding
LARGEST = float(np.finfo("float32").max)
LIMIT = 10.0  # no normalised number is further from the mean than this many deviations
SCORED_ROWS = 8192
HALF = 0.5
# What pandas reads as missing in a csv, so what training took as missing.
MISSING = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}
JSON, CSV = "application/json", "text/csv"


def model_fn(model_dir: str) -> dict:
    """Load what training and calibration left in the package.

    Raise FileNotFoundError for a file that is missing: a part of the preprocessing that is left out
    would give other scores than training saw.
    """
    folder = Path(model_dir)
    model = {
        "features": [name for name in _read(folder, "feature_columns.txt").splitlines() if name],
        "encoding": json.loads(_read(folder, "preprocessing.json")),
        "settings": json.loads(_read(folder, "hyperparameters.json")),
        "calibration": None,
    }
    encoding = model["encoding"]
    if sorted(model["features"]) != sorted([*encoding["numbers"], *encoding["words"]]):
        raise ValueError(
            f"{folder}: feature_columns.txt and preprocessing.json name other features."
        )
    model["network"] = _network(folder / "model.pth", model)
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
    columns = {name: _without_marks(records[name]) for name in model["features"]}
    scores = predict(model["network"], encode(pd.DataFrame(columns), model["encoding"]))
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


def _network(path: Path, model: dict) -> Network:
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; package the model anew.")
    try:
        network = Network(model["encoding"], model["settings"])
        network.load_state_dict(torch.load(str(path), map_location="cpu", weights_only=True))
    except (RuntimeError, ValueError, TypeError, LookupError, pickle.UnpicklingError) as exc:
        reason = " ".join(str(exc).split())
        raise ValueError(f"{path.name} does not fit the model's files: {reason}") from exc
    return network


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


def _without_marks(column: pd.Series) -> pd.Series:
    """Return a column whose missing values are None, whatever the request writes for them."""
    nested = column.map(lambda value: isinstance(value, (dict, list)))
    if nested.any():
        raise ValueError(f"The field {column.name} has the value {column[nested].iloc[0]!r}.")
    return column.astype("object").where(~column.isin(MISSING), None)


def encode(frame: pd.DataFrame, encoding: dict) -> list:
    """Return tensors: numbers with flags of gaps, then the words of each column that is embedded.

    A category is one word. What is missing, rare or unseen is 0.
    """
    numbers, flags, words = [np.zeros((len(frame), 0))], [], []
    for name, found in sorted(encoding["numbers"].items()):
        values = numeric_values(frame[name], encoding["tables"].get(name))
        values = np.clip(values, -LARGEST, LARGEST)
        scaled = np.clip((values - found["mean"]) / (found["deviation"] or np.inf), -LIMIT, LIMIT)
        numbers.append(np.nan_to_num(scaled))
        flags += [np.isnan(values)] if found["gaps"] else []
    for name, known in sorted(encoding["words"].items()):
        places = {word: place for place, word in enumerate(known, start=1)}
        codes, values = pd.factorize(frame[name].astype("object"))
        rows = [words_of(value, is_text=name in encoding["texts"]) for value in values]
        longest = max([1, *(min(len(row), encoding["max_sen_len"]) for row in rows)])
        # What is missing has the code -1: the last row, which stays 0.
        table = np.zeros((len(rows) + 1, longest), "int32")
        for place, row in enumerate(rows):
            table[place, : len(row)] = [places.get(word, 0) for word in row[:longest]]
        words.append(torch.from_numpy(table[codes]))
    return [torch.from_numpy(np.column_stack([*numbers, *flags]).astype("float32")), *words]


def numeric_values(column: pd.Series, table: dict | None) -> np.ndarray:
    """Return float64 with NaN for what is missing, or the risks of a table; text is an error."""
    if table is not None:
        return risk_values(column, table)
    numbers = as_floats(column)
    unread = np.isnan(numbers) & column.notna().to_numpy()
    if unread.any():
        raise ValueError(
            f"The numeric field {column.name} has the value {column[unread].iloc[0]!r}."
        )
    return numbers


def as_floats(column: pd.Series) -> np.ndarray:
    """Return float64; what is missing or no number is NaN."""
    # As objects, the nullable types of every pandas are read alike.
    return pd.to_numeric(column.astype("object"), errors="coerce").to_numpy().astype("float64")


def risk_values(column: pd.Series, table: dict) -> np.ndarray:
    """Map categories to risks; a column that RiskTableMapping has mapped is taken as it is."""
    default, numbers = table["default_bin"], as_floats(column)
    bins = {as_category(key): risk for key, risk in table["bins"].items()}
    keys = column.astype("object").map({v: as_category(v) for v in column.dropna().unique()})
    # Nine decimals: reading a csv may change the last bit of a float.
    risks = np.round([default, *bins.values()], 9)
    if np.isin(np.round(numbers, 9), risks).sum() > keys.isin(list(bins)).sum():
        return np.where(np.isnan(numbers), default, numbers)
    return keys.map(bins).astype("float64").fillna(default).to_numpy()


def as_category(value: object) -> str:
    """Return the text of a category: 7.0 is 7, which one gap in its column makes a float."""
    return re.sub(r"\A(-?\d+)\.0\Z", r"\1", str(value))


def words_of(value: object, *, is_text: bool) -> list:
    """Return the words of a text in lower case; a category is one word."""
    return re.findall(r"\w+", str(value).lower()) if is_text else [as_category(value)]


class Network(nn.Module):
    """Layers over normalised numbers and, for each column of words, the mean of their embeddings.

    A word that is not known counts for nothing: what training never saw moves no score.
    """

    def __init__(self, encoding: dict, settings: dict) -> None:
        super().__init__()
        sizes = [len(known) + 1 for _, known in sorted(encoding["words"].items())]
        widths = [min(WIDE, NARROW + size // 2) for size in sizes]
        self.embeddings = nn.ModuleList()
        for size, width in zip(sizes, widths):  # noqa: B905 - Python 3.8
            self.embeddings.append(nn.EmbeddingBag(size, width, mode="mean", padding_idx=0))
            nn.init.normal_(self.embeddings[-1].weight, std=0.1)
        layers, width = [], sum(widths) + encoding["width"]
        for size in settings["hidden_layers"]:
            layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(settings["dropout"])]
            width = size
        self.layers = nn.Sequential(*layers, nn.Linear(width, settings["num_classes"]))

    def forward(self, numbers: torch.Tensor, *words: torch.Tensor) -> torch.Tensor:
        """Return one logit for each class."""
        means = [embed(column) for embed, column in zip(self.embeddings, words)]  # noqa: B905 - Python 3.8
        return self.layers(torch.cat([numbers, *means], dim=1))


def predict(network: Network, parts: list) -> np.ndarray:
    """Return one column of probabilities for each class."""
    device = next(network.parameters()).device
    network.eval()
    with torch.no_grad():
        batches = zip(*(part.split(SCORED_ROWS) for part in parts))  # noqa: B905 - Python 3.8
        logits = [network(*(part.to(device) for part in batch)).cpu() for batch in batches]
    return torch.softmax(torch.cat(logits).double(), dim=1).numpy()


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
