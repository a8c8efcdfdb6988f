"""Judging expressions: what each one's value is, and which of them make text of a pipeline parameter."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from cursus.lint import calls, origins
from cursus.lint.assigning import bind_members
from cursus.lint.exempt import is_prose
from cursus.lint.guards import text_if
from cursus.lint.names import dotted
from cursus.lint.rules import BUILT, LOCAL_LIBRARY, TAKEN_APART, Rule
from cursus.lint.value import (
    PLAIN,
    Value,
    container_of,
    either,
    holds_run_time,
    is_run_time,
    member_of,
    run_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cursus.lint.facts import Facts
    from cursus.lint.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A finding as a node of the syntax tree, with what was known there of the names in it."""

    rule: Rule
    node: ast.expr | ast.AugAssign
    what: str
    part: ast.expr
    why: str
    scope: Scope


Cause: TypeAlias = "tuple[ast.expr, Value | None]"


class Setting:
    """Sets one attribute of a judge for a while; contextlib's way takes four times as long, a million times."""

    __slots__ = ("after", "before", "judge", "name")

    def __init__(self, judge: Judge, name: str, value: object) -> None:
        self.judge, self.name, self.after = judge, name, value

    def __enter__(self) -> None:
        self.before = getattr(self.judge, self.name)
        setattr(self.judge, self.name, self.after)

    def __exit__(self, *_exc: object) -> None:
        setattr(self.judge, self.name, self.before)


@dataclass(slots=True, kw_only=True)
class Judge:
    """Walks expressions in one scope after another; `detections` grows as it goes."""

    facts: Facts
    scope: Scope
    detections: dict[tuple[int, int, int | None, int | None, str], Detection] = field(
        default_factory=dict
    )
    silent: int = 0
    building: int = 0

    def value(self, node: ast.expr | None) -> Value | None:
        """Judge one expression and all that is inside it, once."""
        if node is None:
            return None
        judge = JUDGES.get(type(node))
        if judge is not None:
            return judge(self, node)
        return self.parts(node)

    def parts(self, node: ast.AST) -> Value | None:
        """Judge the expressions inside a node of a kind that yields nothing of interest."""
        for name in node._fields:
            child = getattr(node, name, None)
            for member in child if isinstance(child, list) else (child,):
                if isinstance(member, ast.expr):
                    self.value(member)
                elif isinstance(member, ast.AST) and member._fields:
                    self.parts(member)
        return None

    def values(self, nodes: Iterable[ast.expr | None]) -> list[Value | None]:
        """Judge several expressions."""
        return [self.value(node) for node in nodes]

    def in_scope(self, scope: Scope) -> Setting:
        """Judge in another scope for a while."""
        return Setting(self, "scope", scope)

    def silently(self, *, when: bool = True) -> Setting:
        """Judge without reporting: text for people, comparisons."""
        return Setting(self, "silent", self.silent + when)

    def inside(self, depth: int) -> Setting:
        """Judge the pieces of a text (1), which are part of one finding, or things of their own (0)."""
        return Setting(self, "building", depth)

    def report(
        self, rule: Rule, node: ast.expr | ast.AugAssign, what: str, cause: Cause
    ) -> Value | None:
        """Report a node that breaks a rule by one of its parts; give what it makes, a run-time value again."""
        part, value = cause
        if value is None or value.kind == "plain":
            return value
        is_inner = self.building and rule.code == BUILT.code
        if not self.silent and not is_inner:
            key = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, rule.code)
            self.detections[key] = Detection(
                rule=rule,
                node=node,
                what=what,
                part=part,
                why=value.why,
                scope=self.scope.part(_roots(node)),
            )
        return run_time(value.why)

    def built(self, node: ast.expr, what: str, pieces: Sequence[ast.expr]) -> Value | None:
        """Judge a text that is put together of pieces."""
        with self.inside(1):
            cause = self.cause(pieces)
        if cause is None or is_prose(node):
            return PLAIN
        return self.report(BUILT, node, what, cause)

    def cause(self, parts: Sequence[ast.expr], *, deep: bool = True) -> Cause | None:
        """Judge all parts; give the first one that is what can be a parameter, or (deep) holds it."""
        judged = list(zip(parts, self.values(parts), strict=True))
        test = holds_run_time if deep else is_run_time
        return next(((part, value) for part, value in judged if test(value)), None)


