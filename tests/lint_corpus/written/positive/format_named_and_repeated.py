class Builder:
    def __init__(self, execution_prefix):
        self.prefix = execution_prefix

    def outputs(self):
        template = "data"
        return "{base}/{kind}/{kind}_summary".format(base=self.prefix, kind=template)  # expect: CUR0901


def evaluate(parameter, step):
    return Builder(parameter("PREFIX", "s3://bucket/run")).outputs()
