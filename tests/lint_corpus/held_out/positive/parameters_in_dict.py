from sagemaker.workflow.parameters import ParameterString

PARAMS = {
    "bucket": ParameterString(name="Bucket", default_value="lake"),
    "team": "fraud",
}


def feature_uri(name):
    return "s3://" + PARAMS["bucket"] + "/features/" + PARAMS["team"] + "/" + name  # expect: CUR0901


def evaluate(parameter, step):
    return feature_uri("age")
