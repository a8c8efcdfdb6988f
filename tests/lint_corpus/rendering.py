"""Running a corpus snippet twice: with plain text before its fix, with the SDK's own objects after it."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from sagemaker.workflow import functions, parameters
from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.properties import Properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONSTANTS = ("PIPELINE_EXECUTION_TEMP_DIR", "KMS_ENCRYPTION_KEY_PARAM")


class TextOfProperty(str):
    """A step property as plain text: whatever part is asked for is a longer text."""

    __slots__ = ()

    def __getattr__(self, name: str) -> TextOfProperty:
        if not name[:1].isupper():
            raise AttributeError(name)
        return TextOfProperty(f"{self}.{name}")

    def __getitem__(self, key: Any) -> Any:
        return TextOfProperty(f"{self}.{key}") if isinstance(key, str) else str(self)[key]


def run_with_text(source: str) -> Any:
    """Run a snippet's `evaluate` with parameters, properties and Joins that are plain text."""
    step = SimpleNamespace(properties=TextOfProperty("s3://steps"))
    with (
        _modules_of_team(_default),
        patch.object(parameters, "ParameterString", _default),
        patch.object(functions, "Join", lambda on, values: on.join(map(str, values))),
    ):
        return plain(_evaluate(source, _default, step))


def run_with_sdk(source: str) -> Any:
    """Run a snippet's `evaluate` with the SDK's objects, and render what it gives."""
    training = Properties(step_name="S", shape_name="DescribeTrainingJobResponse")
    processing = Properties(step_name="S", shape_name="DescribeProcessingJobResponse")
    transform = Properties(step_name="S", shape_name="DescribeTransformJobResponse")
    found = SimpleNamespace(
        ModelArtifacts=training.ModelArtifacts,
        ProcessingOutputConfig=processing.ProcessingOutputConfig,
        TransformOutput=transform.TransformOutput,
    )
    with _modules_of_team(_parameter):
        return plain(_evaluate(source, _parameter, SimpleNamespace(properties=found)))


def _default(name: str, default_value: str = "", **_others: Any) -> str:
    return default_value or f"default-of-{name}"


def _parameter(name: str, default_value: str = "") -> ParameterString:
    return ParameterString(name=name, default_value=default_value or f"default-of-{name}")


def _evaluate(source: str, parameter: Callable[..., Any], step: Any) -> Any:
    space: dict[str, Any] = {"__name__": "snippet", "__file__": "snippet.py"}
    exec(compile(source, "snippet.py", "exec", dont_inherit=True), space)  # noqa: S102 - the corpus's own code
    return space["evaluate"](parameter, step)


@contextmanager
def _modules_of_team(parameter: Callable[..., Any]) -> Iterator[None]:
    """Stand in for the packages of a company that snippets import from."""
    constants = ModuleType("mods_workflow_core.utils.constants")
    for name in CONSTANTS:
        setattr(constants, name, parameter(name, f"s3://bucket/{name.lower()}"))
    builders = ModuleType("team_builders")
    builders.StepBuilderBase = type("StepBuilderBase", (), {})  # type: ignore[attr-defined]
    stands = {
        "mods_workflow_core": ModuleType("mods_workflow_core"),
        "mods_workflow_core.utils": ModuleType("mods_workflow_core.utils"),
        constants.__name__: constants,
        builders.__name__: builders,
    }
    with patch.dict(sys.modules, stands):
        yield


def plain(value: Any) -> Any:
    """Render Joins, parameters and properties anywhere inside plain data, as the service does when it runs."""
    if isinstance(value, Join):
        return value.on.join(str(plain(member)) for member in value.values)
    if isinstance(value, ParameterString):
        return value.default_value
    if hasattr(value, "expr"):
        path = value.expr["Get"].partition(".")[2].partition(".")[2]
        return "s3://steps." + re.sub(r"\W+", ".", path).strip(".")
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return str(value) if isinstance(value, str) else value
