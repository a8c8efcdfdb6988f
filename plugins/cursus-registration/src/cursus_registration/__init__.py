"""Cursus plugin: packaging, payload samples and model registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.hookspecs import hookimpl

if TYPE_CHECKING:
    from cursus.kernel.step_type import StepType


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    """Give the step types of this plugin."""
    from cursus_registration.package import PACKAGE
    from cursus_registration.payload import PAYLOAD
    from cursus_registration.registration import REGISTRATION

    return [PACKAGE, PAYLOAD, REGISTRATION]
