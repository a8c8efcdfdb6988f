"""Registration as a step of the platform's SDK, a stand-in that is a real package on the import path."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.errors import DefinitionError
from cursus.kernel.plan import Binding, Plan, PlannedStep, Source, StepOutput
from cursus.paths import Parameter, Uri, to_json
from cursus_registration.package import PACKAGE as PACKAGE_TYPE
from cursus_registration.payload import PAYLOAD
from cursus_registration.platform_step import render
from cursus_registration.registration import REGISTRATION

STAND_IN = Path(__file__).parents[3] / "tests" / "stand_ins" / "platform_sdk.py"
STEP_FILE = "mims_model_registration/mims_model_registration_processing_step.py"
NAME = "Registration-NA"


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """Install the stand-in and give its folder."""
    with runpy.run_path(str(STAND_IN))["platform_sdk"](tmp_path) as folder:
        yield folder


def planned(step_type: Any, name: str, **bindings: Source) -> PlannedStep:
    return PlannedStep(
        node=name,
        name=name,
        step_type=step_type,
        plugin="cursus-registration",
        config=step_type.config(**step_type.example),
        config_key=name,
        # In another order than the ports.
        bindings={
            port: Binding(input=port, source=source, reason="")
            for port, source in sorted(bindings.items())
        },
    )


def registration(**changes: Source) -> tuple[PlannedStep, Plan]:
    bindings: dict[str, Source] = {
        "PackagedModel": StepOutput(node="Package", output="packaged_model"),
        "GeneratedPayloadSamples": StepOutput(node="Payload", output="payload_sample"),
        **changes,
    }
    made = (
        planned(PACKAGE_TYPE, "Package"),
        planned(PAYLOAD, "Payload"),
        planned(REGISTRATION, NAME, **bindings),
    )
    dag = PipelineDAG([], [("Package", NAME), ("Payload", NAME)])
    return made[-1], Plan(dag=dag, steps={step.node: step for step in made})


def inputs_of(rendered: Any) -> list[tuple[str, object, str]]:
    inputs = to_json(rendered)["Arguments"]["ProcessingInputs"]
    return [(i["InputName"], i["S3Input"]["S3Uri"], i["S3Input"]["LocalPath"]) for i in inputs]


def output_of(step: str, output: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


def test_without_the_sdk_the_model_goes_to_the_public_registry() -> None:
    assert render(*registration())["Type"] == "RegisterModel"


@pytest.mark.usefixtures("package")
def test_the_sdks_step_reads_the_package_first_and_the_payload_second() -> None:
    rendered = render(*registration())
    assert (rendered["Name"], rendered["Type"]) == (NAME, "Processing")
    assert inputs_of(rendered) == [
        ("PackagedModel", output_of("Package", "packaged_model"), "/opt/ml/processing/input/model"),
        (
            "GeneratedPayloadSamples",
            output_of("Payload", "payload_sample"),
            "/opt/ml/processing/mims_payload",
        ),
    ]


@pytest.mark.usefixtures("package")
def test_a_location_that_the_user_gave_is_read() -> None:
    given = {
        "PackagedModel": Uri(uri="s3://b/model"),
        "GeneratedPayloadSamples": Parameter(name="Samples"),
    }
    sources = [source for _, source, _ in inputs_of(render(*registration(**given)))]
    assert sources == ["s3://b/model", {"Get": "Parameters.Samples"}]


@pytest.mark.usefixtures("package")
def test_the_configs_role_runs_the_sdks_step() -> None:
    rendered = render(*registration())
    assert rendered["Arguments"]["RoleArn"] == REGISTRATION.example["role"]
    assert "DependsOn" not in rendered


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "IMAGE",
            "import mims_of_another_release\n\nIMAGE",
            "No module named 'mims_of_another_rel",
        ),
        ("class Mims", "class Other", "no attribute 'MimsModelRegistrationProcessingStep'"),
        ("processing_input:", "inputs_of_step:", "unexpected keyword argument 'processing_input'"),
    ],
)
def test_an_sdk_of_another_kind_is_an_error_that_names_what_is_missing(
    package: Path, old: str, new: str, message: str
) -> None:
    file = package / STEP_FILE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DefinitionError, match=message) as caught:
        render(*registration())
    assert [problem.code for problem in caught.value.problems] == ["CUR0650"]
