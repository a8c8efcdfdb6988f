def ports(config):
    return {name: f"/opt/ml/processing/input/{name}" for name in config.channels}
