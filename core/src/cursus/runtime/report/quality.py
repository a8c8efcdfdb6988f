"""What a model is worth: the telling metrics of a step first, all others in a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cursus.runtime.report.wording import metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cursus.runtime.report.facts import Step
    from cursus.runtime.report.plots import Plot

Measured: TypeAlias = "dict[str, dict[str, float]]"

TELLING = {
    "auc_roc": "AUC ROC",
    "auc": "AUC",
    "average_precision": "Average precision",
    "f1_score": "F1 score",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "log_loss": "Log loss",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R\N{SUPERSCRIPT TWO}",
    "ece": "Calibration error (ECE)",
    "mce": "Largest calibration error (MCE)",
    "brier": "Brier score",
    "brier_score": "Brier score",
}
LESS_IS_BETTER = frozenset({"ece", "mce", "brier", "brier_score", "log_loss", "rmse", "mae"})
JUDGING = ("eval", "calibration")
FILES = frozenset({"metrics", "json", "calibration_metrics", "metrics_output", "evaluation_output"})
PAIR = ("before", "after")
# A smaller share of change is written as 0.0 %.
LEAST_CHANGE = 0.0005
# The numbers of a reliability diagram's bins are the plot, not figures to read.
BINS = re.compile(r"(^|[./])bins([./\[]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One telling metric; `before` and `change` (a text) where a step improves it."""

    label: str
    value: str
    before: str = ""
    change: str = ""
    is_better: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The quality of one step's model; `rows` has a label and a value for each of `scopes`."""

    step: Step
    is_judge: bool
    figures: tuple[Figure, ...]
    scopes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    others: tuple[tuple[str, str], ...]
    plots: tuple[Plot, ...]


def make_cards(steps: Sequence[Step], plots: Mapping[str, tuple[Plot, ...]]) -> tuple[Card, ...]:
    """Make a card of each step that measures a model; those that judge it come before the training."""
    cards = [make_card(step, plots.get(step.node, ())) for step in steps]
    kept = [card for card in cards if card.figures or card.rows or card.plots]
    return tuple(sorted(kept, key=lambda card: not card.is_judge))


def make_card(step: Step, plots: tuple[Plot, ...]) -> Card:
    """Sort the metrics of a step into figures, a table over scopes such as `val` and `test`, and the rest."""
    telling = _telling(step.metrics)
    scopes = tuple(dict.fromkeys(scope for values in telling.values() for scope in values))
    is_pair = set(scopes) == set(PAIR)
    figures: tuple[Figure, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if is_pair:
        # A calibration is made for its errors; the ranking should merely stay as it is.
        names = sorted(telling, key=lambda name: name not in LESS_IS_BETTER)
        figures = tuple(_improved(name, telling[name]) for name in names)
    elif len(scopes) == 1:
        figures = tuple(
            Figure(label=label_of(name), value=metric(next(iter(values.values()))))
            for name, values in telling.items()
        )
    else:
        rows = tuple((label_of(name), _row(values, scopes)) for name, values in telling.items())
    return Card(
        step=step,
        is_judge=is_judge(step),
        figures=figures,
        scopes=() if is_pair else scopes,
        rows=rows,
        others=tuple(sorted((k, metric(v)) for k, v in step.metrics.items() if not BINS.search(k))),
        plots=plots,
    )


def is_judge(step: Step) -> bool:
    """Say whether a step is there to judge a model: an evaluation or a calibration."""
    return any(word in step.step_type.lower() for word in JUDGING)


def split_metric(key: str) -> tuple[str, str]:
    """Part `val.auc_roc` into `val` and `auc_roc`; a dot between digits, as in `f1_score_at_0.5`, is no part."""
    parts = re.split(r"[/:]|(?<!\d)\.|\.(?!\d)", key)
    return " ".join(part for part in parts[:-1] if part and part not in FILES), parts[-1]


def label_of(name: str) -> str:
    """Give a telling metric's name for people; `f1_score_at_0.5` is `F1 at 0.5`."""
    plain, _, threshold = name.partition("_at_")
    return f"F1 at {threshold}" if threshold else TELLING[plain]


def _telling(metrics: Mapping[str, float]) -> Measured:
    """Give scope and value of each telling metric, in the order of TELLING."""
    found: Measured = {}
    for key, value in metrics.items():
        scope, name = split_metric(key)
        if name.partition("_at_")[0] in TELLING and not BINS.search(key):
            found.setdefault(name, {})[scope] = value
    order = list(TELLING)
    return dict(sorted(found.items(), key=lambda i: (order.index(i[0].partition("_at_")[0]), i[0])))


def _improved(name: str, values: Mapping[str, float]) -> Figure:
    before, after = values.get("before"), values.get("after")
    if before is None or after is None:
        return Figure(label=label_of(name), value=metric(after if before is None else before))  # type: ignore[arg-type]
    share = (after - before) / abs(before) if before else 0.0
    has_changed = abs(share) >= LEAST_CHANGE
    change = f"{share:+.1%}".replace("-", "\N{MINUS SIGN}") if has_changed else "unchanged"
    return Figure(
        label=label_of(name),
        value=metric(after),
        before=metric(before),
        change=change,
        is_better=has_changed and (share < 0) == (name in LESS_IS_BETTER),
    )


def _row(values: Mapping[str, float], scopes: Sequence[str]) -> tuple[str, ...]:
    return tuple(metric(values[scope]) if scope in values else "" for scope in scopes)
