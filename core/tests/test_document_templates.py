"""Templates of the platform and of hand-written projects, filled for a pipeline of the catalog."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog.documents import generate_execution_document_for_pipeline
from cursus.dag import PipelineDAG
from cursus.document import (
    DocumentOptions,
    ExecutionDocumentGenerator,
    FilledDocument,
    validate_document,
)
from cursus.errors import ExecutionDocumentGenerationError

CASE = Path(__file__).parents[3] / "shared" / "cases" / "xgboost_complete_e2e_2025_09"
STEPS = ("CradleDataLoading-Training", "CradleDataLoading-Calibration", "XGBoostTraining", "Registration-NA")  # fmt: skip
Template = dict[str, Any]

pytestmark = pytest.mark.skipif(not CASE.is_dir(), reason="the shared cases are not here")


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    text = (CASE / "expected.json").read_text("utf-8")
    return dict(json.loads(text)["PIPELINE_STEP_CONFIGS"])


def fill(template: Template | None, *, strict: bool = False) -> FilledDocument:
    options = DocumentOptions(strict=strict)
    generator = ExecutionDocumentGenerator(CASE / "config.json", options=options)
    return generator.fill(PipelineDAG.from_file(CASE / "dag.json"), template)


def template_of(**entries: Any) -> Template:
    return {"PIPELINE_STEP_CONFIGS": entries, "PIPELINE_ADDITIONAL_PARAMS": {}}


def steps_of(filled: FilledDocument) -> dict[str, Any]:
    return dict(filled.document["PIPELINE_STEP_CONFIGS"])


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("CradleDataLoading_training", "CradleDataLoading-Training"),
        ("CradleDataLoading-Calibration", "CradleDataLoading-Calibration"),
        ("XGBoostTraining", "XGBoostTraining"),
        *((name, "Registration-NA") for name in ("Registration-NA", "ModelRegistration-NA")),
        *((name, "Registration-NA") for name in ("Registration_NA", "model_registration")),
        *((name, "Registration-NA") for name in ("Registration", "register_model")),
    ],
)
def test_a_step_is_filled_under_any_name_that_templates_have_for_it(
    key: str, step: str, expected: dict[str, Any]
) -> None:
    filled = steps_of(fill(template_of(**{key: {}}), strict=True))
    assert filled[key] == expected[step]
    assert sorted(filled) == sorted({*STEPS} - {step} | {key})


@pytest.mark.parametrize(
    ("key", "design"),
    [("CradleDataLoading-Training", "CradleDataLoading"), ("Registration-NA", "ModelRegistration")],
)
def test_the_step_types_of_the_design_documents_are_kept(
    key: str, design: str, expected: dict[str, Any]
) -> None:
    kept = ["PROCESSING_STEP", design]
    filled = fill(template_of(**{key: {"STEP_TYPE": kept}}))
    entry = steps_of(filled)[key]
    assert (entry["STEP_TYPE"], entry["STEP_CONFIG"]) == (kept, expected[key]["STEP_CONFIG"])
    assert validate_document(filled.document) == []


def test_a_plain_text_as_step_type_is_kept() -> None:
    filled = fill(template_of(**{"Registration-NA": {"STEP_TYPE": "MODEL_REGISTRATION"}}))
    assert steps_of(filled)["Registration-NA"]["STEP_TYPE"] == "MODEL_REGISTRATION"


def test_a_partial_template_keeps_its_order_and_gets_the_other_steps_after_it() -> None:
    filled = fill(template_of(**{"Registration-NA": {}, "XGBoostTraining": {}}), strict=True)
    assert list(steps_of(filled)) == ["Registration-NA", "XGBoostTraining", *STEPS[:2]]


def test_a_step_of_another_team_stays_and_is_named() -> None:
    other = {"STEP_CONFIG": {"a": [1]}, "STEP_TYPE": ["PROCESSING_STEP", "TheirStep"]}
    template = template_of(TheirStep=other)
    filled = fill(template)
    assert steps_of(filled)["TheirStep"] == other
    assert [(w.code, "TheirStep" in w.message) for w in filled.warnings] == [("CUR0506", True)]
    with pytest.raises(ExecutionDocumentGenerationError, match="key TheirStep belongs to no step"):
        fill(template, strict=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Registration", "Registration-NA"),
        ("model_registration", "register_model"),
        ("CradleDataLoading_training", "CradleDataLoading-Training"),
    ],
)
def test_two_keys_for_one_step_are_an_error_that_names_both(one: str, other: str) -> None:
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        fill(template_of(**{one: {}, other: {}}))
    assert [problem.code for problem in caught.value.problems] == ["CUR0505"]
    assert f"{one} or {other}" in caught.value.problems[0].message


@pytest.mark.parametrize("name", ["template_bare.json", "template_platform.json"])
def test_filling_twice_changes_nothing_and_no_template_is_changed(name: str) -> None:
    template = json.loads((CASE / name).read_text("utf-8"))
    before = copy.deepcopy(template)
    once = fill(template, strict=True).document
    assert template == before
    assert json.dumps(fill(once, strict=True).document) == json.dumps(once)
    assert validate_document(once) == []


@pytest.mark.parametrize(
    "name", ["xgboost_complete_e2e", "pytorch_standard_e2e", "dummy_e2e_basic", "xgboost_simple"]
)
def test_documents_of_the_catalog_have_no_problem(name: str) -> None:
    assert validate_document(generate_execution_document_for_pipeline(name)) == []
