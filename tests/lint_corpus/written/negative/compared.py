def is_same(config, other):
    return f"{config.pipeline_s3_loc}/a" == other or config.pipeline_s3_loc.startswith("s3://")
