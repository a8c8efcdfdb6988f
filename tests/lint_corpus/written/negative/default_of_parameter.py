from sagemaker.workflow.parameters import ParameterString

bucket = ParameterString(name="Bucket", default_value="team-bucket")


def sample_location():
    return f"s3://{bucket.default_value}/sample/{bucket.name}.csv"
