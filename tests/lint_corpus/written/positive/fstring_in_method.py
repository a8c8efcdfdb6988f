"""Outputs of a preprocessing builder."""

from sagemaker.workflow.parameters import ParameterString


class PreprocessingBuilder:
    def __init__(self, config):
        self.config = config

    def get_outputs(self):
        destination = f"{self.config.pipeline_s3_loc}/tabular_preprocessing/{self.config.job_type}"  # expect: CUR0901
        return {"processed_data": destination}


class Config:
    def __init__(self, location):
        self.pipeline_s3_loc = location
        self.job_type = "training"


def evaluate(parameter, step):
    return PreprocessingBuilder(Config(parameter("PREFIX", "s3://bucket/run"))).get_outputs()
