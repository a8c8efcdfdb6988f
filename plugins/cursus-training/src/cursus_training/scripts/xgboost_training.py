"""Fit an XGBoost classifier on train, stop it early on val, score val and test.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, xgboost 1.3 to 3, nothing of
Cursus. The model folder holds JSON and text only: nothing is pickled.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn import metrics as sk

BINARY = 2
LARGEST = float(np.finfo("float32").max)
# Hyperparameters that XGBoost takes, less their ending _xgb.
PASSED_ON = (
    *("booster", "eta", "gamma", "max_depth", "min_child_weight", "max_delta_step", "subsample"),
    *("colsample_bytree", "colsample_bylevel", "colsample_bynode", "lambda_xgb", "alpha_xgb"),
    *("tree_method", "seed", "objective", "eval_metric"),
)
WHOLE = {"early_stopping_rounds": 10, "count_threshold": 5, "seed": 42}
DECIMAL = {
    **dict.fromkeys(("min_child_weight", "subsample", "lambda_xgb", "scale_pos_weight"), 1.0),
    **dict.fromkeys(("colsample_bytree", "colsample_bylevel", "colsample_bynode"), 1.0),
    **dict.fromkeys(("gamma", "max_delta_step", "alpha_xgb"), 0.0),
    "eta": 0.3,
    "smooth_factor": 0.01,
}
LISTS = dict.fromkeys(("tab_field_list", "cat_field_list"), ())
DEFAULTS = {**LISTS, "booster": "gbtree", "tree_method": "auto", **WHOLE, **DECIMAL}
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
    job_args: argparse.Namespace,  # noqa: ARG001 - every script's main has it; none is read here
) -> None:
    """Write the model folder `model_output` and the predictions folder `evaluation_output`.

    `input_path` holds train, val and test. Risk tables of `model_artifacts_input`, where given, are
    used instead of fitting them; columns that they have mapped already are taken as they are.
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
    encoding = fit_encoding(frames["train"], labels["train"], settings, tables)
    matrices = {split: make_matrix(frames[split], encoding, settings) for split in splits}
    booster = fit_booster(matrices, labels, settings)

    booster = write_model(Path(output_paths["model_output"]), booster, settings, encoding)
    for split in ("val", "test"):
        scores = predict(booster, matrices[split], settings)
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
    required = ("id_name", "label_name", "num_round", "max_depth")
    problems = [f"{name} is missing or zero" for name in required if not settings.get(name)]
    problems += feature_problems(settings) + settle_classes(settings)
    for name in [name for name in ("num_round", "max_depth", *WHOLE, *DECIMAL) if name in settings]:
        try:
            settings[name] = float(settings[name])
            if name not in DECIMAL and settings[name] != int(settings[name]):
                problems.append(f"{name} is {given[name]!r}, not a whole number")
            settings[name] = settings[name] if name in DECIMAL else int(settings[name])
        except (TypeError, ValueError):
            problems.append(f"{name} is {given[name]!r}, not a number")
    if problems:
        raise ValueError(f"{path}: {'; '.join(problems)}.")
    return settings


def feature_problems(settings: dict) -> list:
    """Say what is wrong with the lists of features."""
    features = [*settings["tab_field_list"], *settings["cat_field_list"]]
    problems = [] if features else ["tab_field_list and cat_field_list name no feature"]
    twice = sorted({name for name in features if features.count(name) > 1})
    problems += [f"{name!r} is listed twice as a feature" for name in twice]
    roles = [role for role in ("id_name", "label_name") if settings.get(role) in features]
    return problems + [f"{role} {settings[role]!r} is listed as a feature" for role in roles]


def settle_classes(settings: dict) -> list:
    """Derive all that depends on the number of classes; say what contradicts it."""
    problems, counted = [], len(settings.get("multiclass_categories", []))
    number = int(counted or settings.get("num_classes", BINARY))
    if number != int(settings.get("num_classes", number)):
        problems.append(f"num_classes contradicts the {number} multiclass_categories")
    if number < BINARY:
        problems.append(f"there must be two classes or more, not {number}")
    weights = settings.setdefault("class_weights", [1.0] * number)
    if len(weights) != number:
        problems.append(f"class_weights has {len(weights)} values for {number} classes")
    settings.setdefault("eval_metric", ["auc", "logloss"] if number == BINARY else ["mlogloss"])
    settings["objective"] = "binary:logistic" if number == BINARY else "multi:softprob"
    settings.update(num_classes=number, is_binary=number == BINARY)
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