def _roots(node: ast.expr | ast.AugAssign) -> set[str]:
    """Collect the names inside a node: with what is known of them its pieces can be judged again."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def first_run_time(values: Iterable[Value | None]) -> Value | None:
    """Give the first value that is or holds what can be a parameter."""
    return next((value for value in values if holds_run_time(value)), None)


def _constant(_judge: Judge, node: ast.Constant) -> Value | None:
    return PLAIN if node.value is not None else None


def _name(judge: Judge, node: ast.Name) -> Value | None:
    if judge.scope.knows(node.id):
        return judge.scope.value(node.id)
    full = judge.facts.full_name(node.id)
    return origins.of_constant(full.rpartition(".")[2])


def _attribute(judge: Judge, node: ast.Attribute) -> Value | None:
    name = dotted(node)
    receiver_value = judge.value(node.value)
    if name and judge.scope.knows(name):
        return judge.scope.value(name)
    own = _own_attribute(judge, node)
    if own is not None:
        return own
    if receiver_value is not None:
        return _part_of(receiver_value, node.attr)
    is_property = isinstance(node.value, ast.Attribute) and node.value.attr == "properties"
    if is_property and node.attr[:1].isupper():
        return run_time(f"{node.attr} is a step property, known only when the pipeline runs")
    receiver = judge.facts.full_name(dotted(node.value))
    if receiver in origins.PLAIN_OBJECTS or f"{receiver}.{node.attr}" in origins.PLAIN_OBJECTS:
        return PLAIN
    return origins.of_attribute(receiver, node.attr)


def _own_attribute(judge: Judge, node: ast.Attribute) -> Value | None:
    """Judge `self.x`, `cls.x` and `Class.x` by what the class was given."""
    if not isinstance(node.value, ast.Name):
        return None
    owner = node.value.id
    is_self = owner in ("self", "cls")
    class_name = judge.scope.class_name if is_self else judge.scope.class_of(owner)
    known = judge.facts.attribute(class_name, node.attr)
    if known is None and owner == "self" and judge.facts.is_config(class_name):
        return PLAIN  # a config reads its own fields from a file
    return known


def _part_of(value: Value, name: str) -> Value | None:
    """Judge an attribute of a judged value: a parameter's name and default are plain, a property's parts are not."""
    if value.kind == "plain" or name in ("default_value", "name"):
        return PLAIN
    return value if value.kind == "run-time" and name[:1].isupper() else None


def _subscript(judge: Judge, node: ast.Subscript) -> Value | None:
    name = dotted(node)
    value = judge.value(node.value)
    judge.value(node.slice)
    if name and judge.scope.knows(name):
        return judge.scope.value(name)
    if isinstance(node.slice, ast.Slice):
        return (
            judge.report(TAKEN_APART, node, "a slice", (node.value, value))
            if is_run_time(value)
            else value
        )
    if value is not None:
        return member_of(value)
    return _item_by_name(node)


def _item_by_name(node: ast.Subscript) -> Value | None:
    """Judge `config["pipeline_s3_loc"]` by the item's name."""
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return origins.of_location_name(node.slice.value)
    return None


def _joined(judge: Judge, node: ast.JoinedStr) -> Value | None:
    pieces = [value.value for value in node.values if isinstance(value, ast.FormattedValue)]
    return judge.built(node, "an f-string", pieces)


def _binary(judge: Judge, node: ast.BinOp) -> Value | None:
    if isinstance(node.op, ast.Add):
        return _sum(judge, node)
    if isinstance(node.op, ast.Mod) and _is_text(node.left):
        right = node.right
        pieces = right.elts if isinstance(right, ast.Tuple) else [right]
        return judge.built(node, "the % operator", pieces)
    if isinstance(node.op, ast.Div):
        return _division(judge, node)
    values = judge.values([node.left, node.right])
    return first_run_time(values) if isinstance(node.op, ast.BitOr) else None


