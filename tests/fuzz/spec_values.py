"""Values of a config file, read by the rules of the format alone: nothing here calls Cursus."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

BROKEN = {"_circular_ref", "_error", "_serialization_error"}
MARKERS = {"__model_type__", "__model_module__"}
LISTS = {"list", "tuple", "set", "frozenset"}
TRUE = {"true", "t", "yes", "y", "on", "1"}
FALSE = {"false", "f", "no", "n", "off", "0"}
OLDER_OR_DERIVED = {
    "aws_region", "ca_repository_arn", "edx_manifest", "effective_source_dir", "full_script_path",
    "hyperparameter_file", "output_path", "pipeline_description", "pipeline_name",
    "pipeline_s3_loc", "portable_processing_source_dir", "portable_script_path",
    "portable_source_dir", "script_path", "variable_schema",
}  # fmt: skip


class SpecError(Exception):
    """The format does not allow this input."""


def resolved(value: Any) -> Any:
    """Take typed containers and markers away; a marker of a broken file is an error."""
    if isinstance(value, list):
        return [resolved(member) for member in value]
    if not isinstance(value, Mapping):
        return value
    if "__type_info__" in value:
        return _content(value)
    if BROKEN & set(value):
        raise SpecError("saved broken")
    return {name: resolved(member) for name, member in value.items() if name not in MARKERS}


def _content(container: Mapping[str, Any]) -> Any:
    kind, value = container["__type_info__"], container.get("value")
    fits = (
        (kind in LISTS and isinstance(value, list))
        or (kind == "dict" and isinstance(value, dict))
        or (kind in {"path", "Path", "enum", "Enum"} and isinstance(value, (str, int)))
    )
    if not fits:
        raise SpecError(f"no container of type {kind}")
    return resolved(value)


class Fields:
    """The members of one config object; each reader gives a value of its type or raises SpecError."""

    def __init__(self, members: Any, declared: Iterable[str]) -> None:
        if not isinstance(members, Mapping):
            raise SpecError("not an object")
        self.members = members
        self._check_spelling(set(declared))

    def _check_spelling(self, declared: set[str]) -> None:
        absent = declared - set(self.members)
        for name in set(self.members) - declared - OLDER_OR_DERIVED:
            near = [a for a in absent if name.casefold() == a.casefold() or distance(name, a) <= 2]
            if near:
                raise SpecError(f"{name} is a misspelt {near[0]}")

    def given(self, name: str) -> bool:
        return self.members.get(name) is not None

    def text(self, name: str, default: str | None = None, *, blank: bool = True) -> str:
        value = self._value(name, default)
        if not isinstance(value, str) or not (blank or value.strip()):
            raise SpecError(f"{name} is no text: {value!r:.40}")
        if value == "image-uri-placeholder" or value.startswith(("Optional: ", "Provide a ")):
            raise SpecError(f"{name} is the help text of a template")
        return value

    def optional_text(self, name: str, *, blank: bool = True) -> str | None:
        return self.text(name, blank=blank) if self.given(name) else None

    def choice(self, name: str, choices: Iterable[str], default: str | None = None) -> str:
        value = self.text(name, default)
        found = [choice for choice in choices if choice.upper() == value.upper()]
        if not found:
            raise SpecError(f"{name} is {value!r:.40}")
        return found[0]

    def whole(self, name: str, default: int | None = None, *, low: int, high: int = 10**400) -> int:
        value = self._value(name, default)
        number = whole_number(value)
        if number is None or not low <= number <= high:
            raise SpecError(f"{name} is {value!r:.40}")
        return number

    def decimal(self, name: str, default: float, *, low: float, high: float) -> float:
        value = self._value(name, default)
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not low <= number <= high:
            raise SpecError(f"{name} is {value!r:.40}")
        return number

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._value(name, default)
        word = value.lower() if isinstance(value, str) else None
        if value in (True, 1) or word in TRUE:
            return True
        if value in (False, 0) or word in FALSE:
            return False
        raise SpecError(f"{name} is {value!r:.40}")

    def items(self, name: str, default: list[Any] | None = None) -> list[Any]:
        value = self._value(name, default)
        if not isinstance(value, list):
            raise SpecError(f"{name} is no list")
        return value

    def _value(self, name: str, default: Any) -> Any:
        """Give a member; null is a value like any other, and None as default means required."""
        if name not in self.members:
            if default is None:
                raise SpecError(f"{name} is missing")
            return default
        return self.members[name]


def whole_number(value: Any) -> int | None:
    """Give the whole number that a value is or says; a truth value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else None
    if isinstance(value, str):
        try:
            number = float(value) if "." in value else int(value)
        except ValueError:
            return None
        return int(number) if math.isfinite(number) and number == int(number) else None
    return None


def distance(one: str, other: str) -> int:
    """Count the insertions, deletions and substitutions between two names."""
    if abs(len(one) - len(other)) > 2:
        return 3
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(rows[-1][j - 1] + (a != b), rows[-1][j] + 1, row[-1] + 1))
        rows.append(row)
    return rows[-1][-1]
