import os

from sagemaker.processing import ProcessingOutput
from sagemaker.workflow.parameters import ParameterString


def outputs(config):
    return ProcessingOutput(
        output_name="eval_output",
        source="/opt/ml/processing/output/eval",
        destination=os.path.join(config.pipeline_s3_loc, "model_eval", config.job_type, "eval_output"),  # expect: CUR0901
    )


class Config:
    job_type = "calibration"

    def __init__(self, location):
        self.pipeline_s3_loc = location


def evaluate(parameter, step):
    return outputs(Config(parameter("PREFIX", "s3://bucket/run"))).destination
