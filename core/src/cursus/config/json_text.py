"""The text of a JSON file: parsed once, and the place of any of its members when a problem needs it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cursus.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Parts: TypeAlias = "tuple[str | int, ...]"

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")
_DECODER = json.JSONDecoder()
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonText:
    """A JSON file that was parsed without error; `repeated` are members that stand there twice."""

    file: Path | None
    text: str
    data: Any
    repeated: tuple[Place, ...] = ()

    def place(self, parts: Parts) -> Place:
        """Give the place of a member; where it is missing, the line is that of the nearest parent."""
        line = None if self.file is None else self._line(parts)
        return Place(file=self.file, path=json_path(parts), line=line)

    def _line(self, parts: Parts) -> int:
        found = value = _after_space(self.text, 0)
        for part in parts:
            spots = {name: (at, start) for name, at, start in _members(self.text, value)}
            if part not in spots:
                break
            found, value = spots[part]
        return _line_at(self.text, found)


def parse_json(text: str, file: Path | None) -> JsonText:
    """Parse text; what json.loads raises is raised, a repeated member is kept as a place."""
    repeats = 0

    def members_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeats
        members = dict(pairs)
        repeats += len(pairs) - len(members)
        return members

    data = json.loads(text, object_pairs_hook=members_of)
    repeated = tuple(_repeated(text, file)) if repeats else ()
    return JsonText(file=file, text=text, data=data, repeated=repeated)


def json_path(parts: Sequence[str | int]) -> str:
    """Write a path such as `$.dag.edges[3]`; names that are not plain stand in brackets."""
    return "$" + "".join(_path_part(part) for part in parts)


def _path_part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{json.dumps(part)}]"


def _repeated(text: str, file: Path | None) -> Iterator[Place]:
    waiting: list[tuple[Parts, int]] = [((), _after_space(text, 0))]
    while waiting:
        parts, start = waiting.pop()
        seen: set[str | int] = set()
        for name, at, value in _members(text, start):
            path = (*parts, name)
            if name in seen:
                line = None if file is None else _line_at(text, at)
                yield Place(file=file, path=json_path(path), line=line)
            seen.add(name)
            waiting.append((path, value))


def _members(text: str, start: int) -> Iterator[tuple[str | int, int, int]]:
    """Give name or index, position and position of the value for each member; nothing for a plain value."""
    closing = _CLOSING.get(text[start])
    position = _after_space(text, start + 1)
    index = 0
    while closing is not None and text[position] != closing:
        name: str | int = index
        value = position
        if closing == "}":
            name, end = _DECODER.raw_decode(text, position)
            value = _after_space(text, _after_space(text, end) + 1)
        yield name, position, value
        _, end = _DECODER.raw_decode(text, value)
        position = _after_space(text, end)
        if text[position] == ",":
            position = _after_space(text, position + 1)
        index += 1


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
