"""Calibrate scores with a gam, an isotonic or a Platt curve; measure them before and after.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, nothing of Cursus, no pygam.
A calibration is a curve of sampled points, applied everywhere by linear interpolation.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import posixpath
import re
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline
from scipy.optimize import lsq_linear
from scipy.special import expit

TABLES = (".csv", ".parquet")
NAMES = ("eval_predictions", "predictions", "val/eval_predictions", "val/predictions")
WANTED = [f"{name}{kind}" for name in NAMES for kind in TABLES]
NEAREST = 1e-6  # scores nearer to 0 or 1 are moved here: log-odds must be finite
LINE = 2  # two basis functions of degree 1 make the straight line of Platt
BINS = 10
COLOURS = {"before": "#d9772b", "after": "#3b82d6"}
FORMS = {
    "LABEL_FIELD": ("the name of a column", ".+"),
    "CALIBRATION_METHOD": ("gam, isotonic or platt", "gam|isotonic|platt"),
    "ERROR_THRESHOLD": ("a number", r"\d*\.?\d+"),
    "MULTICLASS_CATEGORIES": ("a JSON list", r"\[.*\]"),
}
FLAGS = ("MONOTONIC_CONSTRAINT", "IS_BINARY")
WHOLE = ("GAM_SPLINES", "CALIBRATION_SAMPLE_POINTS", "NUM_CLASSES")
FORMS.update(dict.fromkeys(FLAGS, ("true or false", "true|false")))
FORMS.update(dict.fromkeys(WHOLE, ("a whole number from 2", r"0*([2-9]|[1-9]\d{1,8})")))
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
    """Write the curves, the metrics with a reliability diagram, and the rows with their new scores.

    `evaluation_data` holds predictions, or a training step's output.tar.gz (its val is taken). Rows
    without a label get a calibrated score but take no part in fit and metrics.
    """
    settings = {
        "LABEL_FIELD": environ_vars.get("LABEL_FIELD", ""),
        "CALIBRATION_METHOD": environ_vars.get("CALIBRATION_METHOD", "gam").lower(),
        "SCORE_FIELD": environ_vars.get("SCORE_FIELD", "prob_class_1"),
        "SCORE_FIELD_PREFIX": environ_vars.get("SCORE_FIELD_PREFIX", "prob_class_"),
        "MONOTONIC_CONSTRAINT": environ_vars.get("MONOTONIC_CONSTRAINT", "true").lower(),
        "IS_BINARY": environ_vars.get("IS_BINARY", "true").lower(),
        "GAM_SPLINES": environ_vars.get("GAM_SPLINES", "10"),
        "CALIBRATION_SAMPLE_POINTS": environ_vars.get("CALIBRATION_SAMPLE_POINTS", "1000"),
        "NUM_CLASSES": environ_vars.get("NUM_CLASSES", "2"),
        "ERROR_THRESHOLD": environ_vars.get("ERROR_THRESHOLD", "0.05"),
        "MULTICLASS_CATEGORIES": environ_vars.get("MULTICLASS_CATEGORIES", "[]"),
    }
    settings = check_settings(settings)
    frame = read_predictions(Path(input_paths["evaluation_data"]))
    columns = score_columns(frame, settings)
    scores = np.column_stack([read_scores(frame[name]) for name in columns])
    labels = read_labels(frame[settings["LABEL_FIELD"]], settings)
    known = labels >= 0
    print(f"{len(frame):,} rows, {known.sum():,} with a label; scores: {', '.join(columns)}")
    told = np.column_stack([labels[known] == index for index in settings["classes"]])
    refuse_degenerate(told, scores[known], columns)

    curves = fit_curves(told, scores[known], settings)
    calibrated = apply_curves(scores, curves)
    stages = {"before": scores[known], "after": calibrated[known]}
    metrics = {stage: measure(told, values) for stage, values in stages.items()}
    metrics.update(rows=len(frame), rows_labelled=int(known.sum()), job_type=job_args.job_type)
    model = {"method": settings["CALIBRATION_METHOD"], "is_binary": settings["IS_BINARY"]}
    field = "SCORE_FIELD" if settings["IS_BINARY"] else "SCORE_FIELD_PREFIX"
    model.update(score_field=settings[field], curves=curves)
    write_json(Path(output_paths["calibration_output"], "calibration_model.json"), model)
    write_metrics(Path(output_paths["metrics_output"]), metrics, settings)
    for name, column in zip(columns, calibrated.T):  # noqa: B905 - Python 3.8 has no strict
        frame[f"calibrated_{name}"] = [f"{score:.10g}" for score in column]
    folder = Path(output_paths["calibrated_data"])
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "calibrated_data.csv", index=False)


def check_settings(texts: dict) -> dict:
    """Turn the texts of the environment into values; say all that is wrong at once."""
    wrong = [name for name in FORMS if not re.match(f"({FORMS[name][1]})\\Z", texts[name])]
    if wrong:
        found = "; ".join(f"{name} is {texts[name]!r}, not {FORMS[name][0]}" for name in wrong)
        raise ValueError(f"The environment is wrong: {found}.")
    settings = {**texts, **{name: int(texts[name]) for name in WHOLE}}
    settings.update({name: texts[name] == "true" for name in FLAGS})
    settings["ERROR_THRESHOLD"] = float(texts["ERROR_THRESHOLD"])
    settings["MULTICLASS_CATEGORIES"] = json.loads(texts["MULTICLASS_CATEGORIES"])
    count = 2 if settings["IS_BINARY"] else settings["NUM_CLASSES"]
    classes = [1] if settings["IS_BINARY"] else list(range(count))
    return {**settings, "NUM_CLASSES": count, "classes": classes}


def read_predictions(place: Path) -> pd.DataFrame:
    """Read the predictions of a file, of a folder or its val, or of the one output.tar.gz below."""
    alone = place.is_file() and place.suffix in TABLES
    found = [place] if alone else [place / name for name in WANTED if (place / name).is_file()]
    found = found or [path for path in sorted(place.glob("*")) if path.suffix in TABLES]
    packs = [place] if place.is_file() else sorted(place.rglob("output.tar.gz"))
    archives = [path for path in packs if tarfile.is_tarfile(str(path))]
    if len(found or archives) != 1:
        seen = ", ".join(map(str, found or archives)) or "neither"
        needed = "one table (eval_predictions.csv, predictions.csv) or one readable output.tar.gz"
        raise FileNotFoundError(f"{place} must hold {needed}; it holds {seen}.")
    if found:
        return read_table(found[0], found[0].name)
    with tarfile.open(archives[0]) as packed:
        members = {posixpath.normpath(member.name): member for member in packed if member.isfile()}
        inside = [name for name in WANTED if name in members]
        if len(inside) != 1:
            raise FileNotFoundError(f"{archives[0]} must hold val/predictions.csv, and one only.")
        # Read in place: nothing of the archive is ever written.
        content = io.BytesIO(packed.extractfile(members[inside[0]]).read())
    return read_table(content, inside[0])


def read_table(source: Path | io.BytesIO, name: str) -> pd.DataFrame:
    """Read a table; a csv stays text, so that every column is written as it came."""
    if name.endswith(".parquet"):
        return pd.read_parquet(source)
    return pd.read_csv(source, dtype=str, keep_default_na=False)


def score_columns(frame: pd.DataFrame, settings: dict) -> list:
    """Name the score column of each class; say what is not there."""
    names = [f"{settings['SCORE_FIELD_PREFIX']}{index}" for index in settings["classes"]]
    names = [settings["SCORE_FIELD"]] if settings["IS_BINARY"] else names
    missing = [name for name in (*names, settings["LABEL_FIELD"]) if name not in frame.columns]
    if missing:
        seen = ", ".join(map(str, frame.columns))
        raise ValueError(f"The predictions lack {', '.join(missing)}; they have {seen}.")
    return names


def read_scores(column: pd.Series) -> np.ndarray:
    """Return the scores of a class; one that is no probability is an error."""
    scores = pd.to_numeric(column.astype("object"), errors="coerce").to_numpy().astype("float64")
    wrong = ~((scores >= -NEAREST) & (scores <= 1 + NEAREST))
    if wrong.any():
        raise ValueError(
            f"{wrong.sum():,} score(s) of {column.name!r} are not between 0 and 1, such as "
            f"{column[wrong].iloc[0]!r}; calibration takes probabilities, and one for each row."
        )
    return np.clip(scores, 0.0, 1.0)


def read_labels(column: pd.Series, settings: dict) -> np.ndarray:
    """Return the class numbers of the labels, which are numbers or categories; -1 for no label."""
    column = column.astype("object")
    column = column.where(~column.isin(["", "nan"]))
    # 1.0 is 1: one gap in a column of whole numbers makes floats of them.
    texts = {value: re.sub(r"\.0\Z", "", str(value)) for value in column.dropna().unique()}
    names = list(map(str, range(settings["NUM_CLASSES"])))
    if not set(texts.values()) <= set(names):
        names = list(map(str, settings["MULTICLASS_CATEGORIES"]))
    wrong = ", ".join(sorted(set(texts.values()) - set(names))[:5])
    if wrong:
        known = f"0..{settings['NUM_CLASSES'] - 1} and MULTICLASS_CATEGORIES {', '.join(names)}"
        raise ValueError(f"The label {column.name!r} is {wrong}; known are {known}.")
    numbers = {name: index for index, name in enumerate(names)}
    return column.map(texts).map(numbers).fillna(-1).to_numpy().astype("int64")


def refuse_degenerate(told: np.ndarray, scores: np.ndarray, names: list) -> None:
    """Refuse what no curve can be fitted to."""
    if not len(told):
        raise ValueError("No row has a label; calibration needs labelled rows.")
    for name, positive, score in zip(names, told.T, scores.T):  # noqa: B905 - Python 3.8
        if positive.all() or not positive.any():
            rate = f"{positive.mean():.0%} of the labels are of the class of {name}"
            raise ValueError(f"{rate}; a curve takes rows of this class and of others.")
        if np.ptp(log_odds(score)) == 0:
            raise ValueError(f"Every {name} is {score[0]:g}: there is nothing to calibrate.")


def log_odds(scores: np.ndarray) -> np.ndarray:
    """Return log(s / (1 - s)), finite also for scores of 0 and 1."""
    inner = np.clip(scores, NEAREST, 1 - NEAREST)
    return np.log(inner) - np.log1p(-inner)


def fit_curves(told: np.ndarray, scores: np.ndarray, settings: dict) -> list:
    """Fit one curve for each class, sampled at CALIBRATION_SAMPLE_POINTS scores."""
    curves = []
    for index, positive, score in zip(settings["classes"], told.T, scores.T):  # noqa: B905
        x = sample_points(score, settings["CALIBRATION_SAMPLE_POINTS"])
        y = np.round(fit_curve(positive, score, x, settings), 12)
        if np.ptp(y) < NEAREST:
            print(f"warning: class {index}: the label does not rise with the score: a flat curve")
        y = np.maximum.accumulate(y) if settings["MONOTONIC_CONSTRAINT"] else y
        curves.append({"class": index, "x": x.tolist(), "y": y.tolist()})
    return curves


def sample_points(scores: np.ndarray, count: int) -> np.ndarray:
    """Return ascending scores from 0 to 1: even ones, and quantiles, where most rows are."""
    even = max(2, count - count // 2)
    quantiles = np.round(np.quantile(scores, np.linspace(0, 1, count - even)), 12)
    points = np.unique(np.concatenate([np.linspace(0, 1, even), quantiles]))
    while len(points) < count:
        widest = np.argsort(-np.diff(points), kind="stable")[: count - len(points)]
        points = np.sort(np.append(points, (points[widest] + points[widest + 1]) / 2))
    return points


def fit_curve(told: np.ndarray, scores: np.ndarray, x: np.ndarray, settings: dict) -> np.ndarray:
    """Return the probabilities of one class at the scores x, by the method of the settings.

    gam and platt fit the label to the log-odds t of the score by penalised maximum likelihood.
    platt: logit(p) = a + b t (J. Platt, Probabilistic outputs for support vector machines, 1999).
    gam: logit(p) = sum_j c_j B_j(t), B_j the cubic B-splines on even knots and lambda |D2 c|^2 / 2
    the penalty on the second differences of c (P. Eilers and B. Marx, Flexible smoothing with
    B-splines and penalties, 1996). Such a curve rises where c does, so with c_j = d_0 + ... + d_j
    MONOTONIC_CONSTRAINT is d_j >= 0 for j > 0 (N. Pya and S. Wood, Shape constrained additive
    models, 2015, with a bound in place of their exponential). lambda has the least AIC, from the
    effective degrees of freedom (S. Wood, Generalized additive models, 2017, 6.2). An unbounded
    lambda gives platt, and a score that is calibrated already stays as it is at any lambda.
    Both use Platt's targets, just inside 0 and 1: the fit is finite also for separable classes.
    """
    if settings["CALIBRATION_METHOD"] == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        isotonic = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        return isotonic.fit(scores, told.astype("float64")).predict(x)
    t, positives = log_odds(scores), told.sum()
    targets = np.where(told, (positives + 1) / (positives + 2), 1 / (len(told) - positives + 2))
    size = settings["GAM_SPLINES"] if settings["CALIBRATION_METHOD"] == "gam" else LINE
    degree = min(3, size - 1)
    knots = t.min() + np.ptp(t) / (size - degree) * np.arange(-degree, size + 1)
    basis = BSpline(knots, np.tri(size), degree)
    lower = np.append(-np.inf, [0.0 if settings["MONOTONIC_CONSTRAINT"] else -np.inf] * (size - 1))
    roughness = np.diff(np.tri(size), 2, axis=0)
    start = np.append(np.log(positives / (len(told) - positives)), np.zeros(size - 1))
    design, fits = basis(t), []
    for smoothing in np.logspace(4, -2, 7) if size > LINE else [0.0]:
        penalty = smoothing * roughness.T @ roughness
        start, criterion = fit_logistic(design, targets, penalty, (start, lower))
        fits.append((criterion, start))
    best = min(fits, key=lambda found: found[0])[1]
    # Beyond the scores seen a gam stays level.
    at = log_odds(x) if size == LINE else np.clip(log_odds(x), t.min(), t.max())
    return expit(basis(at) @ best)


def fit_logistic(design: np.ndarray, told: np.ndarray, penalty: np.ndarray, bounds: tuple) -> tuple:
    """Return the coefficients of the penalised likelihood's maximum above bounds, and its AIC.

    Newton's method; each step is a least-squares problem with bounds, halved until it improves.
    """
    found, lower = bounds

    def loss(coefficients: np.ndarray) -> float:
        odds = design @ coefficients
        fitted = np.log1p(np.exp(-np.abs(odds))).sum() + np.maximum(odds, 0).sum() - told @ odds
        return float(fitted + coefficients @ penalty @ coefficients / 2)

    after = loss(found)
    for _ in range(100):
        p = expit(design @ found)
        information = (design.T * (p * (1 - p))) @ design
        curvature = information + penalty + 1e-9 * np.eye(len(found))
        root = np.linalg.cholesky(curvature).T
        aim = curvature @ found + design.T @ (told - p) - penalty @ found
        step = lsq_linear(root, np.linalg.solve(root.T, aim), (lower, np.inf), "bvls").x - found
        before, after, size = after, loss(found + step), 1.0
        while after > before and size > NEAREST:
            size /= 2
            after = loss(found + size * step)
        found = np.maximum(found + size * step, lower)
        if before - after < 1e-9 * len(told):
            break
    free = found > lower + NEAREST
    held = np.ix_(free, free)
    freedom = np.trace(np.linalg.solve(curvature[held], information[held]))
    return found, 2 * after - found @ penalty @ found + 2 * freedom


def apply_curves(scores: np.ndarray, curves: list) -> np.ndarray:
    """Interpolate each class; of several classes the rows are scaled to a sum of 1."""
    columns = zip(scores.T, curves)  # noqa: B905 - Python 3.8
    curved = np.column_stack([np.interp(score, curve["x"], curve["y"]) for score, curve in columns])
    total = curved.sum(axis=1, keepdims=True)
    if len(curves) == 1:
        return curved
    # Where all curves give 0 there is nothing to scale: the scores stay.
    return np.where(total > 0, curved / np.where(total > 0, total, 1.0), scores)


def measure(told: np.ndarray, scores: np.ndarray) -> dict:
    """Return ECE, MCE, Brier score, AUC and bins; of several classes all are pooled, AUC is a mean.

    ECE and MCE are the mean and the largest gap between score and rate over ten even bins (M.
    Naeini and others, Obtaining well calibrated probabilities using Bayesian binning, 2015).
    """
    flat, hits = scores.ravel(), told.ravel()
    place = np.minimum((flat * BINS).astype("int64"), BINS - 1)
    counts, used = np.bincount(place), np.unique(place)
    means = np.bincount(place, flat)[used] / counts[used]
    rates = np.bincount(place, hits)[used] / counts[used]
    bins = [
        {"lower": place / BINS, "count": int(count), "mean_score": float(mean), "rate": float(rate)}
        for place, count, mean, rate in zip(used.tolist(), counts[used], means, rates)  # noqa: B905
    ]
    gaps = np.abs(means - rates)
    return {
        "ece": float(gaps @ counts[used] / len(flat)),
        "mce": float(gaps.max()),
        "brier": float(np.mean((flat - hits) ** 2)),
        "auc": float(np.mean([auc(told[:, i], scores[:, i]) for i in range(told.shape[1])])),
        "bins": bins,
    }


def auc(told: np.ndarray, scores: np.ndarray) -> float:
    """Return the share of pairs that the scores order rightly, ties counting half."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = told.sum()
    return float((ranks[told].sum() / positives - (positives + 1) / 2) / (len(told) - positives))


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys: the same run gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_metrics(folder: Path, metrics: dict, settings: dict) -> None:
    """Write calibration_metrics.json and the reliability diagram; warn above ERROR_THRESHOLD."""
    ece, limit = metrics["after"]["ece"], settings["ERROR_THRESHOLD"]
    metrics.update(error_threshold=limit, above_error_threshold=ece > limit)
    for stage in ("before", "after"):
        values = {name: metrics[stage][name] for name in ("ece", "mce", "brier", "auc")}
        print(f"{stage}: {', '.join(f'{name} {value:.4f}' for name, value in values.items())}")
    if ece > limit:
        print(f"warning: the ECE after calibration is {ece:.4f}, above ERROR_THRESHOLD {limit:g}")
    write_json(folder / "calibration_metrics.json", metrics)
    draw_reliability(folder / "reliability_diagram.svg", metrics)


