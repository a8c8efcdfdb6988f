"""Mutations of a file's bytes: cut, encoded otherwise, damaged, far too deep."""

from __future__ import annotations

import json
import random

from fuzz_cases import Case
from fuzz_mutations import Mutation, part_of, trial
from fuzz_trial import Trial

DEPTHS = (90, 150, 400, 950, 3_000, 10_000)


def _encoding(kind: str, encoding: str, *, harmless: bool = False) -> Mutation:
    def mutate(rng: random.Random, case: Case) -> Trial | None:
        name, data = part_of(rng, case)
        text = (
            json.dumps(data, ensure_ascii=False, indent=1).replace("late_flights", "lâte_flights")
            + " "
        )
        return trial(kind, case, harmless=harmless, **{name: text.encode(encoding, "replace")})

    return mutate


def truncate(rng: random.Random, case: Case) -> Trial | None:
    """Cut a file at any byte."""
    name, data = part_of(rng, case)
    content = json.dumps(data, indent=1).encode()
    return trial("truncate", case, **{name: content[: rng.randrange(len(content))]})


def insert_bytes(rng: random.Random, case: Case) -> Trial | None:
    """Put bytes that are no UTF-8, NUL or a control character into a file."""
    name, data = part_of(rng, case)
    content = json.dumps(data, indent=1).encode()
    at = rng.randrange(len(content))
    bad = rng.choice(
        [
            b"\xff",
            b"\xc3",
            b"\xed\xa0\x80",
            b"\x00",
            b"\x00\x00",
            b"\x1b",
            b"\x7f",
            b"\xf5\x80\x80\x80",
        ]
    )
    return trial("wrong bytes", case, **{name: content[:at] + bad + content[at:]})


def flip_byte(rng: random.Random, case: Case) -> Trial | None:
    """Replace one byte by any other."""
    name, data = part_of(rng, case)
    content = bytearray(json.dumps(data, indent=1).encode())
    content[rng.randrange(len(content))] = rng.randrange(256)
    return trial("flip a byte", case, **{name: bytes(content)})


def half_character(rng: random.Random, case: Case) -> Trial | None:
    """Write half of a character as an escape, in a name or a value."""
    name, data = part_of(rng, case)
    content = json.dumps(data, indent=1)
    quotes = [at for at, letter in enumerate(content) if letter == '"']
    at = rng.choice(quotes[::2]) + 1
    escape = rng.choice(["\\ud800", "\\udfff", "\\ud83d\\ude00", "\\ud83d\\ud83d"])
    return trial(
        "half of a character", case, **{name: (content[:at] + escape + content[at:]).encode()}
    )


def empty(rng: random.Random, case: Case) -> Trial | None:
    """Leave nothing, blanks or another JSON value in a file."""
    name, _ = part_of(rng, case)
    return trial(
        "empty or another value",
        case,
        **{name: rng.choice([b"", b" \n", b"null", b"[]", b"{}", b"7", b'"x"'])},
    )


def binary(rng: random.Random, case: Case) -> Trial | None:
    """Write random bytes."""
    name, _ = part_of(rng, case)
    return trial("binary", case, **{name: rng.randbytes(rng.randrange(1, 5000))})


def deep(rng: random.Random, case: Case) -> Trial | None:
    """Nest lists or objects in a value, up to 10,000 levels."""
    name, data = part_of(rng, case)
    depth = rng.choice(DEPTHS)
    opening, closing = rng.choice([("[", "]"), ('{"a":', "}")])
    nested = f"{opening * depth}7{closing * depth}"
    text = json.dumps(data)
    spots = [at for at in range(len(text)) if text.startswith('": "', at)]
    if not spots or rng.random() < 0.2:
        return trial("deep nesting", case, **{name: nested.encode()})
    start = rng.choice(spots) + 3
    end = start + len(json.dumps(json.JSONDecoder().raw_decode(text, start)[0]))
    return trial("deep nesting", case, **{name: (text[:start] + nested + text[end:]).encode()})


def windows(rng: random.Random, case: Case) -> Trial | None:
    """End lines as Windows does."""
    name, data = part_of(rng, case)
    content = json.dumps(data, indent=1).replace("\n", "\r\n").encode()
    return trial("Windows newlines", case, harmless=True, **{name: content})


TEXT_KINDS: dict[str, Mutation] = {
    "truncate": truncate,
    "wrong bytes": insert_bytes,
    "flip a byte": flip_byte,
    "half of a character": half_character,
    "empty or another value": empty,
    "binary": binary,
    "deep nesting": deep,
    "UTF-16": _encoding("UTF-16", "utf-16"),
    "Latin-1": _encoding("Latin-1", "latin-1"),
    "byte order mark": _encoding("byte order mark", "utf-8-sig", harmless=True),
    "Windows newlines": windows,
}
