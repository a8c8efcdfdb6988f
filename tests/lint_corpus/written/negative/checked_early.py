def bucket(config):
    location = config.pipeline_s3_loc
    if not isinstance(location, str):
        raise TypeError("a bucket is asked of a parameter")
    return location.replace("s3://", "").split("/")[0]
