import sagemaker.workflow.parameters as swp

BUCKET = swp.ParameterString(name="DataBucket", default_value="lake")


class Paths:
    RAW = f"s3://{BUCKET}/raw"  # expect: CUR0901
    CURATED = "s3://" + BUCKET + "/curated"  # expect: CUR0901


def evaluate(parameter, step):
    return [Paths.RAW, Paths.CURATED]
