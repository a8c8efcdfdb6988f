"""Model steps: the arguments of CreateModel, with the inference script where the image looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.errors import Problem
from cursus.kernel.plan import StepOutput
from cursus.kernel.step_type import Fault
from cursus.paths import OutputPath
from cursus.pipeline.bundles import ARCHIVE, archived
from cursus.pipeline.security import is_isolated, vpc_config
from cursus.pipeline.sources import config_place
from cursus.pipeline.training import LOG_LEVEL

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep
    from cursus.pipeline.rendering import Location, Rendering

MODEL_ARCHIVE = "model.tar.gz"
CODE_IN_ARCHIVE = "/opt/ml/model/code"
RAW_MODEL = "model"
# These serving images import the script from the model archive alone and never download one.
ARCHIVE_ONLY = frozenset({"pytorch"})


def model_arguments(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Shape a step as CreateModel takes it; run-time values stay objects."""
    isolated = bool(is_isolated(step))
    return {
        "ExecutionRoleArn": rendering.role_of(step),
        "PrimaryContainer": {
            "Image": rendering.image_of(step),
            "Environment": {**_script(step, rendering, isolated=isolated), **step.environment},
            "ModelDataUrl": _model_data(step, rendering),
        },
        **vpc_config(step, rendering),
        **({"EnableNetworkIsolation": True} if isolated else {}),
    }


def _script(step: PlannedStep, rendering: Rendering, *, isolated: bool) -> dict[str, str]:
    settings = {
        "SAGEMAKER_CONTAINER_LOG_LEVEL": str(LOG_LEVEL),
        "SAGEMAKER_REGION": step.attribute("aws_region"),
    }
    if not _is_raw(step, rendering) or isolated or _needs_archive(step):
        if _is_raw(step, rendering):
            rendering.warnings.append(_no_script_in_model(step, rendering))
        entry_point: str = step.attribute(step.step_type.job.entry_point)
        return _settings(entry_point, CODE_IN_ARCHIVE, settings)
    bundle = archived(rendering.bundle(step))
    return _settings(bundle.entry_point, f"{rendering.upload(bundle)}/{ARCHIVE}", settings)


def _settings(program: str, folder: str, rest: dict[str, str]) -> dict[str, str]:
    return {"SAGEMAKER_PROGRAM": program, "SAGEMAKER_SUBMIT_DIRECTORY": folder, **rest}


def _is_raw(step: PlannedStep, rendering: Rendering) -> bool:
    """Say whether the archive is a training job's own, without the code that Package adds."""
    source = next(iter(step.bindings.values())).source if step.bindings else None
    if isinstance(source, StepOutput):
        return rendering.plan.output(source)[1].kind == RAW_MODEL
    return True


def _needs_archive(step: PlannedStep) -> bool:
    image = step.step_type.job.image
    return image is not None and image.framework in ARCHIVE_ONLY


def _model_data(step: PlannedStep, rendering: Rendering) -> Location | OutputPath:
    """Give the archive: what a training job left, or the one in a processing job's folder."""
    found = [rendering.location(step, binding) for binding in step.bindings.values()]
    if len(found) != 1 or found[0] is None:
        fault = Fault(
            field="bindings",
            message=f"a model needs one input, its archive; it has {', '.join(step.bindings) or 'none'}",
            fix="mend the ports of its step type",
        )
        raise rendering.error(step, "CUR0625", fault)
    source = next(iter(step.bindings.values())).source
    if isinstance(source, StepOutput) and _leaves_folder(source, rendering):
        return OutputPath(base=found[0]) / MODEL_ARCHIVE
    return found[0]


def _leaves_folder(source: StepOutput, rendering: Rendering) -> bool:
    return rendering.plan.steps[source.node].step_type.job.kind == "processing"


def _no_script_in_model(step: PlannedStep, rendering: Rendering) -> Problem:
    return Problem(
        code="CUR0606",
        severity="warning",
        message=f"step {step.name}: its image reads the inference script from the model archive's code "
        "folder, and the archive comes from a step that puts none there",
        fix="put a Package step between, or have the training script save code/ with its model",
        place=config_place(step, rendering.plan),
    )
