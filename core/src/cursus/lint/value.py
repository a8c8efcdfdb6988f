"""What the linter knows of a value: text when the pipeline is compiled, or perhaps only known when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that can be a pipeline parameter, a container of some, pairs with some at second place, or plain text.

    `why` says how a value can be a parameter. What is not known at all is None.
    """

    kind: Literal["run-time", "container", "pairs", "plain"]
    why: str = ""


PLAIN = Value(kind="plain")


def run_time(why: str) -> Value:
    """Describe a value that can be a pipeline parameter."""
    return Value(kind="run-time", why=why)


def is_run_time(value: Value | None) -> bool:
    """Say whether a value itself can be a pipeline parameter."""
    return value is not None and value.kind == "run-time"


def holds_run_time(value: Value | None) -> bool:
    """Say whether a value can be a pipeline parameter or hold one."""
    return value is not None and value.kind != "plain"


def container_of(values: Iterable[Value | None]) -> Value | None:
    """Describe what holds these values."""
    found = [value for value in values if value is not None]
    why = next((value.why for value in found if value.kind != "plain"), None)
    return None if why is None else Value(kind="container", why=why)


def member_of(value: Value | None) -> Value | None:
    """Describe one member of a container."""
    if value is None or value.kind == "plain":
        return value
    return run_time(value.why)


def either(one: Value | None, other: Value | None) -> Value | None:
    """Describe what is one or the other: a pipeline parameter where one of them can be one."""
    if one == other:
        return one
    for value in (one, other):
        if holds_run_time(value):
            return value
    return None
