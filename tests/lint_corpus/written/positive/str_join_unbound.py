def location(execution_prefix):
    return str.join("/", (execution_prefix, "package", "packaged_model"))  # expect: CUR0901


def evaluate(parameter, step):
    return location(parameter("PREFIX", "s3://bucket/run"))
