"""What is found in the registration's part of documents that others wrote."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from cursus.document import validate_document
from cursus.errors import Problem

KEY = "Registration-EU"
CONTENT: dict[str, Any] = {
    "source_model_inference_image_arn": "1.dkr.ecr.eu-west-1.amazonaws.com/own:1",
    "model_domain": "flights",
    "model_objective": "late",
    "source_model_inference_content_types": ["text/csv"],
    "source_model_inference_response_types": ["application/json"],
    "source_model_inference_input_variable_list": [["distance", "NUMERIC"], ["carrier", "TEXT"]],
    "source_model_inference_output_variable_list": {"legacy-score": "NUMERIC"},
    "source_model_region": "eu-west-1",
    "model_owner": "team",
    "model_registration_region": "EU",
    "source_model_environment_variable_map": {"SAGEMAKER_REGION": "eu-west-1"},
    "load_testing_info_map": {
        "sample_payload_s3_bucket": "b",
        "expected_tps": 2,
        "max_latency_in_millisecond": 800,
        "max_acceptable_error_rate": 0.2,
        "instance_type_list": ["ml.m5.4xlarge"],
    },
}
LOAD = "load_testing_info_map"


def problems_of(content: dict[str, Any], kind: str = "") -> list[Problem]:
    step_type = ["PROCESSING_STEP", kind or "MimsModelRegistrationProcessingStep"]
    steps = {KEY: {"STEP_CONFIG": content, "STEP_TYPE": step_type}}
    return validate_document({"PIPELINE_STEP_CONFIGS": steps, "PIPELINE_ADDITIONAL_PARAMS": {}})


def changed(*path: str, **change: Any) -> dict[str, Any]:
    """Set what stands at a path (`value=`), or remove it."""
    content = copy.deepcopy(CONTENT)
    *parents, last = path
    target = content
    for name in parents:
        target = target[name]
    target.pop(last, None)
    return content if not change else {**content, **_nested(path, target, change["value"])}


def _nested(path: tuple[str, ...], target: dict[str, Any], value: Any) -> dict[str, Any]:
    return {path[0]: value} if len(path) == 1 else {path[0]: {**target, path[1]: value}}


def test_a_sound_part_has_no_fault() -> None:
    assert problems_of(CONTENT) == []


def test_variables_may_be_an_object_too() -> None:
    name = "source_model_inference_input_variable_list"
    assert problems_of(changed(name, value={"distance": "NUMERIC"})) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("source_model_inference_image_arn",), " ", "must not be blank"),
        (("model_owner",), 7, "it should be a text"),
        (("model_registration_region",), "US", "'NA', 'EU' or 'FE'"),
        (("model_registration_region",), "eu", "'NA', 'EU' or 'FE'"),
        (("source_model_region",), "mars-1", "'us-east-1', 'eu-west-1'"),
        (("source_model_region",), "us-west-2", "model_registration_region EU is eu-west-1"),
        (
            ("source_model_environment_variable_map", "SAGEMAKER_REGION"),
            "us-east-1",
            "SAGEMAKER_REGION is us-east-1, but model_registration_region EU is eu-west-1",
        ),
        (("source_model_environment_variable_map", "LEVEL"), 20, "it should be a text"),
        (("source_model_inference_content_types",), ["image/png"], "must be exactly"),
        (("source_model_inference_content_types",), "text/csv", "must be exactly"),
        (("source_model_inference_content_types",), ["Text/CSV"], "not ['text/csv']"),
        (("source_model_inference_response_types",), [], "must be exactly"),
        (("source_model_inference_input_variable_list",), {"a": "NUMBER"}, "NUMERIC or TEXT"),
        (("source_model_inference_input_variable_list",), [["a", "text"]], "not [['a', 'TEXT']]"),
        (("source_model_inference_input_variable_list",), [["a"]], "must be a pair"),
        (("source_model_inference_output_variable_list",), [["a", "TEXT"]], "must be an object"),
        (("source_model_environment_variable_map", "LEVEL"), "", "must not be blank"),
        (("source_model_environment_variable_map",), None, "is null"),
        (("source_model_region",), None, "source_model_region is null"),
        ((LOAD,), None, "load_testing_info_map is null"),
        ((LOAD, "sample_payload_s3_key"), None, "it should be a text"),
        ((LOAD, "sample_payload_s3_key"), "", "must not be blank"),
        ((LOAD,), "Optional", "load_testing_info_map"),
        ((LOAD, "expected_tps"), 0, "greater than or equal to 1"),
        ((LOAD, "expected_tps"), "2", "it should be a whole number"),
        ((LOAD, "max_latency_in_millisecond"), 99, "greater than or equal to 100"),
        ((LOAD, "max_acceptable_error_rate"), 2, "less than or equal to 1"),
        ((LOAD, "instance_type_list"), [], "at least 1 item"),
        ((LOAD, "instance_type_list"), ["m5.large"], "must start with ml."),
    ],
)
def test_a_wrong_value_is_an_error_with_its_place(
    path: tuple[str, ...], value: Any, message: str
) -> None:
    (problem,) = problems_of(changed(*path, value=value))
    assert (problem.code, problem.severity) == ("CUR0520", "error")
    assert message in problem.message
    assert f".STEP_CONFIG.{path[0]}" in problem.place.path


@pytest.mark.parametrize("key", [key for key in CONTENT if key != LOAD])
def test_a_missing_key_is_told_and_is_an_error_unless_the_platform_has_a_default(key: str) -> None:
    (problem,) = problems_of(changed(key))
    optional = {"source_model_region", "source_model_environment_variable_map"}
    assert problem.severity == ("warning" if key in optional else "error")
    assert problem.place.path.endswith(f".STEP_CONFIG.{key}")


@pytest.mark.parametrize("key", ["sample_payload_s3_bucket", "expected_tps", "instance_type_list"])
def test_a_load_test_is_complete_or_not_there(key: str) -> None:
    (problem,) = problems_of(changed(LOAD, key))
    assert f"{LOAD}.{key} is missing" in problem.message
    assert problems_of(changed(LOAD)) == []


@pytest.mark.parametrize("path", [("model_domian",), (LOAD, "expectedTPS")])
def test_an_unknown_key_is_a_warning(path: tuple[str, ...]) -> None:
    (problem,) = problems_of(changed(*path, value="x"))
    assert (problem.code, problem.severity) == ("CUR0520", "warning")
    assert f"{path[-1]} is no key of a registration" in problem.message


@pytest.mark.parametrize("kind", ["ModelRegistration", "Registration"])
def test_a_step_type_of_the_design_documents_is_checked_too(kind: str) -> None:
    (problem,) = problems_of(changed("model_owner"), kind)
    assert "model_owner is missing" in problem.message


def test_all_problems_come_together() -> None:
    content = changed("model_owner")
    found = problems_of({**content, "source_model_region": "us-west-2", "extra": 1})
    assert [problem.severity for problem in found] == ["error", "warning", "error"]


def test_a_help_text_is_told_once() -> None:
    text = "The team id of the team that owns this model."
    content = changed("source_model_inference_content_types", value="Provide a list of types")
    found = problems_of({**content, "model_owner": text})
    assert [problem.code for problem in found] == ["CUR0507", "CUR0507"]
