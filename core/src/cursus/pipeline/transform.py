"""Transform steps: the arguments of CreateTransformJob, from inputs `model_name` and the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.step_type import Fault
from cursus.pipeline.security import kms_key, volume_kms_key

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep
    from cursus.pipeline.rendering import Location, Rendering

MODEL_NAME = "model_name"


def transform_arguments(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Shape a step as CreateTransformJob takes it; run-time values stay objects."""
    model, data = _sources(step, rendering)
    job = step.step_type.job
    arguments: dict[str, Any] = {
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}},
            **_given(step, ContentType="content_type", SplitType="split_type"),
        },
        "TransformOutput": {
            "S3OutputPath": next(iter(step.outputs.values())),
            **kms_key(rendering),
            **_given(step, AssembleWith="assemble_with", Accept="accept"),
        },
        "TransformResources": {
            "InstanceCount": step.attribute(job.instance_count),
            "InstanceType": step.attribute(job.instance_type),
            **volume_kms_key(step, rendering),
        },
        "DataProcessing": _given(
            step, InputFilter="input_filter", OutputFilter="output_filter", JoinSource="join_source"
        ),
        "Environment": dict(step.environment),
    }
    return {name: value for name, value in arguments.items() if value != {}}


def _sources(step: PlannedStep, rendering: Rendering) -> tuple[Location, Location]:
    found = {name: rendering.location(step, binding) for name, binding in step.bindings.items()}
    model = found.pop(MODEL_NAME, None)
    data = [location for location in found.values() if location is not None]
    if model is None or len(data) != 1 or len(step.outputs) != 1:
        fault = Fault(
            field="bindings",
            message=f"a transform job needs {MODEL_NAME}, one data input and one output; it has "
            f"{', '.join((*step.bindings, *step.outputs)) or 'none'}",
            fix="mend the ports of its step type",
        )
        raise rendering.error(step, "CUR0625", fault)
    return model, data[0]


def _given(step: PlannedStep, **fields: str) -> dict[str, Any]:
    """Give the members whose config fields are set."""
    values = {member: getattr(step.config, field, None) for member, field in fields.items()}
    return {member: value for member, value in values.items() if value is not None}
