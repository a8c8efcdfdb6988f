"""A pretrained model stands in the document with the place that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import PlannedStep


@hookimpl
def cursus_extract_step_config(step: PlannedStep) -> Mapping[str, Any] | None:
    """Answer for DummyTraining, which no other plugin puts into a document."""
    if step.step_type.name != "DummyTraining":
        return None
    return {"pretrainedModel": step.attribute("pretrained_model_path")}
