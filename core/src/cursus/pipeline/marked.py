"""Values of a definition as text in which what only the run knows is marked, so that no other text equals it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from cursus.pipeline.service_model import is_run_time_value

# Doubled where a text itself holds it; so a marked text can be read in one way only.
MARK = "\0"
OPEN, CLOSE, DATA = f"{MARK}{{", f"{MARK}}}", f"{MARK}="
REFERENCE = re.compile(r"\0\{(.*?)\0\}")
MARKED = re.compile(r"\0(\{Parameters\.|.)", re.DOTALL)
PLAIN = {MARK: MARK, "{Parameters.": "{", "{": "{", "}": "}", "=": ""}


def marked(value: object) -> str:
    """Write a value as text: run-time pieces and data that is no text are marked, Joins are joined.

    Two values have the same marked text where they mean the same: `1` and `1.0`, but not `"1"`.
    """
    if isinstance(value, str):
        return value.replace(MARK, MARK * 2)
    if is_run_time_value(value):
        ((name, content),) = cast("dict[str, Any]", value).items()
        if name == "Get":
            return reference(str(content))
        if name == "Std:Join" and isinstance(content, Mapping):
            return marked(str(content.get("On", ""))).join(map(piece, pieces_of(content)))
    return DATA + json.dumps(_with_one_number(value), sort_keys=True)


def reference(text: str) -> str:
    """Mark what the run puts in."""
    return f"{OPEN}{marked(text)}{CLOSE}"


def pieces_of(join: Mapping[str, Any]) -> list[Any]:
    """Give what a Join joins."""
    values = join.get("Values")
    return values if isinstance(values, list) else []


def piece(value: object) -> str:
    """Write a piece of a Join, in which a number is text."""
    return marked(value).removeprefix(DATA)


def shown(value: object) -> str:
    """Write a value as a person reads it: run-time pieces in braces, Joins joined."""
    return plain(marked(value))


def plain(text: str) -> str:
    """Take the marks out of a marked text."""
    return MARKED.sub(lambda found: PLAIN.get(found[1], found[1]), text)


def spelled(text: str) -> str:
    """Write a marked text piece by piece, literal ones in quotes, where `plain` would not tell two apart."""
    if text.startswith(DATA):
        return plain(text)
    pieces = re.split(r"(\0\{.*?\0\})", text)
    found = [
        plain(one) if one.startswith(OPEN) else json.dumps(plain(one)) for one in pieces if one
    ]
    return " + ".join(found) or '""'


def _with_one_number(value: Any) -> Any:
    """Write a whole number in one way: `1.0` is the number `1` in JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _with_one_number(member) for name, member in value.items()}
    return [_with_one_number(one) for one in value] if isinstance(value, list) else value
