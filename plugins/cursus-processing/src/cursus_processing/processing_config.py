"""What the processing steps of this plugin share: a job type, an image, the script's arguments."""

from __future__ import annotations

from cursus.config import ProcessingStepConfigBase
from cursus.config.step_config import JobType
from cursus.kernel.step_type import Image

SKLEARN = Image(framework="sklearn", version="processing_framework_version")


class ProcessingConfig(ProcessingStepConfigBase):
    """A Processing step that works on the data of one job type, such as training or calibration."""

    job_type: JobType


def script_arguments(config: ProcessingConfig) -> tuple[str, ...]:
    """Give the job type, then what the config adds for a script of the user's own."""
    return ("--job_type", config.job_type, *(config.processing_script_arguments or ()))
