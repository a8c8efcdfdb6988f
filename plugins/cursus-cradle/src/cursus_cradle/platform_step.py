"""The platform's own Cradle step, where its SDK is installed; elsewhere the data is a workflow input."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from cursus.paths import Expression

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

    from cursus_cradle.cradle_config import CradleDataLoadingConfig

PACKAGE = "secure_ai_sandbox_workflow_python_sdk"
STEP = f"{PACKAGE}.cradle_data_loading.cradle_data_loading_step:CradleDataLoadingStep"
CONSTANTS = f"{PACKAGE}.utils.constants"
MOST_STEPS = 256


def render(step: PlannedStep, plan: Plan) -> dict[str, Any] | None:
    """Give the platform's step; None without its SDK: consumers read parameters then."""
    from cursus.pipeline.platform_steps import is_installed, platform_calls, step_request

    if not is_installed(PACKAGE):
        return None
    with platform_calls(PACKAGE, step, plan):
        return step_request(_platform_step(step, plan), step)


def location(step: PlannedStep, plan: Plan, output: str) -> str | Expression | None:
    """Give how an output is read: what the platform's step says, else the default of the output's parameter."""
    from cursus.pipeline.platform_steps import is_installed, platform_calls

    if not is_installed(PACKAGE):
        return _document_location(cast("CradleDataLoadingConfig", step.config), output)
    with platform_calls(PACKAGE, step, plan):
        return _output_location(step, plan, output)


def _document_location(config: CradleDataLoadingConfig, output: str) -> str | None:
    """Give where the document says that data goes; metadata and signature have no fixed place."""
    return config.output_spec.output_path if output == "DATA" else None


def _output_location(step: PlannedStep, plan: Plan, output: str) -> Expression:
    from cursus.pipeline.platform_steps import platform_attribute
    from cursus.pipeline.sdk import from_sdk

    key = platform_attribute(f"{CONSTANTS}:OUTPUT_TYPE_{output}")
    locations = _platform_step(step, plan).get_output_locations()
    if not locations.get(key):
        known = ", ".join(sorted(map(str, locations))) or "none"
        raise LookupError(f"get_output_locations() has no location of {key}; it has {known}")
    found = from_sdk(locations[key])
    return Expression(data=found.rstrip("/") if isinstance(found, str) else found)


def _platform_step(step: PlannedStep, plan: Plan) -> Any:
    from cursus.pipeline.platform_steps import platform_attribute, session_for

    kind = platform_attribute(STEP)
    return _made(kind, step.name, step.attribute("role"), session_for(step, plan))


# Definition and consumers ask for the same step, whose locations may be its own object's alone.
@lru_cache(maxsize=MOST_STEPS)
def _made(kind: Any, name: str, role: str, session: Any) -> Any:
    return kind(step_name=name, role=role, sagemaker_session=session)
