def report(config):
    base = getattr(config, "pipeline_s3_loc", None)
    return f"{base}/reports/{config.name}.html"  # expect: CUR0901


class Config:
    name = "weekly"


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return report(config)
