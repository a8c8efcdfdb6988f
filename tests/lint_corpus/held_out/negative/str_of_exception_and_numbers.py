def describe(execution_prefix, error, count):
    return [str(error), str(count), repr(count), format(count, "05d"), len(execution_prefix.name)]
