"""A Cradle step: a Processing job that writes its data below the start-time prefix."""

from __future__ import annotations

from typing import Any

from sagemaker.processing import ProcessingOutput, Processor
from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.workflow.steps import ProcessingStep

from secure_ai_sandbox_workflow_python_sdk.utils import constants

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cradle-loader:1"
PREFIX = ParameterString(name="EXECUTION_S3_PREFIX")
RETRIES = ParameterInteger(name="CradleRetries", default_value=2)

print("the stand-in is imported")  # noqa: T201 - as a noisy SDK does, to see where it goes


class CradleDataLoadingStep(ProcessingStep):
    """Loads data; where it goes is known from `get_output_locations()` alone."""

    def __init__(self, step_name: str, role: str, sagemaker_session: Any) -> None:
        processor = Processor(
            role=role,
            image_uri=IMAGE,
            instance_count=1,
            instance_type="ml.m5.large",
            env={"RETRIES": RETRIES.to_string(), "REGION": sagemaker_session.boto_region_name},
            sagemaker_session=sagemaker_session,
        )
        data = ProcessingOutput(
            output_name="DATA",
            source="/opt/ml/processing/output/data",
            destination=Join(on="/", values=[PREFIX, "cradle", step_name]),
        )
        super().__init__(step_name, step_args=processor.run(inputs=[], outputs=[data]))

    def get_output_locations(self) -> dict[str, Any]:
        """Give a property, a Join and a text."""
        outputs = self.properties.ProcessingOutputConfig.Outputs
        return {
            constants.OUTPUT_TYPE_DATA: outputs["DATA"].S3Output.S3Uri,
            constants.OUTPUT_TYPE_METADATA: Join(on="", values=[PREFIX, "/metadata/", self.name]),
            constants.OUTPUT_TYPE_SIGNATURE: "s3://platform/signatures/",
        }
