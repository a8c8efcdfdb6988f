"""The floor of compiling: as many Processing steps, written by hand with the SageMaker SDK, without any AWS call."""

from __future__ import annotations

import sys

import boto3
from sagemaker import image_uris
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import ProcessingStep

REGION = "us-east-1"


def main(count: int) -> None:
    """Build and render the pipeline."""
    prefix = ParameterString(name="EXECUTION_S3_PREFIX")
    session = PipelineSession(
        boto_session=boto3.Session(region_name=REGION),
        default_bucket="bucket",
    )
    image = image_uris.retrieve("sklearn", REGION, version="1.2-1", instance_type="ml.m5.xlarge")
    steps: list[ProcessingStep] = []
    for number in range(count):
        steps.append(step_of(number, steps, prefix, (session, image)))
    print(
        len(
            Pipeline(
                name="floor", parameters=[prefix], steps=steps, sagemaker_session=session
            ).definition()
        )
    )


def step_of(
    number: int,
    before: list[ProcessingStep],
    prefix: ParameterString,
    base: tuple[PipelineSession, str],
) -> ProcessingStep:
    """Write one step by hand, reading what the step before it wrote."""
    session, image = base
    processor = ScriptProcessor(
        image_uri=image, command=["python3"], role="arn:aws:iam::123456789012:role/R",
        instance_count=1, instance_type="ml.m5.xlarge", sagemaker_session=session,
        env={"LABEL": "late"},
    )  # fmt: skip
    source = (
        before[-1].properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri
        if before
        else "s3://bucket/data"
    )
    destination = Join(on="/", values=[prefix, f"step_{number}", "out"])
    arguments = processor.run(
        code="s3://bucket/code/script.py",
        inputs=[
            ProcessingInput(
                source=source, destination="/opt/ml/processing/input/data", input_name="data"
            )
        ],
        outputs=[
            ProcessingOutput(
                output_name="out", source="/opt/ml/processing/output", destination=destination
            )
        ],
        arguments=["--job_type", "training"],
    )
    return ProcessingStep(name=f"Step-{number}", step_args=arguments)


if __name__ == "__main__":
    main(int(sys.argv[1]))
