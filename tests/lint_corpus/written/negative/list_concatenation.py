def arguments(execution_prefix, extra):
    base = ["--prefix", execution_prefix]
    return base + ["--mode", "full"] + extra
