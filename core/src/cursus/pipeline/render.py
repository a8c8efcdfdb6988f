"""Plan -> definition: every step rendered in one canonical order, parameters declared, all checked."""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cursus.errors import (
    CursusError,
    DefinitionError,
    ImageUriError,
    InvalidInputError,
    PluginError,
    Problem,
    errors_of,
    raise_errors,
)
from cursus.paths import S3_SCHEME, OutputPath, to_json
from cursus.pipeline.checks import (
    check_code_location,
    check_definition,
    check_name,
    check_role,
    check_steps,
)
from cursus.pipeline.declared import declared_parameters, parameter_data
from cursus.pipeline.definition import Definition
from cursus.pipeline.model import model_arguments
from cursus.pipeline.processing import processing_arguments
from cursus.pipeline.rendering import Rendering
from cursus.pipeline.settings import step_settings
from cursus.pipeline.sources import config_place
from cursus.pipeline.training import training_arguments
from cursus.pipeline.transform import transform_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep

SCHEMA_VERSION = "2020-12-01"
EXPERIMENT = {
    "ExperimentName": {"Get": "Execution.PipelineName"},
    "TrialName": {"Get": "Execution.PipelineExecutionId"},
}
KINDS: Mapping[str, tuple[str, Callable[[PlannedStep, Rendering], dict[str, Any]]]] = {
    "processing": ("Processing", processing_arguments),
    "training": ("Training", training_arguments),
    "transform": ("Transform", transform_arguments),
    "model": ("Model", model_arguments),
}
NEEDED = ("role", "aws_region", "pipeline_name", "pipeline_version", "pipeline_s3_loc")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """What a definition is rendered with; None stands for what the configs say.

    `code_location` is the S3 URI below which the code bundles are uploaded; `left_out` are files that no bundle
    holds, though they may be in a source folder, such as the one to which the definition is written.
    """

    role: str | None = None
    code_location: str | None = None
    pipeline_name: str | None = None
    left_out: tuple[Path, ...] = ()


def render(plan: Plan, options: RenderOptions | None = None) -> Definition:
    """Render and check a plan; DefinitionError holds every problem that was found."""
    options = options or RenderOptions()
    problems = [*_untyped(plan), *_incomplete(plan)]
    raise_errors(problems, DefinitionError)
    name, code_location = _identity(plan, options, problems)
    rendering = Rendering(
        plan=_with_role(plan, _role(options, problems)),
        code_location=code_location,
        left_out=frozenset(map(os.path.realpath, options.left_out)),
    )
    steps = _steps(rendering, problems)
    parameters, faults = declared_parameters(steps, plan)
    data = _definition_data([parameter_data(parameter) for parameter in parameters], to_json(steps))
    if not steps and not problems:
        message = "no step of the DAG is a step of a definition"
        problems.append(_problem("CUR0627", message, "add a step that runs on SageMaker"))
    problems += check_name(name, is_given=options.pipeline_name is not None)
    is_whole = not errors_of(problems)
    places = {step.name: config_place(step, plan) for step in plan}
    problems += check_steps(data["Steps"], places)
    if is_whole:
        problems += [*faults, *check_definition(data, places)]
    raise_errors(problems, DefinitionError)
    return Definition(
        name=name,
        role=options.role or next((str(step.attribute("role")) for step in plan), ""),
        data=data,
        bundles={uri: rendering.bundles[uri] for uri in sorted(rendering.bundles)},
        code_location=code_location.uri(),
        warnings=(*plan.warnings, *rendering.warnings, *problems),
    )


def _definition_data(parameters: list[dict[str, Any]], steps: object) -> dict[str, Any]:
    return {
        "Version": SCHEMA_VERSION,
        "Metadata": {},
        "Parameters": parameters,
        "PipelineExperimentConfig": EXPERIMENT,
        "Steps": steps,
    }


def _steps(rendering: Rendering, problems: list[Problem]) -> list[dict[str, Any]]:
    rendered: dict[str, dict[str, Any]] = {}
    for step in rendering.plan:
        try:
            result = _step(step, rendering)
        except InvalidInputError as exc:
            problems.extend(found for found in exc.problems if found not in problems)
        else:
            if result is not None:
                rendered[step.node] = result
    edges = [(a, b) for a, b in rendering.plan.dag.edges if a in rendered and b in rendered]
    for source, target in edges:
        before = rendered[target].setdefault("DependsOn", [])
        rendered[target]["DependsOn"] = sorted({*before, rendered[source]["Name"]})
    return [_ordered(rendered[node]) for node in _canonical_order(rendered, edges)]


def _step(step: PlannedStep, rendering: Rendering) -> dict[str, Any] | None:
    """Render one step; None: a service that is no step of the definition."""
    job = step.step_type.job
    if job.kind in KINDS and job.render is None:
        name, arguments = KINDS[job.kind]
        return {
            "Name": step.name,
            "Type": name,
            "Arguments": arguments(step, rendering),
            **step_settings(name, step, rendering),
        }
    return _own_step(step, rendering)


