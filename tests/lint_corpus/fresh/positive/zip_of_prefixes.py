def pairs(execution_prefix, names):
    roots = [execution_prefix] * len(names)
    return [f"{root}/{name}" for root, name in zip(roots, names)]  # expect: CUR0901


def evaluate(parameter, step):
    return pairs(parameter("P", "s3://p"), ["a", "b"])
