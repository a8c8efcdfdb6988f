def adjacent(execution_prefix, name, execution_s3_prefix):
    one = f"{execution_prefix}{name}"  # expect: CUR0901
    two = f"{execution_prefix}/{name}_{execution_s3_prefix}/end"  # expect: CUR0901
    three = f"/{execution_prefix}//{name}/"  # expect: CUR0901
    four = f"{execution_prefix}"  # expect: CUR0901
    return one, two, three, four


def evaluate(parameter, step):
    return adjacent(parameter("A", "s3://a"), "n", parameter("B", "b"))
