class Pipeline:
    def __init__(self, parameters):
        self.parameters = {p.name: p for p in parameters}

    def output(self, stage):
        prefix = self.parameters["EXECUTION_S3_PREFIX"]
        return f"{prefix}/{stage}"  # expect: CUR0901
