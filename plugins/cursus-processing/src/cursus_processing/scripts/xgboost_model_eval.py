"""Score the rows of one split with an XGBoost model and measure it on those with a label.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, xgboost 1.3 to 3, nothing of
Cursus. Features are prepared with what was fitted in training, which the model folder holds.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn import metrics as sk

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = float(np.finfo("float32").max)
BINARY = 2
THRESHOLDS = (0.3, 0.5, 0.7)
MODEL_FILES = (
    *("xgboost_model.json", "risk_table_map.json", "impute_dict.json"),
    *("feature_columns.txt", "hyperparameters.json"),
)
COLOURS = ("#3b82d6", "#d9772b", "#2f9e6e", "#a06bd6", "#d0507a", "#8a8f2b", "#1fa3b5", "#a5714b")
# Text and axes take the colour of the page; a file looked at by itself chooses its own.
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 430" role="img"
 font-family="system-ui,sans-serif" font-size="12" fill="currentColor"><title>{title}</title>
<style>svg:root{{color:#222}}@media(prefers-color-scheme:dark){{svg:root{{color:#ddd}}}}</style>
<text x="60" y="26" font-size="15">{title}</text>
<text x="230" y="418" text-anchor="middle">{across}</text>
<text transform="translate(18 210) rotate(-90)" text-anchor="middle">{up}</text>"""


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,
) -> None:
    """Write eval_predictions.csv to `eval_output`, metrics and plots to `metrics_output`.

    `model_input` is a model folder or holds a model.tar.gz; of `processed_data` the split named by
    --job_type is read, else `test`. Rows without a label are scored but not measured.
    """
    names = {"id": environ_vars.get("ID_FIELD"), "label": environ_vars.get("LABEL_FIELD")}
    for role, name in names.items():
        if not name:
            raise ValueError(f"{role.upper()}_FIELD is not set; give the name of the column.")
    path = find_split(Path(input_paths["processed_data"]), job_args.job_type)
    with model_folder(Path(input_paths["model_input"])) as folder:
        model = read_model(folder)
    frame = read_rows(path, model, names)
    scores = predict(model["booster"], make_matrix(frame, model))
    labels = read_labels(frame, names["label"], scores.shape[1])
    print(f"scored {len(frame):,} rows of {path.name}, {(labels >= 0).sum():,} of them labelled")

    write_predictions(
        Path(output_paths["eval_output"]), frame[names["id"]], (names, labels, scores)
    )
    write_metrics(Path(output_paths["metrics_output"]), labels, scores)


def find_split(folder: Path, job_type: str) -> Path:
    """Find the data of the split named job_type, else of `test`."""
    split = next((name for name in (job_type, "test") if (folder / name).is_dir()), None)
    if split is None:
        seen = ", ".join(sorted(path.name for path in folder.glob("*"))[:10]) or "nothing"
        raise FileNotFoundError(f"{folder} holds no split {job_type} and no test, but {seen}.")
    names = [f"{split}_processed_data{ending}" for ending in (".csv", ".parquet")]
    found = [folder / split / name for name in names if (folder / split / name).is_file()]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder / split} must hold {' or '.join(names)}, and one only.")
    return found[0]


