def location(execution_prefix):
    execution_prefix = "s3://fixed-bucket/run"
    return f"{execution_prefix}/training"
