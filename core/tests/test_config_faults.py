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
        "layout.sheets.1.sheet_name is 0; it should be a text; the same holds for 39 more of the list"
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


@pytest.mark.parametrize(
    ("fields", "message", "fix"),
    [
        ({"subnets": "a,b"}, "it should be a list", "write a list"),
        ({"layout": 7}, "it should be an object", "write an object"),
        ({"author": 7}, "it should be a text", "write a text"),
        ({"enable_caching": "maybe"}, "it should be true or false", "write true or false"),
        ({"max_runtime_seconds": 90.5}, "it should be a whole number", "write a whole number"),
        (
            {"max_runtime_seconds": 5},
            "it should be greater than or equal to 60",
            "write a number greater than or equal to 60",
        ),
        ({"weights": {"a": "b"}}, "it should be a number", "write a number"),
        (
            {"retry_policies": [{"exception_types": [], "max_attempts": 1}]},
            "it should be a list of at least 1 item",
            "write a list of at least 1 item",
        ),
    ],
)
def test_a_message_says_in_words_of_json_what_to_write(
    fields: dict[str, Any], message: str, fix: str
) -> None:
    problem = problem_of(**fields)
    assert problem.message.endswith(message)
    assert problem.fix == fix


def test_a_list_whose_only_member_is_refused_is_not_called_too_short() -> None:
    policy = {"exception_types": ["Everything"], "max_attempts": 1}
    assert "exception_types.0 is 'Everything'" in problem_of(retry_policies=[policy]).message


def test_a_rule_over_several_members_is_asked_beside_a_wrong_member() -> None:
    policy = {"exception_types": ["Step.THROTTLING"], "backoff_rate": -1}
    wrong, both = entry_of(retry_policies=[policy]).problems
    assert "backoff_rate is -1" in wrong.message
    assert (
        both.message == "retry_policies.0: give max_attempts or expire_after_minutes, and not both"
    )


@pytest.mark.parametrize("name", ["author", "service_name", "pipeline_version", "model_class"])
def test_a_part_of_s3_paths_has_no_blank_at_its_ends_and_may_have_one_inside(name: str) -> None:
    assert "begins or ends with a blank" in problem_of(**{name: "a "}).message
    assert "line break" in problem_of(**{name: "a\nb"}).message
    assert getattr(config_of(**{name: "a b"}), name) == "a b"


@pytest.mark.parametrize("name", ["s3://team", "team bucket", "team/folder", "-team", " team"])
def test_what_cannot_be_a_bucket_is_refused(name: str) -> None:
    assert "cannot be an S3 bucket" in problem_of(bucket=name).message


@pytest.mark.parametrize("name", ["team-bucket", "team.bucket.2", "Old_Bucket"])
def test_a_bucket_may_have_the_names_that_s3_has_or_had(name: str) -> None:
    assert config_of(bucket=name).bucket == name


def test_an_image_of_blanks_says_how_to_leave_it_out() -> None:
    message = "image_uri: must not be blank; leave it out or write null"
    assert problem_of(image_uri=" ").message == message
    assert config_of(image_uri=None).image_uri is None