def draw_reliability(path: Path, metrics: dict) -> None:
    """Draw score against rate as SVG; a circle's area is its bin's share of the rows."""
    title = f"Reliability, {metrics['rows_labelled']:,} labelled rows"
    parts = [FRAME.format(title=title, across="Mean score (circles: rows)", up="Observed rate")]
    for tick in range(6):
        x, y, text = 60 + 68 * tick, 380 - 68 * tick, f"{tick / 5:.1f}"
        parts.append(f'<path d="M{x} 40V380M60 {y}H400" stroke="currentColor" opacity=".18"/>')
        parts.append(f'<text x="{x}" y="397" text-anchor="middle">{text}</text>')
        parts.append(f'<text x="52" y="{y + 4}" text-anchor="end">{text}</text>')
    style = 'stroke="currentColor" stroke-dasharray="4 4" opacity=".7"'
    parts.append(f'<path d="M60 380L400 40M420 92h26" {style}/><text x="454" y="96">ideal</text>')
    for row, (stage, colour) in enumerate(COLOURS.items()):
        points, style = [], f'stroke="{colour}" stroke-width="2" fill="none"'
        total = sum(found["count"] for found in metrics[stage]["bins"])
        for found in metrics[stage]["bins"]:
            x, y = 60 + 340 * found["mean_score"], 380 - 340 * found["rate"]
            size = 2 + 10 * (found["count"] / total) ** 0.5
            points.append(f"{x:.1f},{y:.1f}")
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{colour}"/>')
        parts.append(f'<path d="M{"L".join(points)}M420 {52 + 20 * row}h26" {style}/>')
        ece = f"{stage}, ECE {metrics[stage]['ece']:.4f}"
        parts.append(f'<text x="454" y="{56 + 20 * row}">{ece}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    outputs = {"calibration_output": str(base / "output" / "calibration")}
    outputs["metrics_output"] = str(base / "output" / "metrics")
    outputs["calibrated_data"] = str(base / "output" / "calibrated_data")
    inputs = {"evaluation_data": str(base / "input" / "eval_data")}
    main(inputs, outputs, environment, parser.parse_args())
