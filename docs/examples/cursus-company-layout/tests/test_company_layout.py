"""The rule itself, on steps as Cursus plans them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cursus_company_layout
import pytest
from cursus import Output, OutputPath, Parameter

PREFIX = OutputPath(base=Parameter(name="EXECUTION_S3_PREFIX"))
OUTPUT = Output(name="processed_data", kind="tabular splits")


def a_step(kind: str, **fields: Any) -> Any:
    step_type = SimpleNamespace(job=SimpleNamespace(kind=kind))
    return SimpleNamespace(
        name="Prep-Training", config=SimpleNamespace(**fields), step_type=step_type
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("processing", ("flights", "na", "Prep-Training", "processed_data")),
        ("training", ("flights", "na", "Prep-Training")),
    ],
)
def test_outputs_stand_below_service_region_and_step(kind: str, expected: tuple[str, ...]) -> None:
    step = a_step(kind, service_name="Flights", region="NA")
    path = cursus_company_layout.cursus_build_output_path(step, OUTPUT, PREFIX)
    assert path is not None
    assert path.parts == expected
    assert path.base == PREFIX.base


def test_a_step_without_these_fields_is_left_to_the_next_rule() -> None:
    step = a_step("processing", service_name="Flights")
    assert cursus_company_layout.cursus_build_output_path(step, OUTPUT, PREFIX) is None
