"""Read the list of pipeline parameters that an external system passes, in every form that it may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from cursus.errors import DefinitionError, Problem
from cursus.paths import (
    FIXED,
    KMS_KEY,
    PREFIX,
    SECURITY_GROUP,
    SUBNET,
    Parameter,
    ParameterType,
    PipelineParameters,
)

COMPANY_CONSTANTS = "mods_workflow_core.utils.constants"
NETWORK_SYMBOL = "PROCESSING_JOB_SHARED_NETWORK_CONFIG"
SYMBOLS: Mapping[str, tuple[Parameter, ...]] = {
    "PIPELINE_EXECUTION_TEMP_DIR": (PREFIX,),
    "KMS_ENCRYPTION_KEY_PARAM": (KMS_KEY,),
    "SECURITY_GROUP_ID": (SECURITY_GROUP,),
    "VPC_SUBNET": (SUBNET,),
    NETWORK_SYMBOL: (SECURITY_GROUP, SUBNET),
}
NAMES = {**SYMBOLS, PREFIX.name: (PREFIX,)}
ROLES = {
    PREFIX.name: "prefix",
    KMS_KEY.name: "kms_key",
    SECURITY_GROUP.name: "security_group",
    SUBNET.name: "subnet",
}
TYPES = ("String", "Integer", "Float", "Boolean")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenParameters:
    """The standard parameters of a pipeline, and further ones that bindings may name."""

    standard: PipelineParameters = field(default_factory=PipelineParameters)
    extra: tuple[Parameter, ...] = ()


def read_parameters(
    given: Iterable[Any] | None, *, portable: bool = True, prefix_name: str | None = None
) -> GivenParameters:
    """Read a list of parameters; None stands for all four, an empty list or `portable=False` for none.

    An item is a Parameter, an SDK parameter object (v2 or v3), a name of the table, an S3 URI (the prefix
    itself), or a pair of name and default. `prefix_name` is what the prefix parameter is called instead of
    EXECUTION_S3_PREFIX. DefinitionError names every item that cannot be used.
    """
    if not portable:
        return GivenParameters(standard=FIXED)
    items = _standard_items() if given is None else _items(given)
    prefix_name = PREFIX.name if prefix_name is None else prefix_name
    if prefix_name != PREFIX.name and (prefix_name in NAMES or not prefix_name):
        raise DefinitionError([_no_prefix_name(prefix_name)])
    reader = _Reader(prefix_name)
    for item in items:
        reader.add(item)
    if reader.problems:
        raise DefinitionError(reader.problems)
    standard = replace(FIXED, **reader.roles)
    return GivenParameters(standard=standard, extra=tuple(reader.extra.values()))


class _Reader:
    """Gathers roles, further parameters and problems of one list."""

    def __init__(self, prefix_name: str) -> None:
        self.prefix_name = prefix_name
        self.roles: dict[str, Any] = {}
        self.extra: dict[str, Parameter] = {}
        self.problems: list[Problem] = []

    def add(self, item: object) -> None:
        try:
            values = (PREFIX,) if item == self.prefix_name else _values_of(item)
            for value in values:
                self._place(value)
        except _UnusableError as exc:
            self.problems.append(_unusable(item, str(exc)))

    def _place(self, value: Parameter | str) -> None:
        if isinstance(value, str):
            self._assign("prefix", value.rstrip("/"))
            return
        name = PREFIX.name if value.name == self.prefix_name else value.name
        if name not in ROLES:
            self._add_extra(value)
            return
        if value.type != "String":
            raise _UnusableError(f"{value.name} must be a String, not {value.type}")
        if ROLES[name] == "prefix":
            value = _prefix(replace(value, name=self.prefix_name))
        self._assign(ROLES[name], value)

    def _assign(self, role: str, value: Parameter | str) -> None:
        if self.roles.get(role, value) != value:
            raise _UnusableError(f"the {role.replace('_', ' ')} is given twice")
        self.roles[role] = value

    def _add_extra(self, value: Parameter) -> None:
        if self.extra.get(value.name, value) != value:
            raise _UnusableError(f"{value.name} is given twice, with different type or default")
        self.extra[value.name] = value


class _UnusableError(Exception):
    """Says why an item of the list cannot be used."""


def _items(given: Iterable[Any]) -> list[Any]:
    if isinstance(given, str):
        return [given]
    return list(given.items()) if isinstance(given, Mapping) else list(given)


def _standard_items() -> list[Any]:
    """Take the company's own objects where they can be imported, else ours: same names, same types."""
    from importlib import import_module

    try:
        constants = import_module(COMPANY_CONSTANTS)
    except ImportError:
        return [PREFIX, KMS_KEY, SECURITY_GROUP, SUBNET]
    names = [name for name in SYMBOLS if name != NETWORK_SYMBOL]
    return [getattr(constants, name, name) for name in names]