def _own_step(step: PlannedStep, rendering: Rendering) -> dict[str, Any] | None:
    """Let the step type render its step itself."""
    render_step = step.step_type.job.render
    if render_step is None:
        return None
    try:
        result = render_step(step, rendering.plan)
    except ImageUriError as exc:
        raise rendering.no_image(step, str(exc)) from exc
    except CursusError:
        raise
    except (Exception, SystemExit) as exc:  # the guard around plugin code
        raise PluginError(step.plugin, f"Job.render of {step.step_type.name}", exc) from exc
    if result is None:
        return None
    if not isinstance(result, Mapping) or not {"Type", "Arguments"} <= result.keys():
        message = f"step {step.name}: {step.plugin} rendered {result!r:.80} instead of a step"
        fix = 'return {"Type": ..., "Arguments": {...}} from Job.render, or None'
        place = config_place(step, rendering.plan)
        raise DefinitionError([Problem(code="CUR0626", message=message, fix=fix, place=place)])
    return {**step_settings(str(result["Type"]), step, rendering), **result, "Name": step.name}


def _ordered(step: dict[str, Any]) -> dict[str, Any]:
    """Write a step's members in the order in which the SDK writes them."""
    first = ("Name", "Type", "Arguments", "DependsOn", "CacheConfig")
    rest = sorted(step.keys() - set(first))
    return {name: step[name] for name in (*first, *rest) if name in step}


def _canonical_order(
    rendered: Mapping[str, dict[str, Any]], edges: Iterable[tuple[str, str]]
) -> list[str]:
    """Order steps after their predecessors, by name where that leaves a choice (Kahn 1962)."""
    waiting = dict.fromkeys(rendered, 0)
    after: dict[str, list[str]] = {node: [] for node in rendered}
    for source, target in edges:
        waiting[target] += 1
        after[source].append(target)
    ready = [(rendered[node]["Name"], node) for node, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, node = heapq.heappop(ready)
        order.append(node)
        for target in after[node]:
            waiting[target] -= 1
            if waiting[target] == 0:
                heapq.heappush(ready, (rendered[target]["Name"], target))
    return order


def _identity(
    plan: Plan, options: RenderOptions, problems: list[Problem]
) -> tuple[str, OutputPath]:
    """Give the pipeline's name and code location, which the configs of its jobs must agree on."""
    jobs = [step for step in plan if step.step_type.job.kind != "service"] or list(plan)
    if not jobs:
        problems.append(_problem("CUR0627", "the DAG has no step", "add a step"))
        return "pipeline", OutputPath(base="s3://nowhere")
    names = _agreed(jobs, "pipeline_name", "pipeline_version")
    if len(names) > 1 and options.pipeline_name is None:
        problems.append(_disagreement(names))
    (name, version), nodes = next(iter(names.items()))
    location = _default_code_location(plan.steps[nodes[0]])
    given = options.code_location or location
    faults = check_code_location(given)
    # The config's own location is judged where the config is read; older buckets have other names.
    if not faults or (given == location and given.startswith(S3_SCHEME)):
        location = given
    else:
        problems += faults
    return options.pipeline_name or pipeline_name(name, version), OutputPath(base=location)


def _role(options: RenderOptions, problems: list[Problem]) -> str | None:
    """Give the role that was given; a wrong one is one problem, and the jobs keep the configs' own."""
    found = check_role(options.role) if options.role else []
    problems += found
    return None if found else options.role


def _with_role(plan: Plan, role: str | None) -> Plan:
    """Put the role that was given into every config, so that steps that render themselves use it too."""
    if role is None:
        return plan
    update = {"role": role}
    steps = {
        node: replace(step, config=step.config.model_copy(update=update))
        if hasattr(step.config, "role")
        else step
        for node, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


def pipeline_name(name: str, version: str) -> str:
    """Name a pipeline as the service allows: letters, digits and hyphens."""
    text = f"{name}-{version}-pipeline"
    return re.sub(r"[^a-zA-Z0-9]", "-", text).strip("-")


def _default_code_location(step: PlannedStep) -> str:
    return f"{step.attribute('pipeline_s3_loc')}/code"


def _agreed(steps: Iterable[PlannedStep], *fields: str) -> dict[tuple[str, ...], list[str]]:
    """Group the nodes by what their configs say, in the order of names."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for step in sorted(steps, key=lambda step: step.name):
        groups.setdefault(tuple(str(step.attribute(field)) for field in fields), []).append(
            step.node
        )
    return groups


def _disagreement(names: Mapping[tuple[str, ...], list[str]]) -> Problem:
    said = "; ".join(f"{' '.join(name)} in {', '.join(nodes)}" for name, nodes in names.items())
    fix = (
        "set author, service_name, model_class, region and pipeline_version once, as shared fields"
    )
    return _problem("CUR0629", f"the configs name different pipelines: {said}", fix)


def _incomplete(plan: Plan) -> list[Problem]:
    """Name the config classes that lack what every job needs, at the entry of one step of each."""
    jobs = [step for step in plan if step.step_type.job.kind != "service"]
    examples = {step.config.__class__.__name__: step for step in jobs}
    problems = []
    for name, step in examples.items():
        fields = ", ".join(field for field in NEEDED if not hasattr(step.config, field))
        if fields:
            problem = _problem(
                "CUR0630", f"{name} has no {fields}", "derive it from BasePipelineConfig"
            )
            problems.append(replace(problem, place=config_place(step, plan)))
    return problems


def _untyped(plan: Plan) -> list[Problem]:
    return [
        _problem("CUR0627", f"node {node} could not be planned", "give it a config and its plugin")
        for node in plan.untyped
    ]


def _problem(code: str, message: str, fix: str) -> Problem:
    return Problem(code=code, message=message, fix=fix)
