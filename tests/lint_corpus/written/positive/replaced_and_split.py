def bucket_of(config):
    without = config.pipeline_s3_loc.replace("s3://", "")  # expect: CUR0903 by hand
    return without.split("/")[0]  # expect: CUR0903 by hand
