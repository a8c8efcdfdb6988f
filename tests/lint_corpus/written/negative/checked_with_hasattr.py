def key(execution_prefix):
    if hasattr(execution_prefix, "expr"):
        return execution_prefix.expr
    return execution_prefix + "/key"