@contextmanager
def model_folder(place: Path) -> Iterator[Path]:
    """Give the folder of the model, unpacked for as long as it is needed."""
    if (place / MODEL_FILES[0]).is_file():
        yield place
        return
    packs = [place] if place.is_file() else sorted(place.rglob("model.tar.gz"))
    archives = [path for path in packs if tarfile.is_tarfile(str(path))]
    if len(archives) != 1:
        needed = f"{MODEL_FILES[0]} or one readable model.tar.gz"
        found = ", ".join(map(str, archives)) or "neither"
        raise FileNotFoundError(f"{place} must hold {needed}; it holds {found}.")
    with tempfile.TemporaryDirectory() as folder:
        unpack(archives[0], Path(folder))
        yield Path(folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive that nobody has to trust: plain files inside the folder only."""
    with tarfile.open(archive, "r:*") as packed:
        if hasattr(tarfile, "data_filter"):
            packed.extractall(folder, filter="data")
            return
        for member in packed.getmembers():
            inside = (folder / member.name).resolve()
            plain = member.isfile() or member.isdir()
            if not plain or folder.resolve() not in (inside, *inside.parents):
                raise ValueError(f"{archive} holds the unsafe member {member.name!r}.")
        packed.extractall(folder)  # noqa: S202 - every member was looked at above


def read_model(folder: Path) -> dict:
    """Read the booster and what prepares its features."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"The model lacks {', '.join(missing)}; XGBoostTraining writes them."
        )
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in MODEL_FILES[1:]}
    model = {
        "features": [name for name in texts["feature_columns.txt"].split("\n") if name],
        "means": json.loads(texts["impute_dict.json"]),
        "tables": json.loads(texts["risk_table_map.json"]),
        "hyperparameters": json.loads(texts["hyperparameters.json"]),
    }
    for table in model["tables"].values():
        table["bins"] = {as_category(key): risk for key, risk in table["bins"].items()}
    unknown = set(model["features"]) - set(model["means"]) - set(model["tables"])
    if unknown:
        raise ValueError(f"The model does not say how to prepare {', '.join(sorted(unknown))}.")
    model["booster"] = read_booster(folder / MODEL_FILES[0], model)
    return model


def read_booster(path: Path, model: dict) -> xgb.Booster:
    """Read the booster; that this version of XGBoost reads it rightly is checked by one score."""
    trained = model["hyperparameters"].get("xgboost_version", "an unknown version")
    print(f"model of xgboost {trained}, {len(model['features'])} features; here: {xgb.__version__}")
    advice = f"use the XGBoost that trained it ({trained}; here is {xgb.__version__})"
    booster = xgb.Booster()
    try:
        booster.load_model(str(path))
    except (xgb.core.XGBoostError, ValueError) as exc:
        reason = str(exc).splitlines()[0]
        raise RuntimeError(f"The model cannot be read: {advice}. XGBoost says: {reason}") from exc
    # xgboost 1.3 does not keep the names in its JSON.
    booster.feature_names = model["features"]
    expected = model["hyperparameters"].get("typical_score")
    values = {**{n: t["default_bin"] for n, t in model["tables"].items()}, **model["means"]}
    row = np.array([[values[name] for name in model["features"]]])
    typical = predict(booster, xgb.DMatrix(row, feature_names=model["features"]))[0]
    if expected is not None and not np.allclose(typical, expected, atol=1e-4):
        raise RuntimeError(
            f"A typical row scores {typical.tolist()} here but {expected} in training: {advice}."
        )
    return booster


def read_rows(path: Path, model: dict, names: dict) -> pd.DataFrame:
    """Read id, features and, where there is one, the label; ids and categories stay text."""
    text = dict.fromkeys([names["id"], *model["tables"]], str)
    wanted = {*names.values(), *model["features"]}
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        frame = pd.read_csv(path, dtype=text, usecols=wanted.__contains__)
    if names["id"] not in frame.columns:
        raise ValueError(f"{path} has no column {names['id']!r}; set ID_FIELD (id_name).")
    missing = [name for name in model["features"] if name not in frame.columns]
    if missing:
        raise ValueError(f"{path} lacks the model's features {', '.join(missing)}.")
    if frame.empty:
        raise ValueError(f"{path} has no rows; there is nothing to evaluate.")
    return frame


def make_matrix(frame: pd.DataFrame, model: dict) -> xgb.DMatrix:
    """Return the features without gaps, named, in the order of the model."""
    columns = []
    for name in model["features"]:
        if name in model["tables"]:
            columns.append(risk_values(frame[name], model["tables"][name]))
        else:
            values = numeric_values(frame[name])
            columns.append(np.where(np.isnan(values), model["means"][name], values))
    return xgb.DMatrix(np.column_stack(columns), feature_names=model["features"])


