"""The raw fields of an entry: markers and typed containers resolved, unknown fields set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cursus.config.faults import FieldFault
from cursus.config.misspelling import closest
from cursus.config.model_fields import ANYTHING, declared_fields, plain_names
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

    from cursus.config.model_fields import Shape
    from cursus.json_file import Parts

MODEL_TYPE = "__model_type__"
MARKERS = frozenset({MODEL_TYPE, "__model_module__"})
TYPE_INFO = "__type_info__"
BROKEN_MARKERS = frozenset({"_circular_ref", "_error", "_serialization_error"})
LIST_TYPES = frozenset({"list", "tuple", "set", "frozenset"})
RESOLVED = frozenset({dict, list, bool})
TEXT_TYPES = frozenset({"path", "Path", "enum", "Enum"})
PLAIN = "write the value as plain JSON, or save the file again from the configs it was made of"


@dataclass(slots=True, kw_only=True)
class RawFields:
    """Gathers one entry's fields: `known` go to its class, `unknown` (by dotted path) are kept aside.

    `said` are the paths of fields that a fault already speaks of.
    """

    known: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    faults: list[FieldFault] = field(default_factory=list)
    said: set[Parts] = field(default_factory=set)

    def read(
        self,
        raw: Mapping[str, Any],
        model: type[BaseModel] | None,
        origin: Callable[[str], Parts],
    ) -> None:
        """Read the members of an entry; `origin` says where in the file a member stands."""
        if model is None:
            self.known = self._members(raw, {}, origin)
        else:
            self.known = self._model(raw, model, origin, "")

    def _model(
        self,
        raw: Mapping[str, Any],
        model: type[BaseModel],
        origin: Callable[[str], Parts],
        label: str,
    ) -> dict[str, Any]:
        declared = declared_fields(model)
        used = {
            name: next((n for n in one.names if n in raw), None) for name, one in declared.items()
        }
        shapes = {given: declared[name].shape for name, given in used.items() if given is not None}
        members = self._members(raw, shapes, origin, label)
        if model.model_config.get("extra") == "allow":
            return members
        unknown = [name for name in members if name not in shapes]
        absent = [name for name, given in used.items() if given is None]
        self._check_spelling(unknown, absent, model, origin)
        for name in unknown:
            self.unknown[label + name] = members.pop(name)
        return members

    def _members(
        self,
        raw: Mapping[str, Any],
        shapes: Mapping[str, Shape],
        origin: Callable[[str], Parts],
        label: str = "",
    ) -> dict[str, Any]:
        broken = BROKEN_MARKERS.intersection(raw)
        for name in sorted(broken):
            owner = json_path(origin(name)[:-1])
            message = f"{owner} was saved broken: the marker {name} says {raw[name]!r:.80}"
            self._fault("CUR0204", message, PLAIN, origin(name))
        return {
            name: self._value(value, shapes.get(name, ANYTHING), origin(name), label + name)
            for name, value in raw.items()
            if name not in MARKERS and name not in broken
        }

    def _value(self, value: Any, shape: Shape, parts: Parts, label: str) -> Any:
        if isinstance(value, list):
            inner = shape.items or ANYTHING
            if _is_plain(value) or _is_table(value, inner):
                return value
            return [
                self._value(member, inner, (*parts, index), f"{label}[{index}]")
                for index, member in enumerate(value)
            ]
        if isinstance(value, bool) and shape.is_number:
            message = f"{label} is {value}; it should be a number"
            self._fault("CUR0206", message, "write a number", parts)
            self.said.add(parts)
        if not isinstance(value, dict):
            return value
        if TYPE_INFO in value:
            return self._container(value, shape, parts, label)

        def origin(name: str) -> Parts:
            return (*parts, name)

        model = _model_of(value, shape)
        if model is not None:
            return self._model(value, model, origin, f"{label}.")
        inner = shape.values or ANYTHING
        return self._members(value, dict.fromkeys(value, inner), origin, f"{label}.")

    def _container(self, value: Mapping[str, Any], shape: Shape, parts: Parts, label: str) -> Any:
        kind, content = str(value[TYPE_INFO]), value.get("value")
        inner = self._value(content, shape, (*parts, "value"), label)
        if kind == "dict" and isinstance(content, dict):
            return inner
        if kind in LIST_TYPES and isinstance(content, list):
            return tuple(inner) if kind == "tuple" else inner
        if kind in TEXT_TYPES and isinstance(content, (str, int)):
            return inner
        moment = _moment(content) if kind == "datetime" else None
        if moment is not None:
            return moment
        message = f"{parts[-1]} is no typed container: {kind!r:.40} of {content!r:.60}"
        self._fault("CUR0205", message, PLAIN, parts)
        return None

    def _check_spelling(
        self,
        unknown: Iterable[str],
        absent: list[str],
        model: type[BaseModel],
        origin: Callable[[str], Parts],
    ) -> None:
        for name in unknown:
            meant = None if hasattr(model, name) else closest(name, absent)
            if meant is not None:
                self.said.add((*origin(name)[:-1], meant))
                fix = f'rename it to "{meant}"'
                message = f"{name} is not a known field; did you mean {meant}?"
                self._fault("CUR0208", message, fix, origin(name))

    def _fault(self, code: str, message: str, fix: str, parts: Parts) -> None:
        self.faults.append(FieldFault(code=code, message=message, fix=fix, parts=parts, rule=fix))


def _model_of(value: Mapping[str, Any], shape: Shape) -> type[BaseModel] | None:
    """Choose among the models of a union: the one that is named, else the one that knows most fields.

    Where an object of any names may stand too, one that none of them knows is such an object.
    """
    if len(shape.models) <= 1 and shape.values is None:
        return shape.models[0] if shape.models else None
    known = {model: sum(name in value for name in declared_fields(model)) for model in shape.models}
    named = value.get(MODEL_TYPE)
    for model in known:
        if model.__name__ == named:
            return model
    if shape.values is not None and not any(known.values()):
        return None
    return max(known, key=lambda model: known[model], default=None)


def _is_plain(values: Iterable[Any]) -> bool:
    """Say whether nothing in these values needs to be resolved or checked."""
    return {type(value) for value in values}.isdisjoint(RESOLVED)


def _is_table(members: list[Any], shape: Shape) -> bool:
    """Say whether members are flat objects of one class, as the thousands of columns of a schema."""
    if len(shape.models) != 1 or {type(member) for member in members} != {dict}:
        return False
    is_known = set().union(*members) <= plain_names(shape.models[0])
    return is_known and _is_plain(value for member in members for value in member.values())


def _moment(content: object) -> datetime | None:
    try:
        return datetime.fromisoformat(content) if isinstance(content, str) else None
    except ValueError:
        return None
