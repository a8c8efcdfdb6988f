def client(config, name):
    return f"{config.s3_endpoint}:{config.s3_port}/{name}", config.s3_region + "-1"
