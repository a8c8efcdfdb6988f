def destination(execution_prefix, team, version):
    return (
        f"{execution_prefix}/models/"  # expect: CUR0901
        f"{team}-{version}"
        "/latest"
    )


def evaluate(parameter, step):
    return destination(parameter("PREFIX", "s3://bucket/run"), "risk", 3)
