"""Kinds of mutation: each makes a trial of a case, or None where the case has nothing to mutate in this way."""

from __future__ import annotations

import copy
import json
import random
import string
from collections.abc import Callable
from typing import Any

from fuzz_cases import Case
from fuzz_trial import Trial

Mutation = Callable[[random.Random, Case], "Trial | None"]
Change = Callable[[random.Random, Any, Any], None]  # of a container and one of its keys
MARK = "\x01"
HUGE = "1" * 5000


def trial(kind: str, case: Case, *, harmless: bool = False, **data: Any) -> Trial:
    """Make a trial of a case with some of its parts replaced: data by data, bytes by bytes."""
    parts = {"config": case.config, "dag": case.dag, "template": case.template, **data}
    files = {f"{name}.json": _bytes(part) for name, part in parts.items() if part is not None}
    template = "template.json" if "template.json" in files else None
    return Trial(kind=kind, files=files, template=template, harmless=harmless)


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    text = json.dumps(data, indent=1)
    return text.replace(json.dumps(f"{MARK}HUGE"), HUGE).encode()


def part_of(rng: random.Random, case: Case) -> tuple[str, Any]:
    """Choose one of the files, mostly the config, and give a copy of its data."""
    names = ["config", "config", "config", "dag", *(["template"] if case.template else [])]
    name = rng.choice(names)
    return name, copy.deepcopy(getattr(case, name))


def spot(
    rng: random.Random, data: Any, kind: type | tuple[type, ...] = (dict, list)
) -> tuple[Any, Any] | None:
    """Walk down to a random member; give its container, of the kind asked for, and its key."""
    found = None
    while isinstance(data, (dict, list)) and data:
        key = rng.choice(list(data)) if isinstance(data, dict) else rng.randrange(len(data))
        if isinstance(data, kind) and (found is None or rng.random() < 0.8):
            found = (data, key)
        data = data[key]
    return found


def changes(
    kind: str, change: Change, container: type | tuple[type, ...] = (dict, list)
) -> Mutation:
    """Make a mutation of a change of one member anywhere."""

    def mutate(rng: random.Random, case: Case) -> Trial | None:
        name, data = part_of(rng, case)
        found = spot(rng, data, container)
        if found is None:
            return None
        change(rng, *found)
        return trial(kind, case, **{name: data})

    return mutate


def _drop(_rng: random.Random, container: Any, key: Any) -> None:
    del container[key]


def _misspell(rng: random.Random, container: Any, key: str) -> None:
    _rename(container, key, typo(rng, typo(rng, key) if rng.random() < 0.3 else key))


def typo(rng: random.Random, text: str) -> str:
    """Drop, double, swap or replace a letter."""
    at = rng.randrange(len(text)) if text else 0
    letter = rng.choice(string.ascii_lowercase)
    return rng.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + letter + text[at + 1 :],
        ]
    )


def _recase(rng: random.Random, container: Any, key: str) -> None:
    _rename(
        container, key, rng.choice([key.upper(), key.capitalize(), key.swapcase(), key.title()])
    )


def _widen(_rng: random.Random, container: Any, key: str) -> None:
    """Write a name in other characters of the same look (Unicode compatibility forms)."""
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalpha() else c for c in key)
    _rename(container, key, wide)


def _rename(container: dict[str, Any], key: str, name: str) -> None:
    members = [(name if other == key else other, value) for other, value in container.items()]
    container.clear()
    container.update(members)


def _retype(rng: random.Random, container: Any, key: Any) -> None:
    value = container[key]
    others = [
        None,
        True,
        False,
        "text",
        "",
        " ",
        7,
        -1,
        0,
        1,
        1.5,
        2.0,
        1e300,
        10**30,
        [],
        {},
        [value],
        {"a": value},
    ]
    texts = [str(value), f" {value}", "1", "0x1", "1e3", "é\u0301", "NA", "true", "\x00", "a\nb"]
    container[key] = rng.choice([*others, *texts])


def _number(rng: random.Random, container: Any, key: Any) -> None:
    literals = [
        float("nan"),
        float("inf"),
        float("-inf"),
        f"{MARK}HUGE",
        10**4000,
        10**400,
        2**63,
        -0.0,
        1e308,
    ]
    container[key] = rng.choice(literals)


