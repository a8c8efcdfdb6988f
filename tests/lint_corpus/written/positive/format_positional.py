from sagemaker.workflow.parameters import ParameterString as StringParameter

BUCKET = StringParameter("Bucket", default_value="team-bucket")


def location(folder):
    return "s3://{}/raw/{}".format(BUCKET, folder)  # expect: CUR0901


def evaluate(parameter, step):
    return location("2024")
