class EvalBuilder:
    def __init__(self, cfg):
        self.cfg = cfg

    def inputs(self):
        return [
            self.cfg.model_s3_uri + "/model.tar.gz",  # expect: CUR0901
            f"{self.cfg.data_s3_path}/test.csv",  # expect: CUR0901
        ]


class Config:
    pass


def evaluate(parameter, step):
    config = Config()
    config.model_s3_uri = parameter("Model", "s3://models/a")
    config.data_s3_path = parameter("Data", "s3://data/b")
    return EvalBuilder(config).inputs()
