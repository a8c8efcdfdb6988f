"""The platform's own registration step, where its SDK is installed; elsewhere the public model registry's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.plan import StepOutput
from cursus.paths import Uri

from cursus_registration.model_package import render as render_model_package

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

PACKAGE = "secure_ai_sandbox_workflow_python_sdk"
STEP = (
    f"{PACKAGE}.mims_model_registration.mims_model_registration_processing_step"
    ":MimsModelRegistrationProcessingStep"
)


def render(step: PlannedStep, plan: Plan) -> dict[str, Any]:
    """Give the platform's step, or without its SDK the RegisterModel step."""
    from cursus.pipeline.platform_steps import is_installed, platform_calls, step_request

    if not is_installed(PACKAGE):
        return render_model_package(step, plan)
    with platform_calls(PACKAGE, step, plan):
        return step_request(_platform_step(step, plan), step)


def _platform_step(step: PlannedStep, plan: Plan) -> Any:
    from cursus.pipeline.platform_steps import platform_attribute, session_for

    return platform_attribute(STEP)(
        step_name=step.name,
        role=step.attribute("role"),
        sagemaker_session=session_for(step, plan),
        processing_input=_inputs(step, plan),
        performance_metadata_location=None,
        depends_on=[],  # the definition gets them from the edges of the DAG
    )


def _inputs(step: PlannedStep, plan: Plan) -> list[Any]:
    """Give the inputs in the order of the ports, which the platform's step relies on."""
    from cursus.pipeline.platform_steps import platform_attribute

    kind = platform_attribute("sagemaker.processing:ProcessingInput")
    return [
        kind(
            input_name=port.name,
            source=_source(step.bindings[port.name].source, plan),
            destination=port.path,
        )
        for port in step.step_type.inputs
    ]


def _source(source: Any, plan: Plan) -> Any:
    from cursus.pipeline.sdk import to_sdk

    if isinstance(source, Uri):
        return source.uri
    return to_sdk(plan.location(source) if isinstance(source, StepOutput) else source)
