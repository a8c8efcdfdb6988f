def path(execution_prefix, job_type=None, *, debug=False):
    return f"{execution_prefix}/{'debug' if debug else 'prod'}/{job_type or 'all'}"  # expect: CUR0901


def evaluate(parameter, step):
    return path(parameter("PREFIX", "s3://bucket/run"), debug=True)
