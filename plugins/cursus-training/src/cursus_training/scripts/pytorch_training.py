"""Fit a PyTorch network on train, stop it early on val, score val and test.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, torch 1.13 to 2, nothing of
Cursus; on a GPU where there is one. The model folder holds a state dict, JSON and text only.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn import metrics as sk
from torch import nn

BINARY = 2
NARROW, WIDE = 4, 32  # the least and the largest width of an embedding
LARGEST = float(np.finfo("float32").max)
LIMIT = 10.0  # no normalised number is further from the mean than this many deviations
SCORED_ROWS = 8192
# Least and most after the default, whose type is that of the number.
NUMBERS = {
    "batch_size": (256, 1, 1e6),
    "max_epochs": (30, 1, 1e6),
    "early_stop_patience": (3, 0, 1e6),
    "count_threshold": (5, 1, 1e9),
    "max_sen_len": (256, 1, 1e5),
    "max_vocabulary": (20000, 1, 1e6),
    "seed": (42, 0, 1e9),
    "lr": (0.001, 1e-9, 1e3),
    "weight_decay": (0.0, 0.0, 1e3),
    "dropout": (0.1, 0.0, 0.99),
}
DEFAULTS = {"tab_field_list": (), "cat_field_list": (), "hidden_layers": (64, 32)}
OWN_CLASSES = ("", "pytorch", "base_model", "tabular", "bimodal")


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,  # noqa: ARG001 - every script's main has it; none is read here
) -> None:
    """Write the model folder `model_output` and the predictions folder `evaluation_output`.

    `input_path` holds train, val and test. A column with a risk table in `model_artifacts_input`
    becomes that number; other categories are embedded, and columns of `text_name` word by word.
    """
    if environ_vars.get("USE_SECURE_PYPI", "false").lower() == "true":
        print(f"USE_SECURE_PYPI has no effect (region {environ_vars.get('REGION')}): no installs")
    settings = read_settings(input_paths.get("hyperparameters_s3_uri"))
    folder, splits = Path(input_paths["input_path"]), ("train", "val", "test")
    frames = {split: read_split(folder, split, settings) for split in splits}
    labels = {split: read_labels(frames[split], split, settings) for split in splits}
    if len(np.unique(labels["train"])) == 1:
        raise ValueError(f"Every label of train is {labels['train'][0]}; it takes two classes.")
    received = input_paths.get("model_artifacts_input")
    tables = read_tables(Path(received), settings["cat_field_list"]) if received else {}
    encoding = fit_encoding(frames["train"], settings, tables)
    parts = {split: encode(frames[split], encoding) for split in splits}
    network = fit_network(parts, labels, settings, encoding)
    write_model(Path(output_paths["model_output"]), network, settings, encoding)
    for split in ("val", "test"):
        scores = predict(network, parts[split])
        target = Path(output_paths["evaluation_output"], split)
        write_predictions(target, frames[split], scores, settings)
        write_metrics(target, labels[split], scores)


def read_settings(place: str | None) -> dict:
    """Read hyperparameters.json and fill in defaults; fields of other models are left alone."""
    if place is None:
        raise ValueError("The input hyperparameters_s3_uri is not bound; training needs it.")
    path = Path(place, "hyperparameters.json") if Path(place).is_dir() else Path(place)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; put hyperparameters.json there.")
    given = json.loads(path.read_text(encoding="utf-8"))
    settings = {**DEFAULTS, **{name: value for name, value in given.items() if value is not None}}
    problems = [f"{n} is missing" for n in ("id_name", "label_name") if not settings.get(n)]
    problems += settle_features(settings) + settle_numbers(settings)
    if str(settings.get("model_class", "")).lower() not in OWN_CLASSES:
        problems.append(f"model_class {settings['model_class']!r} takes a script of your own")
    if not all(isinstance(size, int) and size > 0 for size in settings["hidden_layers"]):
        problems.append(f"hidden_layers is {settings['hidden_layers']!r}, not whole numbers from 1")
    if problems:
        raise ValueError(f"{path}: {'; '.join(problems)}.")
    return settings


def settle_features(settings: dict) -> list:
    """Settle lists of features and number of classes; say what is wrong with them."""
    text, categorical = settings.get("text_name") or [], settings["cat_field_list"]
    settings["text_name"] = [text] if isinstance(text, str) else list(text)
    # Payload and inference learn from the two lists what a request holds.
    added = [name for name in settings["text_name"] if name not in categorical]
    settings["cat_field_list"] = [*categorical, *added]
    features = [*settings["tab_field_list"], *settings["cat_field_list"]]
    problems = [] if features else ["tab_field_list and cat_field_list name no feature"]
    twice = sorted({name for name in features if features.count(name) > 1})
    problems += [f"{name!r} is listed twice as a feature" for name in twice]
    roles = [role for role in ("id_name", "label_name") if settings.get(role) in features]
    problems += [f"{role} {settings[role]!r} is listed as a feature" for role in roles]
    counted = len(settings.get("multiclass_categories", []))
    number = int(counted or settings.get("num_classes", BINARY))
    if number != int(settings.get("num_classes", number)):
        problems.append(f"num_classes contradicts the {number} multiclass_categories")
    if number < BINARY:
        problems.append(f"there must be two classes or more, not {number}")
    weights = settings.setdefault("class_weights", [1.0] * number)
    if len(weights) != number or not all(float(weight) > 0 for weight in weights):
        problems.append(f"class_weights is {weights}, not {number} numbers above 0")
    settings.update(num_classes=number, is_binary=number == BINARY)
    return problems


def settle_numbers(settings: dict) -> list:
    """Turn settings into the numbers that they must be; say which are none."""
    problems = []
    for name, (default, least, most) in NUMBERS.items():
        given = settings.setdefault(name, default)
        try:
            settings[name] = type(default)(float(given))
            right = settings[name] == float(given) and least <= settings[name] <= most
        except (TypeError, ValueError, OverflowError):
            right = False
        if not right:
            kind = "whole number" if isinstance(default, int) else "number"
            problems.append(f"{name} is {given!r}, not a {kind} from {least:g} to {most:g}")
    return problems


def read_split(folder: Path, split: str, settings: dict) -> pd.DataFrame:
    """Read id, label and features of one split; ids and categories stay the text of the file."""
    text = [settings["id_name"], *settings["cat_field_list"]]
    wanted = [settings["label_name"], *settings["tab_field_list"], *text]
    names = [f"{split}_processed_data{ending}" for ending in (".csv", ".parquet")]
    found = [folder / split / name for name in names if (folder / split / name).is_file()]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder / split} must hold {' or '.join(names)}, and one only.")
    if found[0].suffix == ".parquet":
        frame = pd.read_parquet(found[0])
    else:
        frame = pd.read_csv(found[0], dtype=dict.fromkeys(text, str), usecols=wanted.__contains__)
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise ValueError(f"{found[0]} lacks the columns {', '.join(missing)}.")
    if frame.empty:
        raise ValueError(f"{found[0]} has no rows; train, val and test need some.")
    print(f"{split}: {len(frame):,} rows from {found[0].name}")
    return frame[wanted]


def read_labels(frame: pd.DataFrame, split: str, settings: dict) -> np.ndarray:
    """Return the labels as whole numbers; anything but 0..num_classes-1 is an error."""
    column, classes = frame[settings["label_name"]], settings["num_classes"]
    numbers = as_floats(column)
    wrong = ~np.isin(numbers, np.arange(classes))
    if wrong.any():
        seen = ", ".join(sorted({repr(value) for value in column[wrong].tolist()})[:5])
        raise ValueError(
            f"The label {column.name!r} of {wrong.sum():,} {split} row(s) is {seen}, not one of "
            f"0..{classes - 1}; use TabularPreprocessing or correct multiclass_categories."
        )
    return numbers.astype("int64")


def read_tables(place: Path, names: list) -> dict:
    """Read the risk tables that RiskTableMapping has fitted for columns used here."""
    path = place / "risk_table_map.json" if place.is_dir() else place
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; model_artifacts_input must hold it.")
    received = json.loads(path.read_text(encoding="utf-8"))
    return {name: received[name] for name in names if name in received}


def fit_encoding(train: pd.DataFrame, settings: dict, tables: dict) -> dict:
    """Fit all that turns rows into tensors: means and deviations, the categories and words."""
    encoding = {"numbers": {}, "tables": tables, "words": {}, "texts": settings["text_name"]}
    encoding.update(max_sen_len=settings["max_sen_len"], width=0)
    for name in [*settings["tab_field_list"], *tables]:
        values = numeric_values(train[name], tables.get(name))
        known = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
        mean, deviation = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
        if not deviation:
            print(f"warning: {name} does not vary in train; it says nothing")
        gaps = bool(0 < np.isnan(values).sum() < len(values))
        known = {"mean": float(mean), "deviation": float(deviation), "gaps": gaps}
        encoding["numbers"][name] = known
        encoding["width"] += 1 + gaps
    for name in filter(lambda name: name not in tables, settings["cat_field_list"]):
        counts = Counter()
        for value, rows in train[name].value_counts().items():
            words = words_of(value, is_text=name in settings["text_name"])
            counts.update(dict.fromkeys(words, rows))
        kept = [word for word, rows in counts.items() if rows >= settings["count_threshold"]]
        kept = sorted(kept, key=lambda word: (-counts[word], word))[: settings["max_vocabulary"]]
        encoding["words"][name] = kept
        print(f"{name}: {len(kept):,} of {len(counts):,} categories or words are frequent enough")
    return encoding


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


def fit_network(parts: dict, labels: dict, settings: dict, encoding: dict) -> Network:
    """Fit the network and keep its epoch of the least log loss on val; note it in the settings."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(settings["seed"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(encoding, settings).to(device)
    weights = np.asarray(settings["class_weights"], "float64")
    measure = nn.CrossEntropyLoss(weight=torch.from_numpy(weights).float().to(device))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings["lr"], weight_decay=settings["weight_decay"]
    )
    told, best = torch.from_numpy(labels["train"]), (np.inf, 0, None)
    for epoch in range(1, settings["max_epochs"] + 1):
        network.train()
        for rows in torch.randperm(len(told)).split(settings["batch_size"]):
            optimizer.zero_grad()
            logits = network(*(part[rows].to(device) for part in parts["train"]))
            measure(logits, told[rows].to(device)).backward()
            optimizer.step()
        scores = predict(network, parts["val"])[np.arange(len(labels["val"])), labels["val"]]
        loss = np.average(-np.log(np.maximum(scores, 1e-12)), weights=weights[labels["val"]])
        print(f"epoch {epoch}: loss on val {loss:.6f}")
        if not np.isfinite(loss):
            raise ValueError(f"The loss on val is {loss} after epoch {epoch}; lower lr.")
        if loss < best[0]:
            best = (loss, epoch, copy.deepcopy(network.state_dict()))
        elif settings["early_stop_patience"] and epoch - best[1] >= settings["early_stop_patience"]:
            break
    network.load_state_dict(best[2])
    settings.update(torch_version=str(torch.__version__), best_epoch=best[1], epochs_trained=epoch)
    print(f"kept epoch {best[1]} of {epoch}, trained on {device}")
    return network.to("cpu")


