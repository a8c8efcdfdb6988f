def paths(execution_prefix, names):
    return list(map(lambda name: f"{execution_prefix}/{name}", names))  # expect: CUR0901


def evaluate(parameter, step):
    return paths(parameter("P", "s3://p"), ["a"])
