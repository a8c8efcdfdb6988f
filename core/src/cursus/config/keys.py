"""The names under which configs stand in a file: step type and job type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

SUFFIX_FIELDS = ("job_type", "data_type", "mode")


def step_type_name(class_name: str) -> str:
    """Give the step type that a config class name stands for: `XGBoostModelStepConfig` -> `XGBoostModel`."""
    return class_name.removesuffix("Config").removesuffix("Step")


def config_key(config: BaseModel) -> str:
    """Derive the key of a config: its `step_name_override`, else step type and job type, data type, mode."""
    override = getattr(config, "step_name_override", None)
    if override is not None:
        return str(override)
    suffixes = (getattr(config, name, None) for name in SUFFIX_FIELDS)
    parts = (str(suffix) for suffix in suffixes if suffix is not None)
    return "_".join((step_type_name(type(config).__name__), *parts))
