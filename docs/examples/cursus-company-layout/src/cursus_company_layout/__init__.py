"""The company's rule of output paths: <prefix>/<service>/<region>/<step>/<output>, for every step of every team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cursus import hookimpl

if TYPE_CHECKING:
    from cursus import Output, OutputPath
    from cursus.kernel.plan import PlannedStep


@hookimpl
def cursus_build_output_path(
    step: PlannedStep, output: Output, base: OutputPath
) -> OutputPath | None:
    """Place one output; None leaves a step without these fields to the next rule."""
    service, region = (getattr(step.config, name, None) for name in ("service_name", "region"))
    if service is None or region is None:
        return None
    folder = base / service.lower() / region.lower() / step.name
    # SageMaker adds the rest below the one folder of a training job.
    return folder if step.step_type.job.kind in ("training", "model") else folder / output.name
