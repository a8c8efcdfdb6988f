"""What a document may hold: plain JSON data, of a depth that every reader follows."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from cursus.errors import Place, Problem
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cursus.json_file import Parts

DEEPEST = 100
REPORTED = 20
SMALL = 2**62
LARGEST_BITS = 14_000  # some 4,200 digits; Python writes no number of more than 4,300


def data_problems(document: object, *, file: Path | None = None) -> list[Problem]:
    """Give what no JSON file can hold, and what is nested too deeply; the first ones of many."""
    return [
        Problem(
            code="CUR0525",
            message=f"{json_path(parts)} {what}",
            fix=fix,
            place=Place(file=file, path=json_path(parts)),
        )
        for what, fix, parts in islice(_faults(document), REPORTED)
    ]


def _faults(document: object) -> Iterator[tuple[str, str, Parts]]:
    if (fault := _value_fault(document)) is not None:
        yield (*fault, ())
    waiting: deque[tuple[Parts, Any]] = deque([((), document)])
    while waiting:
        parts, container = waiting.popleft()
        if len(parts) > DEEPEST:
            yield f"holds more than {DEEPEST} levels", "flatten what it holds", parts[:3]
            return
        is_object = isinstance(container, Mapping)
        for name, member in _members(container):
            if is_object and (fault := _key_fault(name)):
                yield (*fault, (*parts, str(name)))
            if _is_sound(member):
                continue
            if (fault := _value_fault(member)) is not None:
                yield (*fault, (*parts, name))
            if isinstance(member, (Mapping, list, tuple)):
                waiting.append(((*parts, name), member))


def _members(container: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(container, Mapping):
        return container.items()
    return enumerate(container) if isinstance(container, (list, tuple)) else ()


def _is_sound(value: object) -> bool:
    """Say at once that a value has no fault, as nearly all of a large document have none."""
    kind = type(value)
    if kind is str:
        return value.isascii()  # type: ignore[attr-defined, no-any-return]
    return kind is bool or value is None or (kind is int and -SMALL < value < SMALL)  # type: ignore[operator]


def _key_fault(name: object) -> tuple[str, str] | None:
    if type(name) is str and name.isascii():
        return None
    if not isinstance(name, str):
        return f"has the key {name!r:.60}, which is not text", "put the key in quotes"
    return _value_fault(name)


def _value_fault(value: object) -> tuple[str, str] | None:
    if isinstance(value, str):
        halved = not value.isascii() and _is_halved(value)
        return ("holds half of a character", "write the whole character") if halved else None
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value}, which JSON cannot hold", "write a number, or null"
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        return "is a number of more than 4,200 digits", "write it as text"
    if value is None or isinstance(value, (int, float, Mapping, list, tuple)):
        return None
    return f"is {type(value).__name__}, which JSON cannot hold", "write it as text"


def _is_halved(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
