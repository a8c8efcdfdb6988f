class LocationError(Exception):
    pass


def require(config):
    if not config.pipeline_s3_loc:
        raise LocationError("no location: " + config.pipeline_s3_loc + "/x")
    assert config.pipeline_s3_loc, f"{config.pipeline_s3_loc}/x"
