"""Pieces of a text as the code of a Join that gives the same text when the pipeline runs."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

from cursus.lint.pieces import Piece, RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Calls whose result is text only once it is formatted, which a Join does not do.
NOT_TEXT = re.compile(r"(?:^|\.)(?:now|utcnow|today|uuid1|uuid4|date|datetime|Path)\([^()]*\)$")


LONG = 60  # a longer call keeps the several lines of the text whose place it takes
Numbered = tuple[int, Piece]
Comment = tuple[int, str]


def join_code(
    pieces: Sequence[Piece],
    name: str,
    comments: Sequence[Comment] = (),
    *,
    margin: str = "",
    is_tall: bool = False,
) -> str:
    """Write the pieces as a call of Join (under this name); one value alone is itself.

    `comments` are pairs of the number of the piece that a comment follows and the comment; with comments, or
    where it is long and stood on several lines (`is_tall`), the call takes several lines, each with the margin.
    """
    numbered = _merged(pieces)
    segments = _segments(numbered)
    if len(segments) == 1 or any(_is_empty(segment) for segment in segments):
        on, values = "", _flat(numbered, name)
    else:
        on = "/"
        values = [(_segment(segment, name), segment[-1][0]) for segment in segments]
    if len(numbered) == 1:
        return values[0][0]
    line = _call(name, on, [value for value, _ in values])
    if not comments and not (is_tall and len(line) > LONG):
        return line
    return f"\n{margin}".join(_commented(name, on, values, comments))


def comments_of(code: str, pieces: Sequence[Piece]) -> list[Comment]:
    """Find the comments between the pieces, each with the number of the piece that it follows."""
    starts: list[tuple[int, int]] = []
    at = 0
    for piece in pieces:
        found = code.find(piece.raw, at) if piece.raw else -1
        start = at if found < 0 else found
        at = start + (len(piece.raw) if found >= 0 else 0)
        starts.append((start, at))
    comments = []
    for offset, text in _comments(code):
        if any(start <= offset < end for start, end in starts):
            continue
        before = [number for number, (_, end) in enumerate(starts) if end <= offset]
        comments.append((before[-1] if before else 0, text))
    return comments


def _comments(code: str) -> list[tuple[int, str]]:
    lines = [0]
    for line in code.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    reader = io.StringIO(f"({code}\n)").readline
    found = []
    for token in tokenize.generate_tokens(reader):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            found.append((lines[row - 1] + column - (row == 1), token.string))
    return found


def _merged(pieces: Sequence[Piece]) -> list[Numbered]:
    """Give the pieces numbers and make one of neighbouring literals; empty ones are nothing."""
    found: list[Numbered] = []
    for number, piece in enumerate(pieces):
        if piece.text is None:
            found.append((number, piece))
        elif found and found[-1][1].text is not None:
            last = found.pop()[1]
            found.append((number, Piece(raw="", text=f"{last.text}{piece.text}")))
        elif piece.text:
            found.append((number, piece))
    return found


def _segments(pieces: Sequence[Numbered]) -> list[list[Numbered]]:
    """Cut at slashes, but keep those inside of one literal: `s3://` and a bucket are `s3:/` and the bucket."""
    segments: list[list[Numbered]] = [[]]
    for index, (number, piece) in enumerate(pieces):
        if piece.text is None:
            segments[-1].append((number, piece))
            continue
        first, *rest = _cut(piece.text, is_first=index == 0, is_last=index == len(pieces) - 1)
        segments[-1] += _literal(number, first)
        segments += [[(number, Piece(raw="", text=text))] for text in rest]
        if rest and index < len(pieces) - 1 and not rest[-1]:
            segments[-1] = []
    return segments


def _cut(text: str, *, is_first: bool, is_last: bool) -> list[str]:
    """Cut a literal into what ends the segment before it, what stands alone, and what begins the next one."""
    if is_first:
        before, slash, after = text.rpartition("/")
    else:
        before, slash, after = text.partition("/")
    if not slash:
        return [text]
    if is_first or is_last:
        return [before, after]
    middle, slash, tail = after.rpartition("/")
    return [before, middle, tail] if slash else [before, tail]


def _literal(number: int, text: str) -> list[Numbered]:
    return [(number, Piece(raw="", text=text))] if text else []


def _is_empty(segment: Sequence[Numbered]) -> bool:
    """Say whether two slashes meet or the text begins or ends with one, where Join would need an empty value."""
    return all(piece.text == "" for _, piece in segment)


def _segment(segment: Sequence[Numbered], name: str) -> str:
    """Write what stands between two slashes: a literal, a value, an f-string of plain values, a Join of others."""
    pieces = [piece for _, piece in segment]
    if len(pieces) == 1:
        return _value(pieces[0])
    if any(piece.starred for piece in pieces):
        raise RefusalError("an unpacked list stands next to other text without a slash")
    if not any(piece.run_time for piece in pieces):
        text = _f_string(pieces)
        if text:
            return text
    return _call(name, "", [_value(piece) for piece in pieces])


def _flat(pieces: Sequence[Numbered], name: str) -> list[tuple[str, int]]:
    """Write pieces one after the other, slashes as text of their own."""
    if len(pieces) == 1 and pieces[0][1].starred:
        return [(f'{name}(on="/", values={pieces[0][1].code})', 0)]
    if any(piece.starred for _, piece in pieces):
        raise RefusalError("an unpacked list stands next to other text without a slash")
    return [(_value(piece), number) for number, piece in pieces]


def _value(piece: Piece) -> str:
    if piece.text is not None:
        return _quoted(piece.text)
    if piece.starred:
        return f"*{piece.code}"
    if piece.formatted:
        return _f_string([piece]) or f"str({piece.code})"
    if not piece.run_time and NOT_TEXT.search(piece.code):
        return f"str({piece.code})"
    return piece.code


def _quoted(text: str) -> str:
    """Write a literal in double quotes where that needs no escape."""
    return f'"{text}"' if text.isprintable() and not re.search(r'["\\]', text) else repr(text)


def _f_string(pieces: Sequence[Piece]) -> str:
    """Write plain pieces as one f-string; "" where quotes or escapes do not allow it."""
    parts = []
    for piece in pieces:
        if piece.text is not None:
            parts.append(piece.text.replace("{", "{{").replace("}", "}}"))
        else:
            parts.append(piece.formatted or f"{{{piece.code}}}")
    body = "".join(parts)
    if "\\" in body or not body.isprintable():
        return ""
    quote = next((quote for quote in "\"'" if quote not in body), "")
    return f"f{quote}{body}{quote}" if quote else ""


def _call(name: str, on: str, values: Sequence[str]) -> str:
    return f'{name}(on="{on}", values=[{", ".join(values)}])'


def _commented(
    name: str, on: str, values: Sequence[tuple[str, int]], comments: Sequence[Comment]
) -> list[str]:
    """Write a call with each value on a line of its own, followed by the comments that followed it."""
    lines = [f"{name}(", f'    on="{on}",', "    values=["]
    last = -1
    for position, (value, number) in enumerate(values):
        is_end = position == len(values) - 1
        own = [text for at, text in comments if last < at <= number or (is_end and at > number)]
        last = number
        lines += [f"        {text}" for text in own[1:]]
        lines.append(f"        {value}," + (f"  {own[0]}" if own else ""))
    return [*lines, "    ],", ")"]