def numeric_values(column: pd.Series) -> np.ndarray:
    """Return float64 with NaN for what is missing; text is an error that shows it."""
    numbers = as_floats(column)
    unread = np.isnan(numbers) & column.notna().to_numpy()
    if unread.any():
        raise ValueError(
            f"The numeric column {column.name!r} holds text in {unread.sum():,} row(s), such as "
            f"{column[unread].iloc[0]!r}; move it to cat_field_list or correct the data."
        )
    # The booster keeps float32 and refuses infinity, which larger values would become.
    return np.clip(numbers, -LARGEST, LARGEST)


def as_floats(column: pd.Series) -> np.ndarray:
    """Return float64; what is missing or no number is NaN."""
    # As objects, the nullable types of every pandas are read alike.
    return pd.to_numeric(column.astype("object"), errors="coerce").to_numpy().astype("float64")


def risk_values(column: pd.Series, table: dict) -> np.ndarray:
    """Map categories to risks; a column that RiskTableMapping has mapped is taken as it is."""
    keys, bins, default = category_keys(column), table["bins"], table["default_bin"]
    numbers = as_floats(column)
    # Nine decimals: reading a csv may change the last bit of a float.
    risks = np.round([default, *bins.values()], 9)
    if np.isin(np.round(numbers, 9), risks).sum() > keys.isin(list(bins)).sum():
        return np.where(np.isnan(numbers), default, numbers)
    return keys.map(bins).astype("float64").fillna(default).to_numpy()


def category_keys(column: pd.Series) -> pd.Series:
    """Return the text by which each category is looked up; missing stays missing."""
    known = {value: as_category(value) for value in column.dropna().unique()}
    return column.astype("object").map(known)


def as_category(value: object) -> str:
    """Return the text of a category: 7.0 is 7, which one gap in its column makes a float."""
    return re.sub(r"\A(-?\d+)\.0\Z", r"\1", str(value))


def predict(booster: xgb.Booster, matrix: xgb.DMatrix) -> np.ndarray:
    """Return one column of probabilities for each class."""
    scores = booster.predict(matrix).astype("float64")
    return scores if scores.ndim > 1 else np.column_stack([1.0 - scores, scores])


def read_labels(frame: pd.DataFrame, name: str, classes: int) -> np.ndarray:
    """Return the labels as whole numbers, -1 where there is none."""
    if name not in frame.columns:
        print(f"warning: no column {name!r}; every row counts as unlabelled")
        return np.full(len(frame), -1)
    numbers = as_floats(frame[name])
    wrong = frame[name].notna().to_numpy() & ~np.isin(numbers, np.arange(classes))
    if wrong.any():
        seen = ", ".join(sorted({repr(value) for value in frame[name][wrong].tolist()})[:5])
        raise ValueError(f"The label {name!r} is {seen}; the model knows 0..{classes - 1}.")
    return np.where(np.isnan(numbers), -1, numbers).astype("int64")


def write_predictions(folder: Path, ids: pd.Series, found: tuple) -> None:
    """Write id, label (empty where there is none) and one probability for each class."""
    names, labels, scores = found
    folder.mkdir(parents=True, exist_ok=True)
    table = {names["id"]: ids, names["label"]: [str(x) if x >= 0 else "" for x in labels]}
    for index, column in enumerate(scores.T):
        table[f"prob_class_{index}"] = [f"{score:.10g}" for score in column]
    pd.DataFrame(table).to_csv(folder / "eval_predictions.csv", index=False)


