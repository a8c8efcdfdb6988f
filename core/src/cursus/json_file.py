"""JSON files: read and parsed once, and the place of any of their members when a problem needs it."""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from cursus.errors import InvalidInputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

Parts: TypeAlias = "tuple[str | int, ...]"

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WRITTEN_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder()
_CLOSING = {"{": "}", "[": "]"}
_LONG_NUMBER = re.compile(r"(?<![\d.])\d{4301}")
LARGEST = 256 * 2**20


@dataclass(frozen=True, kw_only=True)  # without slots: it caches where its members stand
class JsonText:
    """A JSON file that was parsed without error; `repeated` are members that stand there twice."""

    file: Path | None
    text: str
    data: Any
    repeated: tuple[Place, ...] = ()
    _spots: dict[int, dict[str | int, tuple[int, int]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def place(self, parts: Parts) -> Place:
        """Give the place of a member; where it is missing, the line is that of the nearest parent."""
        line = None if self.file is None else bisect(self._line_starts, self._position(parts))
        return Place(file=self.file, path=json_path(parts), line=line)

    def containers(self) -> Iterator[tuple[Parts, list[tuple[str | int, int, int]]]]:
        """Give every object and list by its path, with name, position and position of the value of each member."""
        waiting: list[tuple[Parts, int]] = [((), _after_space(self.text, 0))]
        while waiting:
            parts, start = waiting.pop()
            members = list(_members(self.text, start))
            yield parts, members
            waiting += [((*parts, n), at) for n, _, at in members if self.text[at] in _CLOSING]

    def _position(self, parts: Parts) -> int:
        found = value = _after_space(self.text, 0)
        for part in parts:
            if value not in self._spots:
                members = _members(self.text, value)
                self._spots[value] = {name: (at, start) for name, at, start in members}
            if part not in self._spots[value]:
                break
            found, value = self._spots[value][part]
        return found

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonKind:
    """A kind of JSON file: what it is called, and how its faults are reported.

    `name` stands for text that has no file; `code` and `repeated_code` are those of a file that cannot be read and of
    a member that stands there twice.
    """

    name: str
    error: type[InvalidInputError]
    code: str
    repeated_code: str
    fix: str

    def read_text(self, file: Path, stream: BinaryIO | None = None) -> str:
        """Read a file, or the stream that stands for it, as UTF-8."""
        try:
            content = _content(file, stream)
            if len(content) <= LARGEST:
                return content.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as exc:
            raise self.unreadable(f"cannot be read: {exc}", file) from exc
        raise self.unreadable(f"is larger than {LARGEST // 2**20} MB", file)

    def parse(self, text: str, file: Path | None) -> JsonText:
        """Parse text; a member that stands there twice is kept in `repeated`."""
        try:
            source = _parsed(text, file)
        except RecursionError as exc:
            raise self.too_deep(file) from exc
        except ValueError as exc:
            if not isinstance(exc, json.JSONDecodeError):  # Python reads no longer number
                raise self._long_number(text, file) from exc
            raise self.unreadable(f"is not JSON: {exc}", file, exc.lineno) from exc
        halves = list(_half_characters(source))
        if halves:
            raise self.error(self._half_character(place) for place in halves)
        return source

    def repeated(self, source: JsonText) -> list[Problem]:
        """Give a problem for each member that stands there twice."""
        return [
            Problem(
                code=self.repeated_code,
                message=f"{place.path} stands there twice",
                fix="remove one of the two; JSON readers would keep only the last",
                place=place,
            )
            for place in source.repeated
        ]

    def unreadable(
        self, message: str, file: Path | None, line: int | None = None
    ) -> InvalidInputError:
        """Make the error of a file that is none of this kind."""
        message = f"{file or self.name} {message}"
        place = Place(file=file, line=line)
        return self.error([Problem(code=self.code, message=message, fix=self.fix, place=place)])

    def too_deep(self, file: Path | None) -> InvalidInputError:
        """Make the error of a file that nests deeper than this process can follow."""
        return self.unreadable("is not JSON that can be read: it is nested too deeply", file)

    def _long_number(self, text: str, file: Path | None) -> InvalidInputError:
        found = _LONG_NUMBER.search(text)
        line = None if found is None or file is None else text.count("\n", 0, found.start()) + 1
        return self.unreadable("holds a number of more than 4300 digits", file, line)

    def _half_character(self, place: Place) -> Problem:
        return Problem(
            code=self.code,
            message=f"{place.path} holds half of a character: an escape of \\ud800 to \\udfff alone",
            fix="write the character itself, or both halves",
            place=place,
        )


def json_path(parts: Sequence[str | int]) -> str:
    """Write a path such as `$.dag.edges[3]`; names that are not plain stand in brackets."""
    return "$" + "".join(_path_part(part) for part in parts)


def _path_part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{json.dumps(part)}]"


def _content(file: Path, stream: BinaryIO | None) -> bytes:
    """Read at most one byte too much: a device such as /dev/zero has no end."""
    if stream is not None:
        return stream.read(LARGEST + 1)
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def _parsed(text: str, file: Path | None) -> JsonText:
    repeats = 0

    def members_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeats
        members = dict(pairs)
        repeats += len(pairs) - len(members)
        return members

    data = json.loads(text, object_pairs_hook=members_of)
    source = JsonText(file=file, text=text, data=data)
    if not repeats:
        return source
    return JsonText(file=file, text=text, data=data, repeated=tuple(_repeated(source)))


def _repeated(source: JsonText) -> Iterator[Place]:
    for parts, members in source.containers():
        counts = Counter(name for name, _, _ in members)
        yield from (source.place((*parts, name)) for name in counts if counts[name] > 1)


def _half_characters(source: JsonText) -> Iterator[Place]:
    """Find names and texts with a lone surrogate, which no UTF-8 file can hold."""
    if not _may_hold_half_characters(source.text):
        return
    for parts, members in source.containers():
        for name, _, at in members:
            value = _DECODER.raw_decode(source.text, at)[0] if source.text[at] == '"' else ""
            if _SURROGATE.search(f"{name}{value}"):
                yield source.place((*parts, name))


def _may_hold_half_characters(text: str) -> bool:
    """Look in the order of cost: most files are ASCII without escapes, which takes no search."""
    written = "\\u" in text and _WRITTEN_SURROGATE.search(text) is not None
    return written or (not text.isascii() and _SURROGATE.search(text) is not None)


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
