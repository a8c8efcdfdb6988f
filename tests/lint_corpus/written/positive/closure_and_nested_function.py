from sagemaker.workflow.parameters import ParameterString


def get_pipeline():
    bucket = ParameterString(name="Bucket", default_value="team-bucket")

    def location(stage):
        def with_suffix(suffix):
            return f"s3://{bucket}/{stage}/{suffix}"  # expect: CUR0901

        return with_suffix("data")

    return location("raw")


def evaluate(parameter, step):
    return get_pipeline()
