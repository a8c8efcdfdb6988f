from os.path import join as path_join


def artifact(execution_prefix, parts):
    return path_join(execution_prefix, "artifacts", *parts)  # expect: CUR0901


def evaluate(parameter, step):
    return artifact(parameter("PREFIX", "s3://bucket/run"), ["a", "b"])