def _contain(rng: random.Random, container: Any, key: Any) -> None:
    value = container[key]
    right = {list: ["list", "tuple"], dict: ["dict"], str: ["path", "enum"]}.get(
        type(value), ["enum"]
    )
    kinds = ["list", "dict", "tuple", "set", "frozenset", "datetime", "path", "enum", "bytes", None]
    kind = rng.choice([*right, *right, rng.choice(kinds)])
    container[key] = {"__type_info__": kind, "value": value}


def _break(rng: random.Random, container: Any, key: Any) -> None:
    marker = rng.choice(["_circular_ref", "_error", "_serialization_error"])
    container[key] = {marker: "x", "__model_type__": "X"}


def duplicate_key(rng: random.Random, case: Case) -> Trial | None:
    """Write a name twice in one object, with the same or another value."""
    name, data = part_of(rng, case)
    found = spot(rng, data, dict)
    if found is None:
        return None
    container, key = found
    container[f"{MARK}{key}"] = rng.choice([container[key], None, "other", 7])
    content = _bytes(data).replace(json.dumps(f"{MARK}{key}").encode(), json.dumps(key).encode())
    return trial("duplicate key", case, **{name: content})


def duplicate_key_in_other_case(rng: random.Random, case: Case) -> Trial | None:
    """Add a field whose name differs from one that is there by case alone."""
    data = copy.deepcopy(case.config)
    found = spot(rng, data["configuration"], dict)
    if found is None:
        return None
    container, key = found
    container.setdefault(key.upper(), rng.choice([container[key], None, "other", 7]))
    return trial("duplicate key in another case", case, config=data)


def reorder(rng: random.Random, case: Case) -> Trial | None:
    """Shuffle the names of every object of the config, of which none has an order."""
    return trial(
        "reorder keys",
        case,
        harmless=True,
        config=_shuffled(rng, case.config, keep="_variable_list"),
    )


def _shuffled(rng: random.Random, data: Any, keep: str) -> Any:
    if isinstance(data, list):
        return [_shuffled(rng, member, keep) for member in data]
    if not isinstance(data, dict):
        return data
    names = list(data)
    rng.shuffle(names)
    return {n: data[n] if n.endswith(keep) else _shuffled(rng, data[n], keep) for n in names}


def swap_values(rng: random.Random, case: Case) -> Trial | None:
    """Exchange the values of two members of one step, or of two."""
    data = copy.deepcopy(case.config)
    one, other = (spot(rng, data["configuration"]["specific"], dict) for _ in range(2))
    if one is None or other is None or one[0] is other[0][other[1]] or other[0] is one[0][one[1]]:
        return None
    one_value, other_value = copy.deepcopy(one[0][one[1]]), copy.deepcopy(other[0][other[1]])
    one[0][one[1]], other[0][other[1]] = other_value, one_value
    return trial("swap two values", case, config=data)


def swap_classes(rng: random.Random, case: Case) -> Trial | None:
    """Exchange two class names, in metadata alone or in the entries too."""
    data = copy.deepcopy(case.config)
    types, specific = data["metadata"]["config_types"], data["configuration"]["specific"]
    one, other = rng.sample(list(types), 2)
    types[one], types[other] = types[other], types[one]
    if rng.random() < 0.5:
        for key in (one, other):
            specific.setdefault(key, {})["__model_type__"] = types[key]
    return trial("swap class names", case, config=data)


CONFIG_KINDS: dict[str, Mutation] = {
    "drop key": changes("drop key", _drop),
    "misspell key": changes("misspell key", _misspell, dict),
    "key in another case": changes("key in another case", _recase, dict),
    "key in wide letters": changes("key in wide letters", _widen, dict),
    "retype value": changes("retype value", _retype),
    "number literal": changes("number literal", _number),
    "typed container": changes("typed container", _contain),
    "broken marker": changes("broken marker", _break),
    "duplicate key": duplicate_key,
    "duplicate key in another case": duplicate_key_in_other_case,
    "reorder keys": reorder,
    "swap two values": swap_values,
    "swap class names": swap_classes,
}
