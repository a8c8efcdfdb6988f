def location(execution_prefix, job_type=None):
    path = execution_prefix
    path += "/batch_transform"  # expect: CUR0901
    if job_type:
        path += "/" + job_type  # expect: CUR0901
    return path


def evaluate(parameter, step):
    return location(parameter("PREFIX", "s3://bucket/run"), "scoring")
