import warnings


def deprecate(execution_prefix):
    text = f"The prefix {execution_prefix}/old is deprecated"
    warnings.warn(text, stacklevel=2)
    warnings.warn(f"{execution_prefix}/old", stacklevel=2)
