from typing import NamedTuple

from sagemaker.workflow.parameters import ParameterString


class Params(NamedTuple):
    root: ParameterString
    name: str


def make():
    return Params(ParameterString("Root", "s3://r"), "x")


def location():
    params = make()
    return params.root + "/" + params.name  # expect: CUR0901


def evaluate(parameter, step):
    return location()
