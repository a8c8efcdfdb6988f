class Base:
    def __init__(self, config):
        self.config = config

    def root(self):
        return self.config.pipeline_s3_loc


class Child(Base):
    def root(self):
        return super().root() + "/child"  # expect: CUR0901

    def data(self):
        return f"{self.root()}/data"  # expect: CUR0901


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return Child(config).data()
