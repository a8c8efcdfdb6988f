"""Layouts of output paths: what lands where, read from the definition, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus import PipelineDAG, PipelineDAGCompiler
from cursus.errors import PlanError
from cursus.pipeline import CompileOptions

PREP, TRAIN = "TabularPreprocessing_training", "XGBoostTraining"
LOAD, EVAL, PACK = "DummyDataLoading_training", "XGBoostModelEval_calibration", "Package"
EDGES = [(LOAD, PREP), (PREP, TRAIN), (TRAIN, EVAL), (PREP, EVAL), (TRAIN, PACK)]
SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
    "framework_version": "1.7-1",
}
HYPERPARAMETERS = {
    "full_field_list": ["late", "distance"],
    "tab_field_list": ["distance"],
    "cat_field_list": [],
    "id_name": "id",
    "label_name": "late",
    "multiclass_categories": [0, 1],
    "num_round": 5,
    "max_depth": 3,
}
SPECIFIC: dict[str, dict[str, Any]] = {
    LOAD: {"job_type": "training", "data_source": "s3://lake/flights"},
    PREP: {"job_type": "training", "label_name": "late"},
    TRAIN: {
        "training_entry_point": "xgboost_training.py",
        "hyperparameters": HYPERPARAMETERS,
    },
    EVAL: {"job_type": "calibration", "id_name": "id", "label_name": "late"},
    PACK: {},
}

TOKEN = {"output_path_token": "second_eval"}


def outputs_of(folder: Path, layout: str, **changes: dict[str, Any]) -> dict[str, list[Any]]:
    """Compile five steps and read where each output goes, without the prefix, from the definition's text."""
    specific = {
        key: {**SPECIFIC.get(key, {}), **changes.get(key, {})} for key in SPECIFIC | changes
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    config = {"shared": SHARED, "specific": specific, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    compiler = PipelineDAGCompiler(folder / "config.json", options=CompileOptions(layout=layout))
    edges = [
        *EDGES,
        *((source, key) for key in changes for source in (PREP, TRAIN) if key not in SPECIFIC),
    ]
    definition = json.loads(compiler.compile(PipelineDAG([], edges)).to_json())
    return {step["Name"]: [*map(below_prefix, locations(step))] for step in definition["Steps"]}


def locations(step: dict[str, Any]) -> list[Any]:
    arguments = step["Arguments"]
    if "OutputDataConfig" in arguments:
        return [arguments["OutputDataConfig"]["S3OutputPath"]]
    return [o["S3Output"]["S3Uri"] for o in arguments["ProcessingOutputConfig"]["Outputs"]]


def below_prefix(location: Any) -> str:
    first, *rest = location["Std:Join"]["Values"]
    assert first == {"Get": "Parameters.EXECUTION_S3_PREFIX"}
    assert location["Std:Join"]["On"] == "/"
    return "/".join(rest)


@pytest.mark.parametrize(
    ("layout", "prepared", "evaluated"),
    [
        (
            "default",
            "tabular_preprocessing/training/processed_data",
            "xgboost_model_eval/calibration/eval_output",
        ),
        (
            "legacy-2025",
            "tabularpreprocessing_training/processed_data",
            "xgboostmodeleval/eval_output",
        ),
        (
            "legacy-2026",
            "tabularpreprocessing/training/processed_data",
            "xgboostmodeleval/calibration/eval_output",
        ),
    ],
)
def test_each_layout_writes_where_its_readers_look(
    layout: str, prepared: str, evaluated: str, tmp_path: Path
) -> None:
    outputs = outputs_of(tmp_path, layout)
    assert outputs["TabularPreprocessing-Training"] == [prepared]
    assert outputs["XGBoostModelEval-Calibration"][0] == evaluated
    assert outputs["Package"] == ["package/packaged_model"]
    assert outputs["XGBoostTraining"] == ["xgboost_training"]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("default", "flights/clean/training/processed_data"),
        ("legacy-2025", "flights/clean_training/processed_data"),
        ("legacy-2026", "flights/clean/training/processed_data"),
    ],
)
def test_a_token_of_the_config_takes_the_place_of_the_type(
    layout: str, expected: str, tmp_path: Path
) -> None:
    outputs = outputs_of(tmp_path, layout, **{PREP: {"output_path_token": "/flights//clean/"}})
    assert outputs["TabularPreprocessing-Training"] == [expected]


def test_a_layout_that_does_not_part_two_steps_is_an_error(tmp_path: Path) -> None:
    second = {"XGBoostModelEval_testing": {**SPECIFIC[EVAL], "job_type": "testing"}}
    assert len(outputs_of(tmp_path, "legacy-2026", **second)) == 6
    with pytest.raises(PlanError, match="CUR0405") as caught:
        outputs_of(tmp_path, "legacy-2025", **second)
    assert f"outputs of {EVAL} and XGBoostModelEval_testing land in one place" in str(caught.value)
    apart = {"XGBoostModelEval_testing": {**second["XGBoostModelEval_testing"], **TOKEN}}
    assert len(outputs_of(tmp_path, "legacy-2025", **apart)) == 6


def test_an_unknown_layout_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"CUR0637.*legacy-2024(.|\n)*default, legacy-2025"):
        outputs_of(tmp_path, "legacy-2024")


TWIN = """
from cursus import hookimpl

@hookimpl
def cursus_build_output_path(step, output, base):
    return base / "all"
"""


def test_a_plugin_that_puts_everything_in_one_place_is_refused(
    tmp_path: Path, install: Callable[..., Path]
) -> None:
    install("one-place", TWIN)
    with pytest.raises(PlanError) as caught:
        outputs_of(tmp_path, "default")
    assert {problem.code for problem in caught.value.problems} == {"CUR0405"}
    text = str(caught.value)
    assert "outputs eval_output, metrics_output of XGBoostModelEval_calibration" in text
    assert f"outputs of {LOAD} and Package land in one place" in text


OWN = """
from cursus import hookimpl

@hookimpl
def cursus_build_output_path(step, output, base):
    return base / "team" / step.name / output.name if step.node == "Package" else None
"""


def test_a_plugin_that_overrules_the_chosen_layout_is_named_by_a_warning(
    tmp_path: Path, install: Callable[..., Path]
) -> None:
    install("own-places", OWN)
    outputs = outputs_of(tmp_path, "legacy-2026")
    assert outputs["Package"] == ["team/Package/packaged_model"]
    options = CompileOptions(layout="legacy-2026")
    compiler = PipelineDAGCompiler(tmp_path / "config.json", options=options)
    warnings = compiler.compile(PipelineDAG([], EDGES)).warnings
    assert [w.code for w in warnings if w.code == "CUR0638"] == ["CUR0638"]
    assert "does not hold for Package:" in str(warnings)
