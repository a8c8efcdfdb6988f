def destinations(config, names):
    for name in names:
        yield name, f"{config.pipeline_s3_loc}/generated/{name}"  # expect: CUR0901


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return [uri for _, uri in destinations(config, ["x", "y"])]
