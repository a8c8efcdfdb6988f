def build(name, **options):
    return f"{options['execution_prefix']}/{name}"  # expect: CUR0901


def evaluate(parameter, step):
    return build("x", execution_prefix=parameter("P", "s3://p"))
