"""Which expressions can be pipeline parameters by their name or call, and why."""

from __future__ import annotations

import re

from cursus.lint.value import PLAIN, Value, run_time

CONSTANTS = frozenset(
    {
        "PIPELINE_EXECUTION_TEMP_DIR",
        "KMS_ENCRYPTION_KEY_PARAM",
        "SECURITY_GROUP_ID",
        "VPC_SUBNET",
    }
)
LOCATIONS = frozenset(
    {
        "base_output_path",
        "execution_prefix",
        "execution_s3_prefix",
        "pipeline_execution_temp_dir",
        "pipeline_s3_loc",
        "pipeline_s3_location",
    }
)
CONFIG_LOCATION = re.compile(
    r"(?:^|_)s3_(?:loc|location|prefix|path|uri|url|root|base|dir|folder|output|output_path|base_path)$"
)
CONFIG_OBJECT = re.compile(r"(?:^|[._])(?:config|cfg|conf|settings)$")
LOCATION_METHOD = re.compile(
    r"^_*(?:get|resolve|find)_(?:base_output_path|output_base_path|base_output_prefix|execution_prefix|execution_s3_prefix"
    r"|pipeline_s3_loc|pipeline_s3_location|base_s3_(?:path|uri|prefix))$"
)
PARAMETER_CLASSES = frozenset(
    {"ParameterString", "ParameterInteger", "ParameterFloat", "ParameterBoolean"}
)
RUN_TIME_TYPES = PARAMETER_CLASSES | {"ExecutionVariable", "JsonGet", "PipelineVariable"}
# Names that others use too: these count where they are imported from the SDK.
SDK_TYPES = frozenset({"Expression", "Join", "Parameter", "Properties"})
CONFIG_CLASS = re.compile(r"(?:Config|ConfigBase|BaseModel|BaseSettings|Settings)$")
STEP_PROPERTIES = frozenset(
    {"ModelArtifacts", "ProcessingOutputConfig", "S3ModelArtifacts", "TransformOutput"}
)
FUNCTIONS_OF_PIPELINES = frozenset({"Join", "JsonGet"})
PLAIN_CALLS = frozenset(
    {
        "getpass.getuser", "input", "len", "os.environ.get", "os.getcwd", "os.getenv", "tempfile.mkdtemp",
    }
)  # fmt: skip
PLAIN_OBJECTS = frozenset({"os.environ"})


# A part of every name above: a file without any of them has nothing to find and need not be walked. The types that
# others use too count where they come from the SDK alone.
PARTS = (
    *sorted(CONSTANTS | STEP_PROPERTIES | RUN_TIME_TYPES | FUNCTIONS_OF_PIPELINES),
    *("s3_", ".properties", "sagemaker", "output_base_path", "base_output_prefix"),
)


def can_hold_origins(text: str) -> bool:
    """Say whether a module's text has any name from which a pipeline parameter could come."""
    if any(part in text for part in PARTS):
        return True
    lowered = text.lower()
    return any(name in lowered for name in LOCATIONS)


def of_constant(name: str) -> Value | None:
    """Judge an imported or inherited constant by its name."""
    if name in CONSTANTS:
        return run_time(f"{name} is a pipeline parameter")
    return None


def of_location_name(name: str) -> Value | None:
    """Judge a name that says whose location it holds, such as `execution_prefix`."""
    if name.lower() in LOCATIONS:
        return run_time(f"a portable pipeline gets {name} when it starts")
    return None  # fmt: skip


def of_argument(name: str, annotation: frozenset[str]) -> Value | None:
    """Judge a function's argument by its annotation's names, then by its own."""
    types = sorted(annotation & (RUN_TIME_TYPES | SDK_TYPES))
    if types:
        return run_time(f"argument {name} can be a {types[0]}")
    if annotation and annotation <= {
        "Path",
        "PurePath",
        "int",
        "bool",
        "float",
        "None",
        "Optional",
    }:
        return PLAIN  # fmt: skip
    return of_location_name(name)


def of_attribute(receiver: str, name: str) -> Value | None:
    """Judge an attribute: a constant, a location, or an S3 location of a config."""
    by_name = of_constant(name) or of_location_name(name)
    if by_name is not None:
        return by_name
    if CONFIG_LOCATION.search(name) and CONFIG_OBJECT.search(receiver):
        return run_time(f"{name} is an S3 location of a config")
    if receiver.rpartition(".")[2] == "ExecutionVariables":
        return run_time(f"ExecutionVariables.{name} is known only when the pipeline runs")
    if name in STEP_PROPERTIES:
        return run_time(f"{name} is a step property, known only when the pipeline runs")
    return None


def of_call(function: str) -> Value | None:
    """Judge a call by the full name of its function."""
    name = function.rpartition(".")[2]
    if name in PARAMETER_CLASSES:
        return run_time(f"{name}(...) is a pipeline parameter")
    if name in FUNCTIONS_OF_PIPELINES:
        return run_time(f"{name}(...) is known only when the pipeline runs")
    if LOCATION_METHOD.match(name):
        return run_time(f"{name}() gives the location of the pipeline's outputs")
    if function in PLAIN_CALLS or name == "parse_args":
        return PLAIN
    return None
