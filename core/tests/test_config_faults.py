"""Wrong values of fields: truth values for numbers, blank texts, and one fault in many members of a list."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cursus.config import ProcessingStepConfigBase, read_config_text
from cursus.config.step_config import BASE_EXAMPLE, STEP_CONFIG
from pydantic import BaseModel

if TYPE_CHECKING:
    from cursus.config import ConfigEntry
    from cursus.errors import Problem


class Sheet(BaseModel):
    model_config = STEP_CONFIG
    sheet_name: str
    columns: tuple[str, ...] = ()


class Layout(BaseModel):
    model_config = STEP_CONFIG
    sheets: tuple[Sheet, ...]


class Tuning(BaseModel):
    model_config = {"extra": "allow", "frozen": True}
    depth: int = 3


class ScoringConfig(ProcessingStepConfigBase):
    layout: Layout | None = None
    tuning: Tuning | None = None
    settings: dict[str, Any] | None = None
    weights: dict[str, float] | None = None
    limits: tuple[int | str, ...] | None = None
    anything: int | bool | None = None


def entry_of(**fields: Any) -> ConfigEntry:
    data = {
        "configuration": {"shared": BASE_EXAMPLE, "specific": {"Scoring": fields}},
        "metadata": {"config_types": {"Scoring": "ScoringConfig"}},
    }
    classes: dict[str, type[BaseModel]] = {"ScoringConfig": ScoringConfig}
    file = read_config_text(json.dumps(data, indent=2), classes, file=Path("config.json"))
    return file.entries["Scoring"]


def config_of(**fields: Any) -> Any:
    entry = entry_of(**fields)
    assert entry.problems == ()
    return entry.config


def problem_of(**fields: Any) -> Problem:
    (problem,) = entry_of(**fields).problems
    return problem


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"max_runtime_seconds": True}, "max_runtime_seconds"),
        ({"weights": {"a": 1.5, "b": False}}, "weights.b"),
        ({"limits": [1, True]}, "limits[1]"),
        ({"tuning": {"depth": True}}, "tuning.depth"),
    ],
)
def test_a_truth_value_is_no_number(fields: dict[str, Any], path: str) -> None:
    problem = problem_of(**fields)
    assert (problem.code, problem.place.path) == (
        "CUR0206",
        f"$.configuration.specific.Scoring.{path}",
    )
    assert problem.message.endswith("; it should be a number")


def test_numbers_as_text_and_truth_values_in_their_place_are_taken() -> None:
    config = config_of(
        max_runtime_seconds="90", anything=True, enable_caching=True, settings={"x": True}
    )
    assert (config.max_runtime_seconds, config.anything) == (90, True)


@pytest.mark.parametrize("name", ["author", "bucket", "role", "service_name", "pipeline_version"])
def test_a_required_text_must_not_be_blank(name: str) -> None:
    assert problem_of(**{name: " "}).message == f"{name}: must not be blank"


def test_one_fault_of_many_members_of_a_list_is_one_problem() -> None:
    sheets = [
        {"sheet_name": "a"},
        *({"sheet_name": n} for n in range(40)),
        *({} for _ in range(30)),
    ]
    wrong, missing = entry_of(layout={"sheets": sheets}).problems
    assert wrong.message == (
        "layout.sheets.1.sheet_name is 0; it should be a valid string; the same holds for 39 more of the list"
    )
    assert (
        missing.message
        == "layout.sheets.41.sheet_name is missing; the same holds for 29 more of the list"
    )
    assert missing.place.path.endswith("sheets[41].sheet_name")


def test_a_misspelling_in_many_members_of_a_list_is_one_problem() -> None:
    problem = problem_of(layout={"sheets": [{"sheet_nam": "a"}] * 5})
    assert problem.message.endswith(
        "did you mean sheet_name?; the same holds for 4 more of the list"
    )


def test_thousands_of_faults_are_placed_in_a_moment() -> None:
    sheets = [{"sheet_name": "a", "columns": [n]} for n in range(4000)]
    start = time.perf_counter()
    assert len(entry_of(layout={"sheets": sheets}).problems) == 4000
    assert time.perf_counter() - start < 10
