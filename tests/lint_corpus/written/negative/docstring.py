def destination(execution_prefix):
    """Give `{execution_prefix}/training`; `execution_prefix + "/x"` would not work."""
    return execution_prefix