def read_tables(place: Path, categorical: list) -> dict:
    """Read the risk tables that RiskTableMapping has fitted for columns used here."""
    path = place / "risk_table_map.json" if place.is_dir() else place
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; model_artifacts_input must hold it.")
    received = json.loads(path.read_text(encoding="utf-8"))
    tables = {name: received[name] for name in categorical if name in received}
    for table in tables.values():
        table["bins"] = {as_category(key): risk for key, risk in table["bins"].items()}
    print(f"risk tables received for: {', '.join(tables) or 'none of these features'}")
    return tables


def fit_encoding(train: pd.DataFrame, labels: np.ndarray, settings: dict, tables: dict) -> dict:
    """Fit means of numeric columns, and risk tables where none were received."""
    means = {}
    for name in settings["tab_field_list"]:
        values = numeric_values(train[name])
        means[name] = 0.0 if np.isnan(values).all() else float(np.nanmean(values))
        if np.isnan(values).all():
            print(f"warning: {name} has no value in train; it is imputed with 0.0")
    used = {}
    for name in settings["cat_field_list"]:
        used[name] = tables.get(name) or fit_risk_table(train[name], labels, settings)
    return {"means": means, "tables": used}


def fit_risk_table(column: pd.Series, labels: np.ndarray, settings: dict) -> dict:
    """Fit (count*rate + n*smooth*prior) / (count + n*smooth) for each category.

    n is the number of rows, rate and prior are mean labels (also of more than two classes); a
    category of fewer than count_threshold rows gets the prior.
    """
    prior, pseudo = float(labels.mean()), len(labels) * settings["smooth_factor"]
    groups = pd.Series(labels).groupby(category_keys(column).to_numpy()).agg(["size", "sum"])
    risks = (groups["sum"] + pseudo * prior) / (groups["size"] + pseudo)
    risks = risks.where(groups["size"] >= settings["count_threshold"], prior)
    return {"bins": {key: float(risk) for key, risk in risks.items()}, "default_bin": prior}


def make_matrix(frame: pd.DataFrame, encoding: dict, settings: dict) -> xgb.DMatrix:
    """Return the features without gaps, named, in the order of the model."""
    columns = {name: numeric_values(frame[name]) for name in settings["tab_field_list"]}
    for name, values in columns.items():
        values[np.isnan(values)] = encoding["means"][name]
    for name in settings["cat_field_list"]:
        columns[name] = risk_values(frame[name], encoding["tables"][name])
    return xgb.DMatrix(np.column_stack(list(columns.values())), feature_names=list(columns))


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


