def shards(config):
    return [f"part-{i:05d}-of-{config.count:05d}" for i in range(config.count)], config.offset + config.count
