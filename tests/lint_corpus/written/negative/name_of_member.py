def tags(execution_prefix):
    ports = {"train": execution_prefix, "mode": "full"}
    return [f"{name}/port" for name, _ in ports.items()] + [f"{ports['mode']}/x"]