def write_model(folder: Path, network: Network, settings: dict, encoding: dict) -> None:
    """Write everything that a reader needs to score raw rows; nothing is pickled but tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), str(folder / "model.pth"))
    names = [*settings["tab_field_list"], *settings["cat_field_list"]]
    write_json(folder / "preprocessing.json", encoding)
    (folder / "feature_columns.txt").write_text("\n".join([*names, ""]), encoding="utf-8")
    write_json(folder / "hyperparameters.json", settings)


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys: the same run gives the same bytes."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_predictions(folder: Path, rows: pd.DataFrame, scores: np.ndarray, names: dict) -> None:
    """Write id, label and one probability for each class."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [[f"{score:.10g}" for score in column] for column in scores.T]
    known = rows[[names["id_name"], names["label_name"]]]
    table = known.assign(**{f"prob_class_{index}": column for index, column in enumerate(columns)})
    table.to_csv(folder / "predictions.csv", index=False)


def write_metrics(folder: Path, labels: np.ndarray, scores: np.ndarray) -> None:
    """Write metrics.json, each class against the rest; where there is one class they are null."""
    binary = scores.shape[1] == BINARY
    kind = {"average": "binary" if binary else "macro", "zero_division": 0}
    found = {"f1_score": float(sk.f1_score(labels, scores.argmax(axis=1), **kind))}
    columns = [1] if binary else range(scores.shape[1])
    told = {i: labels == i for i in columns if 0 < (labels == i).sum() < len(labels)}
    for name, measure in (
        ("auc_roc", sk.roc_auc_score),
        ("average_precision", sk.average_precision_score),
    ):
        values = [measure(is_class, scores[:, i]) for i, is_class in told.items()]
        found[name] = float(np.mean(values)) if values else None
    write_json(folder / "metrics.json", {**found, "rows": len(labels), "classes_rated": len(told)})
    print(f"{folder.name}: {json.dumps(found)}")


if __name__ == "__main__":
    ml = Path("/opt/ml")
    channels = ml / "input" / "data"
    optional = {"hyperparameters_s3_uri": ml / "code" / "hyperparams"}
    optional["model_artifacts_input"] = channels / "model_artifacts_input"
    inputs = {port: str(folder) for port, folder in optional.items() if folder.is_dir()}
    inputs["input_path"] = str(channels)
    outputs = {"model_output": str(ml / "model"), "evaluation_output": str(ml / "output" / "data")}
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    main(inputs, outputs, environment, argparse.ArgumentParser(description=__doc__).parse_args())
