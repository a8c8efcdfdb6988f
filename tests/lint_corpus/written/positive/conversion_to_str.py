class Builder:
    def __init__(self, execution_prefix):
        self.base = str(execution_prefix)  # expect: CUR0902

    def output(self):
        return self.base + "/output"  # expect: CUR0901


def evaluate(parameter, step):
    return Builder(parameter("PREFIX", "s3://bucket/run")).output()
