from sagemaker.workflow.parameters import ParameterString


def parameters():
    return ParameterString(name="In", default_value="s3://in"), ParameterString(name="Out", default_value="s3://out")


def outputs():
    source, target = parameters()
    return {"a": f"{target}/a", "b": f"{source}/b"}  # expect: CUR0901, CUR0901


def evaluate(parameter, step):
    return outputs()
