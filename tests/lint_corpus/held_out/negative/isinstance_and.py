def key(execution_prefix):
    if isinstance(execution_prefix, str) and execution_prefix.rstrip("/").endswith("x"):
        return execution_prefix.replace("s3://", "")
    return None
