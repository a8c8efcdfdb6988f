def keys(locations):
    found = []
    for location in locations:
        execution_prefix = location
        if not isinstance(execution_prefix, str):
            continue
        found.append(execution_prefix + "/key")
    return found
