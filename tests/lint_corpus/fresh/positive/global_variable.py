from sagemaker.workflow.parameters import ParameterString

ROOT = None


def configure():
    global ROOT
    ROOT = ParameterString(name="Root", default_value="s3://root")


def data():
    return f"{ROOT}/data"  # expect: CUR0901


def evaluate(parameter, step):
    configure()
    return data()
