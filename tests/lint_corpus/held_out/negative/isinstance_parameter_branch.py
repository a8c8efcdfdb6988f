from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString


def at(root: "str | ParameterString"):
    if isinstance(root, ParameterString):
        return Join(on="/", values=[root, "data"])
    else:
        return f"{root}/data"
