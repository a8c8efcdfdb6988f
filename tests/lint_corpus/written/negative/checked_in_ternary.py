from sagemaker.workflow.functions import Join


def output(config):
    return (
        f"{config.pipeline_s3_loc}/a"
        if isinstance(config.pipeline_s3_loc, str)
        else Join(on="/", values=[config.pipeline_s3_loc, "a"])
    )
