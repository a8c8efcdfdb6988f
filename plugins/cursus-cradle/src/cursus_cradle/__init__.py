"""Cursus plugin: Cradle data loading, and its stand-in for data in a folder or in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.hookspecs import hookimpl

if TYPE_CHECKING:
    from cursus.kernel.step_type import StepType


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    """Give the step types of this plugin."""
    from cursus_cradle.cradle_data_loading import CRADLE_DATA_LOADING
    from cursus_cradle.dummy_data_loading import DUMMY_DATA_LOADING

    return [CRADLE_DATA_LOADING, DUMMY_DATA_LOADING]
