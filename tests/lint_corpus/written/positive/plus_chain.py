class TrainingBuilder:
    def __init__(self, base_config):
        self.base_config = base_config

    def output_path(self, name, version):
        return self.base_config.pipeline_s3_loc + "/" + name + "/" + version + "/model"  # expect: CUR0901


class BaseConfig:
    pass


def evaluate(parameter, step):
    config = BaseConfig()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return TrainingBuilder(config).output_path("xgboost", "v1")
