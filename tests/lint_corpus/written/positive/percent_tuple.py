from sagemaker.workflow.parameters import ParameterString

prefix = ParameterString(name="ExecutionPrefix", default_value="s3://bucket/run")


def destination(step_name, output):
    return "%s/%s/%s" % (prefix, step_name, output)  # expect: CUR0901


def evaluate(parameter, step):
    return destination("calibration", "metrics")