def fit_booster(matrices: dict, labels: dict, settings: dict) -> xgb.Booster:
    """Fit the booster; add what the rounds came to to the settings."""
    for split, matrix in matrices.items():
        matrix.set_label(labels[split])
    matrices["train"].set_weight(np.asarray(settings["class_weights"], "float64")[labels["train"]])
    parameters = {name: settings[name] for name in PASSED_ON if name in settings}
    parameters = {name.replace("_xgb", ""): value for name, value in parameters.items()}
    parameters["nthread"] = int(settings.get("nthread") or available_cpus())
    own, name = ("scale_pos_weight",) * 2 if settings["is_binary"] else ("num_class", "num_classes")
    parameters[own] = settings[name]
    stop = settings["early_stopping_rounds"] or None
    if len(np.unique(labels["val"])) == 1:
        print("warning: val holds one class only, so training does not stop early")
        stop = None
    try:
        booster = xgb.train(
            parameters,
            matrices["train"],
            num_boost_round=settings["num_round"],
            evals=[(matrices["train"], "train"), (matrices["val"], "val")],
            early_stopping_rounds=stop,
            verbose_eval=max(1, settings["num_round"] // 10),
        )
    except xgb.core.XGBoostError as exc:
        raise ValueError(f"XGBoost refused: {str(exc).splitlines()[0]}") from exc
    settings.update(xgboost_version=xgb.__version__, boosted_rounds=settings["num_round"])
    if stop and settings["booster"] != "gblinear":
        # Only the best rounds are kept, so that no reader has to know where to stop.
        settings["boosted_rounds"] = int(booster.best_iteration) + 1
        booster = booster[: settings["boosted_rounds"]]
    print(f"kept {settings['boosted_rounds']} of at most {settings['num_round']} rounds")
    return booster


def available_cpus() -> int | None:
    """Count the CPUs of the affinity mask: a container may own fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def predict(booster: xgb.Booster, matrix: xgb.DMatrix, settings: dict) -> np.ndarray:
    """Return one column of probabilities for each class."""
    scores = booster.predict(matrix).astype("float64")
    return np.column_stack([1.0 - scores, scores]) if settings["is_binary"] else scores


def write_model(folder: Path, booster: xgb.Booster, settings: dict, encoding: dict) -> xgb.Booster:
    """Write everything that a reader needs to score raw rows; return the booster as he reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    booster.save_model(str(folder / "xgboost_model.json"))
    # Reading it back also mends xgboost 1.3, where a slice cannot predict and names are not saved.
    booster = xgb.Booster(model_file=str(folder / "xgboost_model.json"))
    names = [*settings["tab_field_list"], *settings["cat_field_list"]]
    booster.feature_names, booster.feature_types = names, None
    linear = settings["booster"] == "gblinear"
    gains = booster.get_score(importance_type="weight" if linear else "gain")
    gains = {name: float(np.max(gains.get(name, 0.0))) for name in names}
    write_json(folder / "feature_importance.json", gains)
    write_json(folder / "risk_table_map.json", encoding["tables"])
    write_json(folder / "impute_dict.json", encoding["means"])
    (folder / "feature_columns.txt").write_text("\n".join([*names, ""]), encoding="utf-8")
    # Another version of XGBoost may read the booster wrongly without a word: this score tells.
    row = [*encoding["means"].values(), *(t["default_bin"] for t in encoding["tables"].values())]
    score = predict(booster, xgb.DMatrix(np.array([row]), feature_names=names), settings)
    write_json(folder / "hyperparameters.json", {**settings, "typical_score": score[0].tolist()})
    return booster


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
    """Write metrics.json and two plots, one class against the rest; one class gives null."""
    binary = scores.shape[1] == BINARY
    kind = {"average": "binary" if binary else "macro", "zero_division": 0}
    found = {"f1_score": float(sk.f1_score(labels, scores.argmax(axis=1), **kind))}
    roc, recall, areas, precisions = {}, {}, [], []
    for index in [1] if binary else range(scores.shape[1]):
        told, score = labels == index, scores[:, index]
        if told.any() and not told.all():
            areas.append(sk.roc_auc_score(told, score))
            precisions.append(sk.average_precision_score(told, score))
            roc[f"class {index}, AUC {areas[-1]:.3f}"] = sk.roc_curve(told, score)[:2]
            curve = sk.precision_recall_curve(told, score)[1::-1]
            recall[f"class {index}, AP {precisions[-1]:.3f}"] = curve
    found["auc_roc"] = float(np.mean(areas)) if areas else None
    found["average_precision"] = float(np.mean(precisions)) if areas else None
    write_json(folder / "metrics.json", {**found, "rows": len(labels), "classes_rated": len(areas)})
    print(f"{folder.name}: {json.dumps(found)}")
    roc["chance"] = ([0, 1], [0, 1])
    recall.update({"chance": ([0, 1], [labels.mean()] * 2)} if binary else {})
    where = f"{folder.name}, {len(labels):,} rows"
    axes = ("False positive rate", "True positive rate")
    draw_curves(folder / "roc_curve.svg", f"ROC: {where}", axes, roc)
    axes = ("Recall", "Precision")
    draw_curves(folder / "pr_curve.svg", f"Precision and recall: {where}", axes, recall)


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
