from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString

prefix = ParameterString(name="Prefix", default_value="s3://bucket/run")
base = Join(on="/", values=[prefix, "training"])


def evaluate(parameter, step):
    return f"{base}/model.tar.gz"  # expect: CUR0901
