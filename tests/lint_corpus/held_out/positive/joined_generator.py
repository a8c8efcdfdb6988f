def path(execution_prefix, parts):
    return "/".join(str(part) for part in [execution_prefix, *parts])  # expect: CUR0901 by hand, CUR0902
