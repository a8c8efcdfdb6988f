def locations(config, is_training):
    if (base := config.pipeline_s3_loc) is None:
        return None
    folder = f"{base}/training" if is_training else base + "/inference"  # expect: CUR0901, CUR0901
    return folder


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return [locations(config, True), locations(config, False)]
