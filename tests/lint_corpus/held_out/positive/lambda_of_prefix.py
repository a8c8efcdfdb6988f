to_uri = lambda execution_prefix, name: "/".join((execution_prefix, "out", name))  # expect: CUR0901


def evaluate(parameter, step):
    return to_uri(parameter("PREFIX", "s3://bucket/run"), "a")
