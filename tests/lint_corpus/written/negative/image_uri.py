def image(account, region, config):
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{config.repository}:{config.tag}"
