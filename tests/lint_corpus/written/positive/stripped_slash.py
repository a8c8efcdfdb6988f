class Builder:
    def __init__(self, config):
        self.config = config

    def output(self):
        prefix = self.config.pipeline_s3_loc.rstrip("/")  # expect: CUR0903 by hand
        return prefix
