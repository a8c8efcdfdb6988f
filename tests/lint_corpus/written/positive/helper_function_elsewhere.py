def make_path(base, *parts):
    path = base
    for part in parts:
        path = f"{path}/{part}"  # expect: CUR0901
    return path


class Builder:
    def __init__(self, config):
        self._base = config.pipeline_s3_loc

    def outputs(self):
        return {"train": make_path(self._base, "prep", "train")}


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.pipeline_s3_loc = parameter("PREFIX", "s3://bucket/run")
    return Builder(config).outputs()
