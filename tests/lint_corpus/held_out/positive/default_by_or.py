class Builder:
    def __init__(self, config, override=None):
        self.root = override or config.pipeline_s3_loc

    @property
    def models(self):
        return f"{self.root}/models"  # expect: CUR0901

    def latest(self):
        return self.models + "/latest"  # expect: CUR0901


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return Builder(config).latest()
