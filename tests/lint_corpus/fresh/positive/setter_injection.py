class Builder:
    _prefix = None

    def set_execution_prefix(self, execution_prefix):
        self._prefix = execution_prefix

    def path(self, *parts):
        full = self._prefix
        for p in parts:
            full = full + "/" + p  # expect: CUR0901
        return full


def evaluate(parameter, step):
    builder = Builder()
    builder.set_execution_prefix(parameter("P", "s3://p"))
    return builder.path("a", "b")
