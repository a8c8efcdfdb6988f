def base(config):
    try:
        prefix = config.execution_prefix
    except AttributeError:
        prefix = "s3://fallback/run"
    return f"{prefix}/try"  # expect: CUR0901


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.execution_prefix = parameter("PREFIX", "s3://bucket/run")
    return base(config)
