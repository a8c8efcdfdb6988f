"""Cursus plugin: preprocessing, risk tables, currency conversion, model evaluation and calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.hookspecs import hookimpl

if TYPE_CHECKING:
    from cursus.kernel.step_type import StepType


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    """Give the step types of this plugin."""
    from cursus_processing.currency_conversion import CURRENCY_CONVERSION
    from cursus_processing.model_calibration import MODEL_CALIBRATION
    from cursus_processing.model_eval import PYTORCH_MODEL_EVAL, XGBOOST_MODEL_EVAL
    from cursus_processing.risk_table_mapping import RISK_TABLE_MAPPING
    from cursus_processing.tabular_preprocessing import TABULAR_PREPROCESSING

    return [
        TABULAR_PREPROCESSING,
        RISK_TABLE_MAPPING,
        CURRENCY_CONVERSION,
        XGBOOST_MODEL_EVAL,
        PYTORCH_MODEL_EVAL,
        MODEL_CALIBRATION,
    ]
