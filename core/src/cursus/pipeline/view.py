"""A view of any pipeline definition, whichever system wrote it: steps and parameters by name, values by path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from cursus.errors import DefinitionError, Place, Problem
from cursus.json_file import JsonKind, JsonText, json_path
from cursus.pipeline.marked import shown
from cursus.pipeline.service_model import is_run_time_value

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.json_file import Parts

DEFINITION_JSON = JsonKind(
    name="the definition",
    error=DefinitionError,
    code="CUR0639",
    repeated_code="CUR0639",
    fix='give the JSON of a pipeline definition, an object with "Steps"',
)
# What `aws sagemaker describe-pipeline` prints holds the definition as text.
DESCRIBED = "PipelineDefinition"
BRANCHES = ("IfSteps", "ElseSteps")
# Lists of plain values whose order means nothing.
SETS = ("SecurityGroupIds", "Subnets")
PORTS = (
    (re.compile(r"ProcessingInputs\[([^\]]+)\]\.S3Input\.S3Uri"), "input"),
    (re.compile(r"ProcessingOutputConfig\.Outputs\[([^\]]+)\]\.S3Output\.S3Uri"), "output"),
    (re.compile(r"InputDataConfig\[([^\]]+)\]\.DataSource\.S3DataSource\.S3Uri"), "channel"),
)
OWN_MEMBERS = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
# The members by which the service knows the items of a list, whose order means nothing.
NAMES = ("InputName", "OutputName", "ChannelName", "PropertyFileName", "Key", "Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step; `condition` is the step whose branch holds it, and `parts` where it stands in the file."""

    name: str
    type: str
    data: Mapping[str, Any]
    parts: Parts
    condition: str = ""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Give the arguments without the steps that a condition holds."""
        found = self.data.get("Arguments", {})
        return {name: value for name, value in found.items() if name not in BRANCHES}

    def leaves(self) -> Iterator[Leaf]:
        """Walk the values of the arguments, then those of its other members."""
        for leaf in leaves(self.arguments) if self.arguments else ():
            yield replace(leaf, parts=("Arguments", *leaf.parts))
        yield from leaves(self.settings) if self.settings else ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Give the members such as CacheConfig that say something; caching that is off says what none says."""
        cache = self.data.get("CacheConfig")
        is_off = isinstance(cache, Mapping) and cache.get("Enabled") is False
        left_out = (*OWN_MEMBERS, "CacheConfig") if is_off else OWN_MEMBERS
        return {
            name: value
            for name, value in self.data.items()
            if name not in left_out and value not in ({}, [])
        }

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Name the steps that it waits for, without those whose properties it reads."""
        return tuple(sorted({self.condition, *self.data.get("DependsOn", ())} - {""}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A value inside a step: plain, or known at run time. `path` names the items of lists, `parts` count them."""

    path: str
    parts: Parts
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionView:
    """A definition: `source` is the file that it was read from, for the places of its members."""

    data: Mapping[str, Any]
    steps: Mapping[str, StepView]
    parameters: Mapping[str, Mapping[str, Any]]
    source: JsonText | None = None

    def place(self, parts: Parts) -> Place:
        """Give the place of a member."""
        if self.source is None:
            return Place(path=json_path(parts))
        return self.source.place(parts)


def view_definition_file(path: Path) -> DefinitionView:
    """View the definition in a file, or in what `describe-pipeline` prints; DefinitionError for anything else."""
    source = DEFINITION_JSON.parse(DEFINITION_JSON.read_text(path), path)
    repeated = DEFINITION_JSON.repeated(source)
    if repeated:
        raise DefinitionError(repeated)
    if isinstance(source.data, dict) and isinstance(source.data.get(DESCRIBED), str):
        inner = DEFINITION_JSON.parse(source.data[DESCRIBED], None)
        return view_definition(inner.data)
    return view_definition(source.data, source)


