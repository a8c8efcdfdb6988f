"""Read the list of pipeline parameters that an external system passes, in every form that it may have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from cursus.errors import DefinitionError, Problem
from cursus.paths import (
    FIXED,
    KMS_KEY,
    PREFIX,
    S3_SCHEME,
    SECURITY_GROUP,
    SUBNET,
    Parameter,
    ParameterType,
    PipelineParameters,
    s3_fault,
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
TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}


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
    items = _standard_items() if given is None and portable else _items(given or ())
    if not portable and (items or prefix_name is not None):
        raise DefinitionError([_not_portable([*items, *filter(None, [prefix_name])])])
    _check_prefix_name(prefix_name)
    reader = _Reader(prefix_name or PREFIX.name)
    for item in items:
        reader.add(item)
    if reader.problems:
        raise DefinitionError(reader.problems)
    if prefix_name is not None and not isinstance(reader.roles.get("prefix"), Parameter):
        raise DefinitionError([_no_prefix(prefix_name)])
    standard = replace(FIXED, **reader.roles)
    return GivenParameters(standard=standard, extra=tuple(reader.extra.values()))


def _check_prefix_name(name: str | None) -> None:
    if name is not None and name != PREFIX.name and (name in NAMES or not name):
        what = f"{name} is the name of another parameter" if name else "its name is empty"
        message = f"the prefix parameter cannot be called {name!r}: {what}"
        fix = "give --prefix-parameter a name of its own, or leave it out"
        raise DefinitionError([Problem(code="CUR0611", message=message, fix=fix)])


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
        except UnusableParameterError as exc:
            self.problems.append(_unusable(item, str(exc)))

    def _place(self, value: Parameter | str) -> None:
        if isinstance(value, str):
            self._assign("prefix", value.rstrip("/"))
            return
        _check_default(value)
        name = PREFIX.name if value.name == self.prefix_name else value.name
        if name not in ROLES:
            self._add_extra(value)
            return
        if value.type != "String":
            raise UnusableParameterError(f"{value.name} must be a String, not {value.type}")
        if ROLES[name] == "prefix":
            value = _prefix(replace(value, name=self.prefix_name))
        self._assign(ROLES[name], value)

    def _assign(self, role: str, value: Parameter | str) -> None:
        if self.roles.get(role, value) != value:
            raise UnusableParameterError(f"the {role.replace('_', ' ')} is given twice")
        self.roles[role] = value

    def _add_extra(self, value: Parameter) -> None:
        if self.extra.get(value.name, value) != value:
            raise UnusableParameterError(
                f"{value.name} is given twice, with different type or default"
            )
        self.extra[value.name] = value


class UnusableParameterError(Exception):
    """Says why an item of the list cannot be used."""


def _items(given: Iterable[Any]) -> list[Any]:
    if isinstance(given, (str, Parameter)) or hasattr(given, "parameter_type"):
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
        return (parameter_from_sdk(item),)
    raise UnusableParameterError(f"{type(item).__name__} is no kind of parameter")


def _from_text(text: str) -> Sequence[Parameter | str]:
    if text.startswith(S3_SCHEME):
        fault = s3_fault(text)
        if fault is not None:
            raise UnusableParameterError(f"it {fault}")
        return (text,)
    if text not in NAMES:
        from difflib import get_close_matches

        close = get_close_matches(text.upper(), NAMES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UnusableParameterError(f"no parameter has this name, and it is no S3 URI{hint}")
    return NAMES[text]


def _from_pair(pair: Sequence[Any]) -> Sequence[Parameter]:
    if len(pair) != len(("name", "default")) or not isinstance(pair[0], str):
        raise UnusableParameterError("a pair is (name, default)")
    name, default = pair
    if name == NETWORK_SYMBOL:
        raise UnusableParameterError(
            f"{NETWORK_SYMBOL} has no default of its own; give those of its parts"
        )
    if default is not None and not isinstance(default, (str, int, float, bool)):
        raise UnusableParameterError(
            f"its default is {type(default).__name__}, not text or a number"
        )
    known = NAMES.get(name, (Parameter(name=name, type=_type_of(default)),))
    return (replace(known[0], default=default),)


def _type_of(default: object) -> ParameterType:
    if isinstance(default, bool):
        return "Boolean"
    if isinstance(default, int):
        return "Integer"
    return "Float" if isinstance(default, float) else "String"


def _check_default(parameter: Parameter) -> None:
    """Refuse a default of another type: the service would, when the pipeline is created."""
    default = parameter.default
    is_flag = isinstance(default, bool) and parameter.type != "Boolean"
    if default is not None and (is_flag or not isinstance(default, TYPES[parameter.type])):
        raise UnusableParameterError(f"its default {default!r} is no {parameter.type}")
    if isinstance(default, float) and not math.isfinite(default):
        raise UnusableParameterError(f"its default {default!r} is no number that JSON can hold")


def _from_network(network: Any) -> Sequence[Parameter | str]:
    """Read the parameters out of an SDK NetworkConfig that is made of them.

    Its other two fields must be what every job gets: encrypted between containers, not isolated.
    """
    if getattr(network, "enable_network_isolation", None):
        raise UnusableParameterError(
            "its enable_network_isolation is a field of each step's config"
        )
    if getattr(network, "encrypt_inter_container_traffic", None) is False:
        raise UnusableParameterError(
            "jobs in a network always encrypt the traffic between containers"
        )
    members = [*(network.security_group_ids or ()), *(network.subnets or ())]
    if not members or not all(hasattr(member, "parameter_type") for member in members):
        raise UnusableParameterError("a network policy must be made of parameters")
    return [value for member in members for value in _values_of(member)]


def parameter_from_sdk(item: Any) -> Parameter:
    """Read a parameter object of SDK v2 or v3; UnusableParameterError: a definition of ours cannot hold it."""
    kind = getattr(item.parameter_type, "value", item.parameter_type)
    if kind not in TYPES:
        raise UnusableParameterError(f"its type {kind!r} is none of {', '.join(TYPES)}")
    if getattr(item, "enum_values", None):
        raise UnusableParameterError("its enum_values cannot be kept; leave them out")
    default = getattr(item, "default_value", None)
    return Parameter(name=item.name, type=cast("ParameterType", kind), default=default)


def _prefix(parameter: Parameter) -> Parameter:
    default = parameter.default
    if default is None:
        return parameter
    fault = s3_fault(str(default))
    if fault is not None:
        raise UnusableParameterError(f"the prefix's default {default!r} {fault}")
    return replace(parameter, default=str(default).rstrip("/"))


def _not_portable(given: Sequence[Any]) -> Problem:
    names = ", ".join(map(_shown, given))
    return Problem(
        code="CUR0611",
        message=f"a pipeline that is not portable has no parameters, but {names} is given",
        fix="leave portable=False out, or give no parameters and no name for the prefix",
    )


def _no_prefix(name: str) -> Problem:
    return Problem(
        code="CUR0611",
        message=f"the prefix parameter is to be called {name}, but the pipeline has none",
        fix=f"add {PREFIX.name} to the parameters, or leave the name out",
    )


def _shown(item: object) -> str:
    """Name an item of the list as its giver would."""
    name = item if isinstance(item, str) else getattr(item, "name", None)
    return str(name or repr(item))


def _unusable(item: object, why: str) -> Problem:
    return Problem(
        code="CUR0611",
        message=f"pipeline parameter {_shown(item)} cannot be used: {why}",
        fix=(
            f"give {', '.join(ROLES)}, an S3 URI as the prefix, a pair (name, default), "
            "or a parameter object of Cursus or the SageMaker SDK"
        ),
    )
