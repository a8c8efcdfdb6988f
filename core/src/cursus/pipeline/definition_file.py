"""Read a compiled definition back from its files, for another role, name or code location than it was made for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.errors import DeployError, Place, Problem, raise_errors
from cursus.json_file import JsonKind
from cursus.pipeline.bundles import read_bundle
from cursus.pipeline.checks import (
    check_code_location,
    check_definition,
    check_name,
    check_role,
    check_steps,
)
from cursus.pipeline.definition import Definition

if TYPE_CHECKING:
    from cursus.pipeline.bundles import Bundle

BUNDLES = "bundles"
# In the middle of a text too: a training job's hyperparameters are JSON inside JSON.
BUNDLE_URI = re.compile(r"(s3://[^\s\"]+)/([0-9a-f]{64})(?![^/\"])")
ROLE_MEMBERS = ("RoleArn", "ExecutionRoleArn")
MEMBERS = ("Version", "Parameters", "Steps")
FILE = JsonKind(
    name="the definition",
    error=DeployError,
    code="CUR0814",
    repeated_code="CUR0814",
    fix="give the file that `cursus compile -o` wrote",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a definition is given when it is read; None: what it says itself.

    `bundles` is the folder of its code bundles (default: bundles/ beside it), `role` takes the place of every role in
    it, and `code_location` of the location of every bundle: so one compiled definition serves several accounts.
    """

    bundles: Path | None = None
    role: str | None = None
    code_location: str | None = None


def read_definition(path: str | Path, name: str, options: ReadOptions | None = None) -> Definition:
    """Read a definition and its bundles; DeployError or DefinitionError name all that is wrong with them."""
    options = options or ReadOptions()
    file = Path(path)
    data = _parsed(file)
    problems = check_role(options.role) if options.role else []
    problems += check_code_location(options.code_location) if options.code_location else []
    found = _bundles(data, options.bundles or file.parent / BUNDLES, problems)
    data = _moved(data, {bundle.sha256 for bundle in found.values()}, options)
    problems += check_name(name, is_given=True)
    problems += [*check_steps(data["Steps"]), *check_definition(data)]
    raise_errors(problems, DeployError)
    roles = roles_of(data)
    return Definition(
        name=name,
        role=options.role or (roles[0] if len(roles) == 1 else ""),
        data=data,
        bundles={_at(uri, {b.sha256}, options.code_location): b for uri, b in found.items()},
        code_location=options.code_location,
        warnings=tuple(problems),
    )


def roles_of(data: Mapping[str, Any]) -> list[str]:
    """List the roles that a definition names as text."""
    return sorted({value for name, value in _members(data) if name in ROLE_MEMBERS})


def _parsed(file: Path) -> dict[str, Any]:
    source = FILE.parse(FILE.read_text(file), file)
    data = source.data
    if not isinstance(data, dict) or not all(name in data for name in MEMBERS):
        raise FILE.unreadable(f"has no {', '.join(MEMBERS)}", file)
    steps = data["Steps"]
    if not isinstance(steps, list) or not all(_is_step(step) for step in steps):
        raise FILE.unreadable("has a step without Name, Type or Arguments", file)
    if source.repeated:
        raise DeployError(FILE.repeated(source))
    return data


def _is_step(step: object) -> bool:
    return isinstance(step, Mapping) and {"Name", "Type", "Arguments"} <= step.keys()


def _bundles(data: Mapping[str, Any], folder: Path, problems: list[Problem]) -> dict[str, Bundle]:
    """Find the bundles that a definition names, by URI.

    Data of the user may lie under a hash too: that is where no bundle of the folder lies.
    """
    named = {found for _, text in _members(data) for found in BUNDLE_URI.findall(text)}
    locations = {location for location, name in named if (folder / name).is_dir()}
    bundles = {}
    for location, name in sorted(named):
        if locations and location not in locations:
            continue
        bundle = read_bundle(folder / name) if (folder / name).is_dir() else None
        if bundle is None:
            problems.append(_no_bundle(f"{location}/{name}", folder / name))
        else:
            bundles[f"{location}/{name}"] = bundle
    return bundles


def _moved(data: Any, names: AbstractSet[str], options: ReadOptions) -> Any:
    """Put another code location and role where the old ones stand as text; a role's parameter stays."""
    if isinstance(data, str):
        return _at(data, names, options.code_location)
    if isinstance(data, Mapping):
        moved = {name: _moved(member, names, options) for name, member in data.items()}
        roles = [name for name in ROLE_MEMBERS if options.role and isinstance(data.get(name), str)]
        return {**moved, **dict.fromkeys(roles, options.role)}
    return [_moved(member, names, options) for member in data] if isinstance(data, list) else data


def _at(text: str, names: AbstractSet[str], code_location: str | None) -> str:
    """Move the bundles of these names in a text to another code location."""
    if code_location is None:
        return text
    return BUNDLE_URI.sub(
        lambda found: f"{code_location.rstrip('/')}/{found[2]}" if found[2] in names else found[0],
        text,
    )


def _members(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Walk all texts with the name of the member that holds them."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from _members(member, key)
    elif isinstance(value, list):
        for member in value:
            yield from _members(member, name)


def _no_bundle(uri: str, place: Path) -> Problem:
    what = "has other content than its name says" if place.is_dir() else "is not there"
    return Problem(
        code="CUR0813",
        message=f"the definition runs the code of {uri}, and {place} {what}",
        fix="give --bundles the folder that `cursus compile` wrote with this definition, or compile again",
        place=Place(file=place),
    )
