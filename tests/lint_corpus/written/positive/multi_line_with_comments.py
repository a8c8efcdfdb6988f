from sagemaker.workflow.parameters import ParameterString


class Builder:
    def __init__(self, config):
        self.config = config

    def destination(self, job_type):
        return (
            self.config.pipeline_s3_loc  # expect: CUR0901
            + "/currency_conversion/"  # the step's own folder
            # variants do not share a folder
            + job_type
            + "/converted_data"
        )


class Config:
    def __init__(self, location):
        self.pipeline_s3_loc = location


def evaluate(parameter, step):
    return Builder(Config(parameter("PREFIX", "s3://bucket/run"))).destination("validation")
