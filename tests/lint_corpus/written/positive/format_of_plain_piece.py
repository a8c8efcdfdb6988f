def part(execution_prefix, count, mode):
    return f"{execution_prefix}/{mode!s}/part-{count:05d}.csv"  # expect: CUR0901


def evaluate(parameter, step):
    return part(parameter("PREFIX", "s3://bucket/run"), 7, "full")