def _values_of(item: Any) -> Sequence[Parameter | str]:
    if isinstance(item, Parameter):
        return (item,)
    if isinstance(item, str):
        return _from_text(item)
    if isinstance(item, (tuple, list)):
        return _from_pair(item)
    if hasattr(item, "security_group_ids") and hasattr(item, "subnets"):
        return _from_network(item)
    if hasattr(item, "parameter_type") and isinstance(getattr(item, "name", None), str):
        return (_from_sdk(item),)
    raise _UnusableError(f"{type(item).__name__} is no kind of parameter")


def _from_text(text: str) -> Sequence[Parameter | str]:
    if text.startswith("s3://"):
        return (text,)
    if text not in NAMES:
        from difflib import get_close_matches

        close = get_close_matches(text.upper(), NAMES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise _UnusableError(f"no parameter has this name, and it is no S3 URI{hint}")
    return NAMES[text]


def _from_pair(pair: Sequence[Any]) -> Sequence[Parameter]:
    if len(pair) != len(("name", "default")) or not isinstance(pair[0], str):
        raise _UnusableError("a pair is (name, default)")
    name, default = pair
    if name == NETWORK_SYMBOL:
        raise _UnusableError(f"{NETWORK_SYMBOL} has no default of its own; give those of its parts")
    if default is not None and not isinstance(default, (str, int, float, bool)):
        raise _UnusableError(f"its default is {type(default).__name__}, not text or a number")
    known = NAMES.get(name, (Parameter(name=name, type=_type_of(default)),))
    return (replace(known[0], default=default),)


def _type_of(default: object) -> ParameterType:
    if isinstance(default, bool):
        return "Boolean"
    if isinstance(default, int):
        return "Integer"
    return "Float" if isinstance(default, float) else "String"


def _from_network(network: Any) -> Sequence[Parameter | str]:
    """Read the parameters out of an SDK NetworkConfig that is made of them."""
    members = [*(network.security_group_ids or ()), *(network.subnets or ())]
    if not members or not all(hasattr(member, "parameter_type") for member in members):
        raise _UnusableError("a network policy must be made of parameters")
    return [value for member in members for value in _values_of(member)]


def _from_sdk(item: Any) -> Parameter:
    kind = getattr(item.parameter_type, "value", item.parameter_type)
    if kind not in TYPES:
        raise _UnusableError(f"its type {kind!r} is none of {', '.join(TYPES)}")
    if getattr(item, "enum_values", None):
        raise _UnusableError("its enum_values cannot be kept; leave them out")
    default = getattr(item, "default_value", None)
    return Parameter(name=item.name, type=cast("ParameterType", kind), default=default)


def _prefix(parameter: Parameter) -> Parameter:
    default = parameter.default
    if default is None:
        return parameter
    if not isinstance(default, str) or not default.startswith("s3://"):
        raise _UnusableError(f"the prefix's default {default!r} is no S3 URI")
    return replace(parameter, default=default.rstrip("/"))


def _no_prefix_name(name: str) -> Problem:
    what = f"{name} is the name of another parameter" if name else "its name is empty"
    return Problem(
        code="CUR0611",
        message=f"the prefix parameter cannot be called {name!r}: {what}",
        fix="give --prefix-parameter a name of its own, or leave it out",
    )


def _unusable(item: object, why: str) -> Problem:
    shown = getattr(item, "name", None) if not isinstance(item, str) else item
    return Problem(
        code="CUR0611",
        message=f"pipeline parameter {shown or repr(item)} cannot be used: {why}",
        fix=(
            f"give {', '.join(ROLES)}, an S3 URI as the prefix, a pair (name, default), "
            "or a parameter object of Cursus or the SageMaker SDK"
        ),
    )
