import json

from sagemaker.workflow.parameters import ParameterString

location = ParameterString(name="InputLocation")


def environment():
    return {"SETTINGS": json.dumps({"input": location, "mode": "full"})}  # expect: CUR0902 by hand
