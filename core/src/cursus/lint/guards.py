"""What a condition proves: the names that hold plain text where it is true, and where it is false."""

from __future__ import annotations

import ast

from cursus.lint.names import annotation_names, dotted
from cursus.lint.origins import RUN_TIME_TYPES, SDK_TYPES

PREDICATES = frozenset({"is_pipeline_parameter_string", "is_pipeline_variable"})
MARKS = frozenset({"expr", "to_string"})


def text_if(test: ast.expr, *, holds: bool) -> frozenset[str]:
    """Give the dotted names that are plain text where `test` is true (`holds`) or false."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return text_if(test.operand, holds=not holds)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == holds:
        return frozenset().union(*(text_if(value, holds=holds) for value in test.values))
    if isinstance(test, ast.Call):
        return _call(test, holds=holds)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _type_comparison(test, holds=holds)
    return frozenset()


def _call(test: ast.Call, *, holds: bool) -> frozenset[str]:
    name = dotted(test.func).rpartition(".")[2]
    subject = _subject(test.args[0]) if test.args else frozenset()
    if name == "isinstance" and len(test.args) == 2:  # noqa: PLR2004 - a value and its classes
        types = annotation_names(test.args[1])
        proves = types <= {"str", "Path"} if holds else bool(types & (RUN_TIME_TYPES | SDK_TYPES))
        return subject if proves else frozenset()
    if not holds and name == "hasattr" and isinstance(test.args[-1], ast.Constant):
        return subject if test.args[-1].value in MARKS else frozenset()
    return subject if not holds and name in PREDICATES else frozenset()


def _type_comparison(test: ast.Compare, *, holds: bool) -> frozenset[str]:
    """Understand `type(x) is str` and `type(x) == str`, and their opposites."""
    left, right, sign = test.left, test.comparators[0], test.ops[0]
    is_type = isinstance(left, ast.Call) and dotted(left.func) == "type" and len(left.args) == 1
    if not is_type or dotted(right) != "str":
        return frozenset()
    wanted = (ast.Is, ast.Eq) if holds else (ast.IsNot, ast.NotEq)
    return _subject(left.args[0]) if isinstance(sign, wanted) else frozenset()  # type: ignore[attr-defined]


def _subject(node: ast.expr) -> frozenset[str]:
    """Name what is asked about; a walrus names its target."""
    name = dotted(node.target if isinstance(node, ast.NamedExpr) else node)
    return frozenset({name}) if name else frozenset()
