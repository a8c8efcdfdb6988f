def topic(config, name):
    return f"{config.topic_prefix}.{name}", config.output_prefix + "_" + name
