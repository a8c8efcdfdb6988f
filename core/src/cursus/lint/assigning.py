"""Giving names their values: assignments, loops, unpacking, members of containers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cursus.lint import origins
from cursus.lint.names import dotted
from cursus.lint.value import Value, container_of, holds_run_time, member_of

if TYPE_CHECKING:
    from cursus.lint.judge import Judge


def bind(judge: Judge, target: ast.expr, value: Value | None, source: ast.expr | None) -> None:
    """Give an assignment's target its value, member by member where both sides are written out."""
    if isinstance(target, (ast.Tuple, ast.List)):
        sources = source.elts if isinstance(source, (ast.Tuple, ast.List)) else []
        if len(sources) == len(target.elts):
            with judge.silently():
                for part, member in zip(target.elts, sources, strict=True):
                    bind(judge, part, judge.value(member), member)
            return
        bind_members(judge, target, Value(kind="container", why=value.why) if value and holds_run_time(value) else value)  # fmt: skip
        return
    if isinstance(target, ast.Starred):
        bind(judge, target.value, container_of([value]), None)
        return
    _bind_name(judge, target, value, source)


def bind_members(judge: Judge, target: ast.expr, value: Value | None) -> None:
    """Give a loop's target the members of what it runs over; of pairs, the second is the value."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        bind(judge, target, member_of(value), None)
        return
    is_pairs = value is not None and value.kind == "pairs"
    for index, part in enumerate(target.elts):
        bind(judge, part, None if is_pairs and index == 0 else member_of(value), None)


def _bind_name(
    judge: Judge, target: ast.expr, value: Value | None, source: ast.expr | None
) -> None:
    if isinstance(target, ast.Subscript):
        _bind_item(judge, target, value)
        return
    name = dotted(target)
    if not name:
        return
    if value is None and not isinstance(source, (ast.BinOp, ast.JoinedStr)):
        value = origins.of_location_name(name) if isinstance(target, ast.Name) else None
    judge.scope.bind(name, value)
    if isinstance(source, ast.Dict):
        _bind_keys(judge, name, source)
    owner, dot, attribute = name.partition(".")
    if dot and owner in ("self", "cls") and "." not in attribute:
        judge.facts.learn(f"{judge.scope.class_name}.{attribute}", value)


def _bind_item(judge: Judge, target: ast.Subscript, value: Value | None) -> None:
    """`outputs[name] = value`: the whole container holds it from now on."""
    judge.value(target.slice)
    name, owner = dotted(target), dotted(target.value)
    if name:
        judge.scope.put(name, value)
    if owner and holds_run_time(value):
        judge.scope.put(owner, container_of([value]))


def _bind_keys(judge: Judge, name: str, source: ast.Dict) -> None:
    """Remember each member of a dictionary that is written out."""
    with judge.silently():
        for key, member in zip(source.keys, source.values, strict=True):
            if isinstance(key, ast.Constant):
                judge.scope.put(f"{name}[{key.value!r}]", judge.value(member))
