"""The whole complete pipeline with the platform's SDK installed: a stand-in, a real package on the import path."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog import read_catalog
from cursus.kernel.plugins import load_plugins
from cursus.pipeline import Definition, PipelineDAGCompiler

pytestmark = pytest.mark.slow

STAND_IN = Path(__file__).parents[1] / "stand_ins" / "platform_sdk.py"
CRADLE = ("CradleDataLoading-Calibration", "CradleDataLoading-Training")
DATA = "Steps.{}.ProcessingOutputConfig.Outputs['DATA'].S3Output.S3Uri"
ROLE = "arn:aws:iam::210987654321:role/Other"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write DAG and config of the catalog's complete pipeline."""
    entry = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry
    (tmp_path / "dag.json").write_text(entry.dag().to_json(), "utf-8")
    (tmp_path / "config.json").write_text(json.dumps(entry.config), "utf-8")
    return tmp_path


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """Install the stand-in and give its folder."""
    with runpy.run_path(str(STAND_IN))["platform_sdk"](tmp_path) as folder:
        yield folder


def compile_project(project: Path, **options: Any) -> Definition:
    dag = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry.dag()
    return PipelineDAGCompiler(project / "config.json", **options).compile(dag)


def steps_of(definition: Definition) -> dict[str, Any]:
    return {step["Name"]: step for step in definition.to_dict()["Steps"]}


def input_of(step: dict[str, Any], port: str) -> object:
    inputs = {i["InputName"]: i["S3Input"]["S3Uri"] for i in step["Arguments"]["ProcessingInputs"]}
    return inputs[port]


def cursus(project: Path, package: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would, with the stand-in installed."""
    return subprocess.run(
        [sys.executable, "-m", "cursus", *words, "-d", "dag.json", "-c", "config.json"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(package.parent), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("package")
def test_the_services_are_steps_and_their_consumers_read_them(project: Path) -> None:
    steps = steps_of(compile_project(project))
    for cradle, job_type in zip(CRADLE, ("Calibration", "Training"), strict=True):
        consumer = steps[f"TabularPreprocessing-{job_type}"]
        assert steps[cradle]["Type"] == "Processing"
        assert input_of(consumer, "DATA") == {"Get": DATA.format(cradle)}
        assert input_of(consumer, "SIGNATURE") == "s3://platform/signatures"
        assert consumer["DependsOn"] == [cradle]


@pytest.mark.usefixtures("package")
def test_the_registration_reads_package_and_payload(project: Path) -> None:
    step = steps_of(compile_project(project))["Registration-NA"]
    assert (step["Type"], step["DependsOn"]) == ("Processing", ["Package", "Payload"])
    names = [found["InputName"] for found in step["Arguments"]["ProcessingInputs"]]
    assert names == ["PackagedModel", "GeneratedPayloadSamples"]


@pytest.mark.usefixtures("package")
def test_workflow_inputs_are_no_parameters_and_those_of_the_sdk_are(project: Path) -> None:
    parameters = {p["Name"]: p for p in compile_project(project).to_dict()["Parameters"]}
    assert not [name for name in parameters if name.startswith("CradleDataLoading")]
    assert parameters["CradleRetries"] == {
        "Name": "CradleRetries",
        "Type": "Integer",
        "DefaultValue": 2,
    }


@pytest.mark.usefixtures("package")
def test_all_other_steps_are_as_without_the_sdk(project: Path, package: Path) -> None:
    inside = steps_of(compile_project(project))
    golden = Path(__file__).parents[1] / "golden" / "definitions" / "xgboost_complete_e2e.json"
    outside = {step["Name"] for step in json.loads(golden.read_text("utf-8"))["Steps"]}
    assert set(inside) == outside | set(CRADLE)
    assert package.is_dir()


@pytest.mark.usefixtures("package")
def test_two_compiles_give_the_same_bytes(project: Path) -> None:
    assert compile_project(project).to_json() == compile_project(project).to_json()


@pytest.mark.usefixtures("package")
def test_a_role_that_was_given_runs_the_services_steps_too(project: Path) -> None:
    steps = steps_of(compile_project(project, role=ROLE))
    roles = {name: step["Arguments"].get("RoleArn") for name, step in steps.items()}
    assert {roles[name] for name in (*CRADLE, "Registration-NA", "Package")} == {ROLE}


@pytest.mark.usefixtures("package")
def test_the_pipeline_object_of_the_sdk_holds_the_same(project: Path) -> None:
    import boto3
    from sagemaker.workflow.pipeline_context import PipelineSession

    definition = compile_project(project)
    session = PipelineSession(boto_session=boto3.Session(region_name="us-east-1"))
    pipeline = definition.to_sdk_pipeline(session)
    assert json.loads(pipeline.definition()) == definition.to_dict()


@pytest.mark.usefixtures("package")
def test_explain_names_what_is_read(project: Path) -> None:
    dag = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry.dag()
    compiler = PipelineDAGCompiler(project / "config.json")
    reads = {
        (found.step, found.input): found.reads for found in compiler.preview_resolution(dag).inputs
    }
    assert reads["TabularPreprocessing-Training", "DATA"] == DATA.format(CRADLE[1])
    assert reads["TabularPreprocessing-Training", "SIGNATURE"] == "s3://platform/signatures"


def test_the_command_line_compiles_and_prints_nothing_of_the_sdk(
    project: Path, package: Path
) -> None:
    done = cursus(project, package, "compile", "-o", "pipeline.json")
    assert done.returncode == 0, done.stderr
    steps = json.loads((project / "pipeline.json").read_text("utf-8"))["Steps"]
    assert set(CRADLE) <= {step["Name"] for step in steps}
    assert "the stand-in is imported" not in done.stdout


def test_the_pipeline_is_as_portable_as_the_sdks_steps_let_it(project: Path, package: Path) -> None:
    text = '"s3://platform/signatures/"'
    file = package / "cradle_data_loading" / "cradle_data_loading_step.py"
    fixed = cursus(project, package, "portability")
    file.write_text(file.read_text("utf-8").replace(text, "PREFIX"), "utf-8")
    moving = cursus(project, package, "portability")
    assert (fixed.returncode, moving.returncode) == (1, 0), moving.stdout + moving.stderr
    assert "s3://platform/signatures" in fixed.stdout + fixed.stderr


def test_a_broken_sdk_is_one_error_for_each_of_its_steps(project: Path, package: Path) -> None:
    (package / "__init__.py").write_text("import coral_of_another_release\n", "utf-8")
    done = cursus(project, package, "compile", "-o", "pipeline.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("CUR0650 error") == 3
    assert "No module named 'coral_of_another_release'" in done.stderr


@pytest.mark.parametrize("words", [("plan",), ("exec-doc", "generate")])
def test_what_does_not_compile_never_imports_the_sdk(
    project: Path, package: Path, words: tuple[str, ...]
) -> None:
    without = cursus(project, project / "nowhere" / "package", *words)
    (package / "__init__.py").write_text("import coral_of_another_release\n", "utf-8")
    done = cursus(project, package, *words)
    assert (done.returncode, done.stdout) == (0, without.stdout), done.stderr
