def resolve(execution_prefix, values):
    text: str = values[execution_prefix.name]
    return text + "/resolved", f"{text.rstrip('/')}/x"
