"""Steps of a platform's own SDK, whose classes derive from the SageMaker SDK's: found, made, turned into our data."""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cursus.errors import CursusError, DefinitionError, Problem, cause_of
from cursus.pipeline.sdk import from_sdk, installed_sdk
from cursus.pipeline.sources import config_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cursus.kernel.plan import Plan, PlannedStep


def is_installed(package: str) -> bool:
    """Say whether a top-level package is here, without importing it."""
    return sys.modules.get(package) is not None or find_spec(package) is not None


@contextmanager
def platform_calls(package: str, step: PlannedStep, plan: Plan) -> Iterator[None]:
    """Run code of a platform's SDK for a step: what it prints goes to stderr, what it raises is a DefinitionError."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except CursusError:
        raise
    except (Exception, SystemExit) as exc:  # the guard around the platform's code
        message = f"step {step.name}: {package} is installed and cannot be used: {cause_of(exc)}"
        fix = f"repair or update {package}, or uninstall it to compile for the public service"
        place = config_place(step, plan)
        problem = Problem(code="CUR0650", message=message, fix=fix, place=place)
        raise DefinitionError([problem]) from exc


def platform_attribute(path: str) -> Any:
    """Import what `package.module:name` names; ImportError and AttributeError name what is missing."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def session_for(step: PlannedStep, plan: Plan) -> Any:
    """Give the caller's SDK session, else a pipeline session in the region of the step's config."""
    return plan.session or _session(step.attribute("aws_region"))


def step_request(made: Any, step: PlannedStep) -> dict[str, Any]:
    """Give the definition's step of an SDK's step, by its own `to_request()`; dependencies become names."""
    request = dict(made.to_request())
    before = [getattr(other, "name", other) for other in request.pop("DependsOn", None) or ()]
    if request["Name"] != step.name:
        raise ValueError(f"its step is called {request['Name']}, though {step.name} was asked for")
    plain: dict[str, Any] = from_sdk(request)
    return {**plain, "DependsOn": sorted(before)} if before else plain


@cache
def _session(region: str) -> Any:
    import boto3

    context = installed_sdk().expression("pipeline_context")
    return context.PipelineSession(boto_session=boto3.Session(region_name=region))
