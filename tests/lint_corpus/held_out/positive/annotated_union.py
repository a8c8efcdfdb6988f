from typing import Optional, Union

from sagemaker.workflow.parameters import ParameterString


def channel_uri(root: Union[str, ParameterString], channel: str, version: Optional[int] = None):
    uri = root + "/channels/" + channel  # expect: CUR0901
    return uri if version is None else f"{uri}/v{version}"  # expect: CUR0901


def evaluate(parameter, step):
    root = parameter("Root", "s3://data/root")
    return [channel_uri(root, "train"), channel_uri(root, "val", 3)]
