def bucket_of(config):
    assert isinstance(config.pipeline_s3_loc, str)
    return config.pipeline_s3_loc.split("/")[2]
