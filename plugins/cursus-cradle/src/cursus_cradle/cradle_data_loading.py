"""CradleDataLoading: data from Amazon's stores, loaded by a service before the pipeline runs."""

from __future__ import annotations

from typing import Any

from cursus.config.step_config import BASE_EXAMPLE
from cursus.kernel.step_type import Job, Output, StepType

from cursus_cradle.cradle_config import CradleDataLoadingConfig
from cursus_cradle.document import extract
from cursus_cradle.document_check import check_document, sql_warnings
from cursus_cradle.platform_step import location, render

EXAMPLE: dict[str, Any] = {
    **BASE_EXAMPLE,
    "job_type": "training",
    "data_sources_spec": {
        "start_date": "2025-01-01T00:00:00",
        "end_date": "2025-02-01T00:00:00",
        "data_sources": [
            {
                "data_source_name": "FLIGHTS",
                "data_source_type": "ANDES",
                "andes_data_source_properties": {"provider": "booker", "table_name": "FLIGHTS"},
            }
        ],
    },
    "transform_spec": {"transform_sql": "SELECT * FROM FLIGHTS"},
    "output_spec": {"output_schema": ["flight_id", "late", "month", "distance", "carrier"]},
    "cradle_job_spec": {"cradle_account": "demo-account"},
}

CRADLE_DATA_LOADING = StepType(
    name="CradleDataLoading",
    summary="Load data with Cradle, as a workflow input.",
    config=CradleDataLoadingConfig,
    example=EXAMPLE,
    job=Job(kind="service", stand_in="source", location=location, render=render),
    outputs=(
        Output(name="DATA", kind="tabular"),
        Output(name="METADATA", kind="metadata"),
        Output(name="SIGNATURE", kind="signature"),
    ),
    aliases=("CradleDataLoadConfig",),
    extract=extract,
    document=("WORKFLOW_INPUT", "CradleDataLoadingStep"),
    documented=True,
    check_document=check_document,
    document_warnings=sql_warnings,
)