def view_definition(data: object, source: JsonText | None = None) -> DefinitionView:
    """View a definition that is there as data."""
    file = None if source is None else source.file
    if not isinstance(data, Mapping) or not isinstance(data.get("Steps"), list):
        raise DEFINITION_JSON.unreadable('is no pipeline definition: it has no list "Steps"', file)
    try:
        for _ in leaves(data):
            pass
    except RecursionError as exc:
        raise DEFINITION_JSON.too_deep(file) from exc
    parameters = listed(data.get("Parameters"))
    steps = list(_steps(data["Steps"], ("Steps",), ""))
    view = DefinitionView(
        data=data,
        steps={step.name: step for step in steps},
        parameters={p["Name"]: p for p in parameters if isinstance(p, Mapping) and "Name" in p},
        source=source,
    )
    wrong = [step for step in steps if not _is_step(step)]
    twice = [step for step in steps if view.steps[step.name] is not step]
    if wrong or twice:
        raise DefinitionError(
            [
                *(
                    _unreadable(step, view, "has no Name, Type and object Arguments")
                    for step in wrong
                ),
                *(
                    _unreadable(step, view, f"is called {step.name} as another is")
                    for step in twice
                ),
            ]
        )
    return view


def leaves(value: object, path: str = "", parts: Parts = ()) -> Iterator[Leaf]:
    """Walk the values inside plain data; a reference or a function of one is a value."""
    if is_run_time_value(value) or not isinstance(value, (Mapping, list)) or not value:
        yield Leaf(path=path, parts=parts, value=value)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}" if path else str(name), (*parts, name))
    else:
        is_set = path.endswith(SETS)
        names = [shown(item) for item in value] if is_set else item_names(value)
        for index, (name, member) in enumerate(zip(names, value, strict=True)):
            yield from leaves(member, f"{path}[{name}]", (*parts, index))


def item_names(items: list[Any]) -> list[str]:
    """Name the items of a list: by the member that the service knows them by, else by number."""
    for member in NAMES:
        names = [item.get(member) for item in items if isinstance(item, Mapping)]
        if (
            len(names) == len(items)
            and all(isinstance(name, str) for name in names)
            and len(set(names)) == len(names)
        ):
            return cast("list[str]", names)
    return [str(index) for index in range(len(items))]


def listed(value: object) -> list[Any]:
    """Give a list as it is, and nothing for what should be one and is none."""
    return value if isinstance(value, list) else []


def port_name(path: str) -> str:
    """Shorten the path of a port's location: `ProcessingInputs[data].S3Input.S3Uri` is `input data`."""
    for form, word in PORTS:
        found = form.fullmatch(path)
        if found:
            return f"{word} {found[1]}"
    return path


def _steps(held: object, parts: Parts, condition: str) -> Iterator[StepView]:
    for index, data in enumerate(listed(held)):
        here = (*parts, index)
        members = data if isinstance(data, Mapping) else {}
        step = StepView(
            name=str(members.get("Name", "")),
            type=str(members.get("Type", "")),
            data=members,
            parts=here,
            condition=condition,
        )
        yield step
        arguments = members.get("Arguments")
        inner = arguments if isinstance(arguments, Mapping) else {}
        for branch in BRANCHES:
            yield from _steps(inner.get(branch), (*here, "Arguments", branch), step.name)


def _is_step(step: StepView) -> bool:
    depends_on = step.data.get("DependsOn", [])
    return (
        bool(step.name and step.type)
        and isinstance(step.data.get("Arguments", {}), Mapping)
        and isinstance(depends_on, list)
        and all(isinstance(name, str) for name in depends_on)
    )


def _unreadable(step: StepView, view: DefinitionView, what: str) -> Problem:
    place = view.place(step.parts)
    return Problem(
        code="CUR0639",
        message=f"{place.path} is a step that {what}",
        fix='write {"Name": ..., "Type": ..., "Arguments": {...}} for each step, each with a name of its own',
        place=place,
    )
