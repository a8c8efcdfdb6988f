def output(pipeline_parameters, stage):
    for param in pipeline_parameters:
        if param.name == "EXECUTION_S3_PREFIX":
            return f"{param}/{stage}"  # expect: CUR0901
    return None
