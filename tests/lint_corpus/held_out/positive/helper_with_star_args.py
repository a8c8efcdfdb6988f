def s3_join(*parts):
    return "/".join(parts)  # expect: CUR0901


def outputs(execution_prefix):
    return s3_join(execution_prefix, "star", "args")


def evaluate(parameter, step):
    return outputs(parameter("PREFIX", "s3://bucket/run"))
