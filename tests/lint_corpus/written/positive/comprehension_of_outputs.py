def outputs(execution_prefix, names):
    folders = {name: f"{execution_prefix}/{name}" for name in names}  # expect: CUR0901
    return [f"{path}/_SUCCESS" for path in folders.values()]  # expect: CUR0901


def evaluate(parameter, step):
    return outputs(parameter("PREFIX", "s3://bucket/run"), ["train", "val", "test"])
