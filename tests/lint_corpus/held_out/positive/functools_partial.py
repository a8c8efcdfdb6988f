from functools import partial


def under(base, name):
    return f"{base}/{name}"  # expect: CUR0901


def build(execution_prefix):
    at = partial(under, execution_prefix)
    return at("partial")


def evaluate(parameter, step):
    return build(parameter("PREFIX", "s3://bucket/run"))