def _sum(judge: Judge, node: ast.BinOp) -> Value | None:
    """Judge `a + b`: text, or a longer container."""
    with judge.inside(1):
        left, right = judge.values([node.left, node.right])
    if not (is_run_time(left) or is_run_time(right)):
        return container_of([left, right]) or (PLAIN if PLAIN in (left, right) else None)
    cause = (node.left, left) if is_run_time(left) else (node.right, right)
    return PLAIN if is_prose(node) else judge.report(BUILT, node, "the + operator", cause)


def _division(judge: Judge, node: ast.BinOp) -> Value | None:
    """Judge `path / value`; what a path makes of it is no location any more."""
    left, right = judge.values([node.left, node.right])
    for part, value in ((node.left, left), (node.right, right)):
        if is_run_time(value):
            judge.report(LOCAL_LIBRARY, node, "the / of pathlib", (part, value))
            break
    return None


def _is_text(node: ast.expr) -> bool:
    is_literal = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_literal or isinstance(node, ast.JoinedStr)


def _either_of(judge: Judge, node: ast.IfExp) -> Value | None:
    judge.value(node.test)
    chosen = _narrowed(judge, node.body, text_if(node.test, holds=True))
    return either(chosen, _narrowed(judge, node.orelse, text_if(node.test, holds=False)))


def _narrowed(judge: Judge, node: ast.expr, names: frozenset[str]) -> Value | None:
    """Judge an expression where these names hold plain text."""
    if not names:
        return judge.value(node)
    scope = judge.scope.inner()
    for name in names:
        scope.put(name, PLAIN)
    with judge.in_scope(scope):
        return judge.value(node)


def _boolean(judge: Judge, node: ast.BoolOp) -> Value | None:
    """Judge `a or b`, `a and b`; each is judged with what those before it prove."""
    is_and = isinstance(node.op, ast.And)
    proven: frozenset[str] = frozenset()
    found: list[Value | None] = []
    for value in node.values:
        found.append(_narrowed(judge, value, proven))
        proven |= text_if(value, holds=is_and)
    return first_run_time(found) or (PLAIN if set(found) == {PLAIN} else None)


def _walrus(judge: Judge, node: ast.NamedExpr) -> Value | None:
    value = judge.value(node.value)
    judge.scope.bind(node.target.id, value)
    return value


def _sequence(judge: Judge, node: ast.List | ast.Tuple | ast.Set) -> Value | None:
    with judge.inside(0):
        return container_of(judge.values(node.elts))


def _dictionary(judge: Judge, node: ast.Dict) -> Value | None:
    with judge.inside(0):
        judge.values(node.keys)
        return container_of(judge.values(node.values))


def _starred(judge: Judge, node: ast.Starred) -> Value | None:
    return judge.value(node.value)


def _awaited(judge: Judge, node: ast.Await) -> Value | None:
    return judge.value(node.value)


def _compared(judge: Judge, node: ast.Compare) -> Value | None:
    with judge.silently():
        judge.values([node.left, *node.comparators])
    return PLAIN


def _comprehension(
    judge: Judge, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value | None:
    with judge.in_scope(judge.scope.inner()), judge.inside(0):
        for generator in node.generators:
            bind_members(judge, generator.target, judge.value(generator.iter))
            judge.values(generator.ifs)
        if isinstance(node, ast.DictComp):
            judge.value(node.key)
            return container_of([judge.value(node.value)])
        return container_of([judge.value(node.elt)])


def _function(judge: Judge, node: ast.Lambda) -> Value | None:
    scope = judge.scope.inner()
    for argument in node.args.args:
        scope.put(argument.arg, origins.of_argument(argument.arg, frozenset()))
    with judge.in_scope(scope), judge.inside(0):
        judge.value(node.body)
    return None


# Each judges the type that it stands under; Any, because no type says that of a dictionary.
JUDGES: dict[type[ast.expr], Callable[[Judge, Any], Value | None]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.IfExp: _either_of,
    ast.BoolOp: _boolean,
    ast.NamedExpr: _walrus,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dictionary,
    ast.Starred: _starred,
    ast.Await: _awaited,
    ast.Compare: _compared,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _function,
    ast.Call: calls.call,
}
