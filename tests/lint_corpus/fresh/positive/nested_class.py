class Outer:
    class Paths:
        def __init__(self, pipeline_s3_loc):
            self.location = pipeline_s3_loc

        def of(self, name):
            return self.location + f"/{name}"  # expect: CUR0901

    def __init__(self, config):
        self.paths = Outer.Paths(config.pipeline_s3_loc)


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("P", "s3://p")
    return Outer(config).paths.of("n")
