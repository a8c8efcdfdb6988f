def test_destination(builder, config):
    assert builder.outputs()[0].destination == f"{config.pipeline_s3_loc}/prep/data"
    assert builder.base in (config.pipeline_s3_loc + "/a", config.pipeline_s3_loc + "/b")
