import posixpath as pp


def channel(execution_prefix, name):
    return pp.join(execution_prefix, "channels/", name, "")  # expect: CUR0901


def evaluate(parameter, step):
    return channel(parameter("PREFIX", "s3://bucket/run"), "train")