def write_metrics(folder: Path, labels: np.ndarray, scores: np.ndarray) -> None:
    """Write metrics.json, metrics_summary.txt and two plots, of the labelled rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {"rows": len(labels), "rows_labelled": int((labels >= 0).sum())}
    rows["rows_unlabelled"] = rows["rows"] - rows["rows_labelled"]
    counts = {str(index): int((labels == index).sum()) for index in range(scores.shape[1])}
    metrics, roc, recall = measure(labels[labels >= 0], scores[labels >= 0])
    write_json(folder / "metrics.json", {**metrics, **rows, "label_counts": counts})
    lines = [f"{name:22}{value:>12,}" for name, value in rows.items()]
    lines += [f"{'label ' + name:22}{value:>12,}" for name, value in counts.items()]
    for name, value in metrics.items():
        lines.append(f"{name:22}{'not defined' if value is None else format(value, '.6f'):>12}")
    if rows["rows_unlabelled"]:
        lines.append("The metrics are those of the labelled rows.")
    if metrics["auc_roc"] is None:
        lines.append("Not defined: it takes labelled rows of at least two classes.")
    (folder / "metrics_summary.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    where = f"{rows['rows_labelled']:,} labelled rows"
    axes = ("False positive rate", "True positive rate")
    draw_curves(folder / "roc_curve.svg", f"ROC: {where}", axes, roc)
    axes = ("Recall", "Precision")
    draw_curves(folder / "pr_curve.svg", f"Precision and recall: {where}", axes, recall)


def measure(labels: np.ndarray, scores: np.ndarray) -> tuple:
    """Return metrics (the mean over classes, each against the rest) and both kinds of curves."""
    roc, recall, found = {}, {}, []
    for index in [1] if scores.shape[1] == BINARY else range(scores.shape[1]):
        told, score = labels == index, scores[:, index]
        if told.any() and not told.all():
            area, precision = sk.roc_auc_score(told, score), sk.average_precision_score(told, score)
            f1 = [sk.f1_score(told, score >= edge, zero_division=0) for edge in THRESHOLDS]
            found.append([area, precision, *f1])
            roc[f"class {index}, AUC {area:.3f}"] = sk.roc_curve(told, score)[:2]
            curve = sk.precision_recall_curve(told, score)[1::-1]
            recall[f"class {index}, AP {precision:.3f}"] = curve
    names = ["auc_roc", "average_precision", *(f"f1_score_at_{edge}" for edge in THRESHOLDS)]
    means = np.mean(found, axis=0).tolist() if found else [None] * len(names)
    if found and scores.shape[1] == BINARY:
        recall["chance"] = ([0, 1], [labels.mean()] * 2)
    roc["chance"] = ([0, 1], [0, 1])
    return dict(zip(names, means)), roc, recall  # noqa: B905 - Python 3.8 has no strict


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys: the same run gives the same bytes."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def draw_curves(path: Path, title: str, axes: tuple, curves: dict) -> None:
    """Draw curves over the unit square as SVG, in the text colour of the page that shows it."""
    parts = [FRAME.format(title=html.escape(title), across=axes[0], up=axes[1])]
    for tick in range(6):
        x, y, text = 60 + 68 * tick, 380 - 68 * tick, f"{tick / 5:.1f}"
        parts.append(f'<path d="M{x} 40V380M60 {y}H400" stroke="currentColor" opacity=".18"/>')
        parts.append(f'<text x="{x}" y="397" text-anchor="middle">{text}</text>')
        parts.append(f'<text x="52" y="{y + 4}" text-anchor="end">{text}</text>')
    for row, (name, (xs, ys)) in enumerate(curves.items()):
        kept = np.unique(np.linspace(0, len(xs) - 1, 300).astype(int))
        points = [f"{60 + 340 * xs[i]:.1f},{380 - 340 * ys[i]:.1f}" for i in kept]
        style = f'fill="none" stroke="{COLOURS[row % len(COLOURS)]}" stroke-width="2"'
        if name == "chance":
            style = 'fill="none" stroke="currentColor" stroke-dasharray="4 4" opacity=".7"'
        parts.append(f'<polyline points="{" ".join(points)}" {style}/>')
        parts.append(f'<path d="M420 {52 + 20 * row}h26" {style}/>')
        parts.append(f'<text x="454" y="{56 + 20 * row}">{html.escape(name)}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    main(
        {
            "model_input": str(base / "input" / "model"),
            "processed_data": str(base / "input" / "eval_data"),
        },
        {
            "eval_output": str(base / "output" / "eval"),
            "metrics_output": str(base / "output" / "metrics"),
        },
        environment,
        parser.parse_args(),
    )
