"""Hyperparameters: where they come from, what they must hold, and the file that a script reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cursus.config.step_config import Decimal, Whole
from cursus.errors import ConfigError, Problem
from cursus.kernel.step_type import Fault
from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE_FILE = "hyperparams/hyperparameters.json"
SOURCE_FILES = ("hyperparams/hyperparameters.json", "hyperparameters.json")
BINARY_CLASSES = 2


class Hyperparameters(BaseModel):
    """What every model needs; names that are not declared here reach the script as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True, protected_namespaces=())

    full_field_list: tuple[str, ...]
    cat_field_list: tuple[str, ...]
    tab_field_list: tuple[str, ...]
    id_name: str
    label_name: str
    multiclass_categories: tuple[int | float | str, ...] = Field(min_length=BINARY_CLASSES)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def input_tab_dim(self) -> int:
        """Count the numeric columns."""
        return len(self.tab_field_list)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def num_classes(self) -> int:
        """Count the classes."""
        return len(self.multiclass_categories)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_binary(self) -> bool:
        """Say whether there are two classes."""
        return self.num_classes == BINARY_CLASSES


class XGBoostHyperparameters(Hyperparameters):
    """What an XGBoost booster is trained with; the names are those of the older files."""

    num_round: Whole = Field(ge=1)
    max_depth: Whole = Field(ge=0)
    min_child_weight: Decimal = Field(default=1.0, ge=0)
    booster: str = "gbtree"
    eta: Decimal = Field(default=0.3, ge=0, le=1)
    gamma: Decimal = Field(default=0.0, ge=0)
    max_delta_step: Decimal = Field(default=0.0, ge=0)
    subsample: Decimal = Field(default=1.0, gt=0, le=1)
    colsample_bytree: Decimal = Field(default=1.0, gt=0, le=1)
    colsample_bylevel: Decimal = Field(default=1.0, gt=0, le=1)
    colsample_bynode: Decimal = Field(default=1.0, gt=0, le=1)
    lambda_xgb: Decimal = Field(default=1.0, ge=0)
    alpha_xgb: Decimal = Field(default=0.0, ge=0)
    tree_method: str = "auto"
    scale_pos_weight: Decimal = Field(default=1.0, ge=0)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def objective(self) -> str:
        """Give the objective for the number of classes."""
        return "binary:logistic" if self.is_binary else "multi:softprob"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def eval_metric(self) -> tuple[str, ...]:
        """Give the metrics that are watched while training."""
        return ("logloss", "auc") if self.is_binary else ("mlogloss", "merror")


def hyperparameter_faults(
    model: type[Hyperparameters], given: dict[str, Any] | None, source_dir: str | None
) -> list[Fault]:
    """Check hyperparameters of a config; where it has none, a source folder must be there to hold them."""
    if given is None and source_dir is None:
        message = "there are no hyperparameters, and no source folder that could hold them"
        fix = "set hyperparameters, or source_dir to a folder with hyperparameters.json"
        return [Fault(field="hyperparameters", message=message, fix=fix)]
    return [] if given is None else _faults(model, given)


def hyperparameters_file(
    model: type[Hyperparameters], given: dict[str, Any] | None, source: Path | None
) -> dict[str, bytes]:
    """Make the bundle's file, defaults and derived values filled in; ConfigError where there is no source of it."""
    found = _from_source(source) if given is None else given
    faults = _faults(model, found)
    if faults:
        raise ConfigError([_problem(fault.message, fault.fix) for fault in faults])
    data = model.model_validate(_without_derived(model, found)).model_dump(mode="json")
    return {BUNDLE_FILE: json_file(data)}


def json_file(data: dict[str, Any]) -> bytes:
    """Write hyperparameters as the file that scripts read; sorted, since their order in the config means nothing."""
    return (json.dumps(data, indent=2, sort_keys=True) + "\n").encode()


def _faults(model: type[Hyperparameters], given: dict[str, Any]) -> list[Fault]:
    try:
        model.model_validate(_without_derived(model, given))
    except ValidationError as exc:
        return [
            Fault(
                field=".".join(["hyperparameters", *map(str, error["loc"])]),
                message=f"hyperparameter {'.'.join(map(str, error['loc']))}: {error['msg']}",
                fix="set it in hyperparameters",
            )
            for error in exc.errors(include_url=False)
        ]
    return []


def _without_derived(model: type[Hyperparameters], given: dict[str, Any]) -> dict[str, Any]:
    """Leave out copies of derived values, which older files hold: they are recomputed."""
    return {k: v for k, v in given.items() if k not in model.model_computed_fields}


def _from_source(source: Path | None) -> dict[str, Any]:
    paths = [] if source is None else [source / name for name in SOURCE_FILES]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        looked = ", ".join(map(str, paths)) or "there is no source folder"
        message = f"no hyperparameters: the config has none, and neither has the source ({looked})"
        raise ConfigError([_problem(message, "set hyperparameters in the config")])
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        message = f"{path} cannot be read: {exc}"
        raise ConfigError([_problem(message, "write a JSON object of hyperparameters")]) from exc
    if not isinstance(data, dict):
        message = f"{path} holds no JSON object"
        raise ConfigError([_problem(message, "write a JSON object of hyperparameters")])
    return data


def _problem(message: str, fix: str) -> Problem:
    return Problem(code="CUR0411", message=message, fix=fix)
