"""Score the rows of one split with a PyTorch model and measure it on those with a label.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, torch 1.13 to 2, nothing of
Cursus. Features are prepared with what was fitted in training, which the model folder holds.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import pickle
import re
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from sklearn import metrics as sk
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARY = 2
NARROW, WIDE = 4, 32  # the least and the largest width of an embedding
LARGEST = float(np.finfo("float32").max)
LIMIT = 10.0  # no normalised number is further from the mean than this many deviations
SCORED_ROWS = 8192
THRESHOLDS = (0.3, 0.5, 0.7)
MODEL_FILES = ("model.pth", "preprocessing.json", "feature_columns.txt", "hyperparameters.json")
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
    scores = predict(model["network"], encode(frame, model["encoding"]))
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
    """Read the network and what prepares its features; nothing is unpickled but tensors."""
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"The model lacks {', '.join(missing)}; PyTorchTraining writes them."
        )
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in MODEL_FILES[1:]}
    encoding = json.loads(texts["preprocessing.json"])
    settings = json.loads(texts["hyperparameters.json"])
    features = [name for name in texts["feature_columns.txt"].split("\n") if name]
    trained = settings.get("torch_version", "an unknown version")
    print(f"model of torch {trained}, {len(features)} features; here: {torch.__version__}")
    if sorted(features) != sorted([*encoding["numbers"], *encoding["words"]]):
        raise ValueError("feature_columns.txt and preprocessing.json name other features.")
    try:
        network = Network(encoding, settings)
        state = torch.load(str(folder / MODEL_FILES[0]), map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except (RuntimeError, ValueError, TypeError, LookupError, pickle.UnpicklingError) as exc:
        reason = " ".join(str(exc).split())
        raise ValueError(f"{MODEL_FILES[0]} does not fit the model's files: {reason}") from exc
    return {"network": network, "encoding": encoding, "features": features}


def read_rows(path: Path, model: dict, names: dict) -> pd.DataFrame:
    """Read id, features and, where there is one, the label; ids and categories stay text."""
    text = dict.fromkeys(
        [names["id"], *model["encoding"]["words"], *model["encoding"]["tables"]], str
    )
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
            f"The numeric column {column.name!r} holds text in {unread.sum():,} row(s), such as "
            f"{column[unread].iloc[0]!r}; move it to cat_field_list or correct the data."
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
