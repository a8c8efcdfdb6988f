"""A registration step: a Processing job that reads the package first and the payload second."""

from __future__ import annotations

from typing import Any

from sagemaker.processing import Processor
from sagemaker.workflow.steps import ProcessingStep

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mims-registration:1"


class MimsModelRegistrationProcessingStep(ProcessingStep):
    """Registers a model."""

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of the class that it stands in for
        self,
        step_name: str,
        role: str,
        sagemaker_session: Any,
        processing_input: list[Any],
        performance_metadata_location: Any = None,
        depends_on: list[Any] | None = None,
    ) -> None:
        if performance_metadata_location is not None:
            raise ValueError("no metadata is known here")
        processor = Processor(
            role=role,
            image_uri=IMAGE,
            instance_count=1,
            instance_type="ml.m5.large",
            sagemaker_session=sagemaker_session,
        )
        arguments = processor.run(inputs=processing_input, outputs=[])
        super().__init__(step_name, step_args=arguments, depends_on=depends_on)
