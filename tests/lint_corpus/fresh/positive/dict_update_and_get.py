def outputs(config):
    locations = {}
    locations.update(model=config.pipeline_s3_loc)
    root = locations.get("model")
    return root + "/model"  # expect: CUR0901


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("P", "s3://p")
    return outputs(config)
