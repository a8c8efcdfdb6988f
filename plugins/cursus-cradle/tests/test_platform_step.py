"""Cradle as a step of the platform's SDK, a stand-in that is a real package on the import path."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.errors import DefinitionError
from cursus.kernel.plan import Plan, PlannedStep, StepOutput
from cursus.paths import Expression, OutputPath, Parameter, to_json
from cursus_cradle.cradle_data_loading import CRADLE_DATA_LOADING, EXAMPLE
from cursus_cradle.platform_step import PACKAGE, location, render

STAND_IN = Path(__file__).parents[3] / "tests" / "stand_ins" / "platform_sdk.py"
STEP_FILE = "cradle_data_loading/cradle_data_loading_step.py"
NAME = "CradleDataLoading-Training"
PREFIX = {"Get": "Parameters.EXECUTION_S3_PREFIX"}


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """Install the stand-in and give its folder."""
    with runpy.run_path(str(STAND_IN))["platform_sdk"](tmp_path) as folder:
        yield folder


def planned(**fields: Any) -> tuple[PlannedStep, Plan]:
    step = PlannedStep(
        node="CradleDataLoading_training",
        name=NAME,
        step_type=CRADLE_DATA_LOADING,
        plugin="cursus-cradle",
        config=CRADLE_DATA_LOADING.config(**{**EXAMPLE, **fields}),
        config_key="CradleDataLoading_training",
    )
    return step, Plan(dag=PipelineDAG([step.node]), steps={step.node: step})


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_without_the_sdk_there_is_no_step_and_data_has_the_documents_place() -> None:
    step, plan = planned()
    assert render(step, plan) is None
    place = "s3://demo-bucket/MODS/demo-Flights-xgboost-NA_1.0.0/data-load/training"
    read = {
        name: plan.location(StepOutput(node=step.node, output=name))
        for name in ("DATA", "SIGNATURE")
    }
    assert read == {
        "DATA": Parameter(name="CradleDataLoading_Training_DATA", default=place),
        "SIGNATURE": Parameter(name="CradleDataLoading_Training_SIGNATURE"),
    }


@pytest.mark.usefixtures("package")
def test_with_the_sdk_its_own_request_is_the_step() -> None:
    step, plan = planned()
    rendered: Any = to_json(render(step, plan))
    (output,) = rendered["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    assert (rendered["Name"], rendered["Type"]) == (NAME, "Processing")
    assert rendered["Arguments"]["RoleArn"] == EXAMPLE["role"]
    assert output["S3Output"]["S3Uri"] == {
        "Std:Join": {"On": "/", "Values": [PREFIX, "cradle", NAME]}
    }
    assert "DependsOn" not in rendered
    assert json.loads(json.dumps(rendered)) == rendered


@pytest.mark.usefixtures("package")
def test_parameters_of_the_sdks_step_keep_type_and_default() -> None:
    rendered: Any = render(*planned())
    retries = rendered["Arguments"]["Environment"]["RETRIES"]["Std:Join"]["Values"]
    assert retries == [Parameter(name="CradleRetries", type="Integer", default=2)]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("output", "read"),
    [
        (
            "DATA",
            {"Get": f"Steps.{NAME}.ProcessingOutputConfig.Outputs['DATA'].S3Output.S3Uri"},
        ),
        ("METADATA", {"Std:Join": {"On": "", "Values": [PREFIX, "/metadata/", NAME]}}),
        ("SIGNATURE", "s3://platform/signatures"),
    ],
)
def test_consumers_read_where_the_sdks_step_writes(output: str, read: object) -> None:
    step, plan = planned()
    found = plan.location(StepOutput(node=step.node, output=output))
    assert isinstance(found, Expression)
    assert found.to_json() == read
    below = OutputPath(base=found) / "train"
    assert below.to_json() == {"Std:Join": {"On": "/", "Values": [read, "train"]}}


def test_one_step_answers_for_definition_and_consumers(package: Path) -> None:
    step_file = package / STEP_FILE
    change(step_file, "class Cradle", "MADE = []\n\n\nclass Cradle")
    change(
        step_file, "        processor = ", "        MADE.append(step_name)\n        processor = "
    )
    step, plan = planned()
    render(step, plan)
    location(step, plan, "DATA")
    module = sys.modules[f"{PACKAGE}.cradle_data_loading.cradle_data_loading_step"]
    assert module.MADE == [NAME]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "__init__.py",
            '"""A',
            'import coral_of_another_release\n"""A',
            "coral_of_another_release",
        ),
        ("__init__.py", '"""A', 'raise SystemExit("no licence")\n"""A', "SystemExit: no licence"),
        (STEP_FILE, "class Cradle", "class Other", "no attribute 'CradleDataLoadingStep'"),
        (STEP_FILE, "step_name: str, role", "name: str, role", "unexpected keyword .*'step_name'"),
        (STEP_FILE, "def get_output_", "def output_", "no attribute 'get_output_locations'"),
        (STEP_FILE, '"s3://platform/signatures/"', "None", "no location of SIGNATURE; it has DATA"),
        (STEP_FILE, '"s3://platform/signatures/"', "object()", "is no value of a definition"),
        ("utils/constants.py", "OUTPUT_TYPE_SIG", "OUTPUT_SIG", "no attribute 'OUTPUT_TYPE_SIGNA"),
    ],
)
def test_an_sdk_of_another_kind_is_an_error_that_names_what_is_missing(
    package: Path, file: str, old: str, new: str, message: str
) -> None:
    change(package / file, old, new)
    with pytest.raises(DefinitionError, match=message) as caught:
        location(*planned(), "SIGNATURE")
    (problem,) = caught.value.problems
    assert problem.code == "CUR0650"
    assert f"{PACKAGE} is installed and cannot be used" in problem.message
    assert "or uninstall it to compile for the public service" in problem.fix


def test_a_step_under_another_name_is_an_error(package: Path) -> None:
    change(package / STEP_FILE, "super().__init__(step_name,", 'super().__init__(step_name + "-1",')
    with pytest.raises(DefinitionError, match=f"called {NAME}-1, though {NAME} was asked for"):
        render(*planned())


@pytest.mark.usefixtures("package")
def test_what_the_sdk_prints_leaves_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    render(*planned())
    printed = capsys.readouterr()
    assert (printed.out, "the stand-in is imported" in printed.err) == ("", True)


@pytest.mark.usefixtures("package")
def test_the_callers_session_makes_the_step() -> None:
    import boto3
    from sagemaker.workflow.pipeline_context import PipelineSession

    session = PipelineSession(boto_session=boto3.Session(region_name="eu-west-1"))
    step, plan = planned()
    rendered: Any = render(step, Plan(dag=plan.dag, steps=plan.steps, session=session))
    assert rendered["Arguments"]["Environment"]["REGION"] == "eu-west-1"


@pytest.mark.usefixtures("package")
def test_without_a_session_the_configs_region_counts() -> None:
    rendered: Any = render(*planned())
    assert rendered["Arguments"]["Environment"]["REGION"] == "us-east-1"
