def run(execution_prefix=None):
    execution_prefix = execution_prefix if isinstance(execution_prefix, str) else "s3://none"
    return execution_prefix + "/run"
