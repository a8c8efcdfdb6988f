"""The SageMaker SDK's objects for our data: v2 or v3, whichever is installed; only this module touches the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cursus.errors import MissingExtraError
from cursus.paths import Expression, OutputPath, Parameter, StepProperty
from cursus.pipeline.parameters import parameter_from_sdk

if TYPE_CHECKING:
    from types import ModuleType

    from cursus.pipeline.definition import Definition

# The packages that hold the expressions and the steps: SDK v3, then v2.
HOMES = (
    ("sagemaker.core.workflow", "sagemaker.mlops.workflow"),
    ("sagemaker.workflow", "sagemaker.workflow"),
)
# What a step leaves behind is described by these shapes of the service's model.
SHAPES = {
    "Processing": "DescribeProcessingJobResponse",
    "Training": "DescribeTrainingJobResponse",
    "Transform": "DescribeTransformJobResponse",
    "Model": "DescribeModelOutput",
    "RegisterModel": "DescribeModelPackageOutput",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """Where the installed SDK keeps its expressions, and its steps and pipelines."""

    expressions: str
    steps: str

    def expression(self, module: str) -> ModuleType:
        """Import a module of expressions, such as `functions`."""
        return import_module(f"{self.expressions}.{module}")

    def step(self, module: str) -> ModuleType:
        """Import a module of steps or pipelines."""
        return import_module(f"{self.steps}.{module}")


def installed_sdk() -> Sdk:
    """Find the installed SDK; MissingExtraError: there is none."""
    for expressions, steps in HOMES:
        try:
            import_module(f"{expressions}.functions")
            import_module(f"{steps}.pipeline")
        except ModuleNotFoundError:
            continue
        return Sdk(expressions=expressions, steps=steps)
    raise MissingExtraError("sagemaker", "sagemaker")


def to_sdk(value: Any) -> Any:
    """Turn our run-time values, anywhere in plain data, into the SDK's: an OutputPath becomes a Join.

    A Parameter becomes a ParameterString, -Integer, -Float or -Boolean, a StepProperty becomes Properties; all else
    stays as it is. MissingExtraError: no SDK is installed.
    """
    return _to_sdk(value, installed_sdk())


def from_sdk(value: Any) -> Any:
    """Turn the SDK's run-time values, anywhere in data, into references, Joins and Parameters; nothing is imported.

    What no definition can hold is a TypeError.
    """
    if isinstance(value, Mapping):
        return {name: from_sdk(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [from_sdk(member) for member in value]
    if hasattr(value, "parameter_type"):
        return parameter_from_sdk(value)
    # A Join's own expression forgets the defaults of its parameters.
    if hasattr(value, "on") and hasattr(value, "values"):
        return {"Std:Join": {"On": value.on, "Values": from_sdk(value.values)}}
    if hasattr(value, "expr"):
        return from_sdk(value.expr)
    if value is None or isinstance(value, (str, int, float, Parameter)):
        return value
    raise TypeError(f"{value!r:.80} ({type(value).__name__}) is no value of a definition")


def to_sdk_pipeline(definition: Definition, session: Any = None) -> Any:
    """Make an SDK Pipeline of a definition; creating or updating it sends the code first.

    Its steps hold the SDK's own objects, so that steps made by hand can be added and can refer to them.
    """
    sdk = installed_sdk()
    data = definition.to_dict()
    parameters = {p["Name"]: _parameter_of(p, sdk) for p in data["Parameters"]}
    step_class = _step_class(sdk)
    return _pipeline_class(sdk, definition)(
        name=definition.name,
        parameters=list(parameters.values()),
        steps=[step_class(_from_json(step, parameters, sdk)) for step in data["Steps"]],
        sagemaker_session=session,
        pipeline_experiment_config=_experiment_of(data, sdk),
    )


def _to_sdk(value: Any, sdk: Sdk) -> Any:
    if isinstance(value, Mapping):
        return {name: _to_sdk(member, sdk) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_sdk(member, sdk) for member in value]
    if isinstance(value, Parameter):
        return _sdk_parameter(value, sdk)
    if isinstance(value, StepProperty):
        return _property(value.step, value.path, sdk)
    if isinstance(value, Expression):
        return _from_json(value.data, {}, sdk)
    return _location(value, sdk) if isinstance(value, OutputPath) else value


def _location(path: OutputPath, sdk: Sdk) -> Any:
    if path.is_known:
        return path.uri()
    pieces = [_to_sdk(piece, sdk) for piece in (path.base, *path.parts)]
    return _join(pieces, sdk) if len(pieces) > 1 else pieces[0]


def _property(step: str, path: str, sdk: Sdk) -> Any:
    return sdk.expression("properties").Properties(step_name=step, path=path)


def _sdk_parameter(parameter: Parameter, sdk: Sdk) -> Any:
    kind = getattr(sdk.expression("parameters"), f"Parameter{parameter.type}")
    return kind(name=parameter.name, default_value=parameter.default)


def _join(pieces: list[Any], sdk: Sdk, on: str = "/") -> Any:
    return sdk.expression("functions").Join(on=on, values=pieces)


def _parameter_of(data: Mapping[str, Any], sdk: Sdk) -> Any:
    default = data.get("DefaultValue")
    return _sdk_parameter(Parameter(name=data["Name"], type=data["Type"], default=default), sdk)


def _experiment_of(data: Mapping[str, Any], sdk: Sdk) -> Any:
    found = data["PipelineExperimentConfig"]
    return sdk.step("pipeline_experiment_config").PipelineExperimentConfig(
        found["ExperimentName"], found["TrialName"]
    )


def _from_json(value: Any, parameters: Mapping[str, Any], sdk: Sdk) -> Any:
    """Put the SDK's objects where a definition's JSON has references and Joins."""
    if isinstance(value, dict):
        if value.keys() == {"Get"}:
            return _reference(value["Get"], parameters, sdk)
        if value.keys() == {"Std:Join"}:
            join = value["Std:Join"]
            pieces = [_from_json(piece, parameters, sdk) for piece in join["Values"]]
            return _join(pieces, sdk, join["On"])
        return {name: _from_json(member, parameters, sdk) for name, member in value.items()}
    if isinstance(value, list):
        return [_from_json(member, parameters, sdk) for member in value]
    return _sdk_parameter(value, sdk) if isinstance(value, Parameter) else value


def _reference(text: str, parameters: Mapping[str, Any], sdk: Sdk) -> Any:
    area, _, rest = text.partition(".")
    if area == "Parameters":
        return parameters.get(rest) or _sdk_parameter(Parameter(name=rest), sdk)
    if area == "Steps":
        step, _, path = rest.partition(".")
        return _property(step, path, sdk)
    return sdk.expression("execution_variables").ExecutionVariable(rest)


def _step_class(sdk: Sdk) -> Any:
    """Make the class of our steps: the SDK takes subclasses of its Step only, and cannot be imported before."""
    steps = sdk.step("steps")
    properties = sdk.expression("properties").Properties

    class DefinitionStep(steps.Step):  # type: ignore[name-defined,misc]
        """A step of a compiled definition."""

        def __init__(self, data: Mapping[str, Any]) -> None:
            self._data = data
            kind = steps.StepTypeEnum(data["Type"])
            super().__init__(data["Name"], step_type=kind, depends_on=data.get("DependsOn"))

        @property
        def arguments(self) -> Any:
            return self._data["Arguments"]

        @property
        def properties(self) -> Any:
            shape = SHAPES.get(self._data["Type"])
            return properties(step_name=self.name, step=self, shape_name=shape)

        def to_request(self) -> Any:
            return {
                **self._data,
                **({"DependsOn": list(self.depends_on)} if self.depends_on else {}),
            }

    return DefinitionStep


def _pipeline_class(sdk: Sdk, definition: Definition) -> Any:
    """Make the class of a pipeline that sends its code before the service hears of it."""
    pipeline = sdk.step("pipeline").Pipeline

    class DefinitionPipeline(pipeline):  # type: ignore[valid-type,misc]
        """A compiled pipeline."""

        def create(self, *args: Any, **kwargs: Any) -> Any:
            self._send_code()
            return super().create(*args, **kwargs)

        def update(self, *args: Any, **kwargs: Any) -> Any:
            self._send_code()
            return super().update(*args, **kwargs)

        def _send_code(self) -> None:
            from cursus.pipeline.aws import connect
            from cursus.pipeline.uploads import send_code

            send_code(definition.bundles, connect(self.sagemaker_session).s3)

    return DefinitionPipeline
