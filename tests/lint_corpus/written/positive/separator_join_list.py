from sagemaker.workflow.parameters import ParameterString

PREFIX = ParameterString(name="Prefix", default_value="s3://bucket/run")
DESTINATION = "/".join([PREFIX, "payload", "sample"])  # expect: CUR0901


def evaluate(parameter, step):
    return DESTINATION
