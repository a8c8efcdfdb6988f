"""Rewriting a module: texts made of run-time values become Joins, with LibCST, all else stays as it is."""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cursus.errors import MissingExtraError
from cursus.lint.importing import add_join, joins_name
from cursus.lint.joining import comments_of, join_code
from cursus.lint.judge import Judge
from cursus.lint.pieces import Pieces, RefusalError, code_of
from cursus.lint.source_file import lines_of
from cursus.lint.value import is_run_time
from cursus.lint.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from cursus.lint.facts import Facts
    from cursus.lint.judge import Detection

MOST_ROUNDS = 12  # texts in texts are rewritten from the outside, one level a round

Span = tuple[int, int, int, int]
Wants: TypeAlias = "Callable[[str], Callable[[Detection], bool]]"


class Target(NamedTuple):
    """What new code is written with: the name of Join, and the indentation that its further lines need."""

    name: str
    margin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Rewritten source, how many places changed, and why the others did not, by line and column."""

    source: str
    count: int = 0
    refused: dict[tuple[int, int], str] = field(default_factory=dict)


def fix(source: str, wants: Wants = lambda _text: lambda _detection: True) -> Fixed:
    """Rewrite what can be rewritten with the same meaning; `wants` gives a test of the detections of a text."""
    _check_libcst()
    count = 0
    for _ in range(MOST_ROUNDS):
        done = _fix_round(source, wants(source))
        count += done.count
        if not done.count:
            return Fixed(source=source, count=count, refused=done.refused)
        source = done.source
    return Fixed(source=source, count=count)


def _check_libcst() -> None:
    from importlib.util import find_spec

    if find_spec("libcst") is None:
        raise MissingExtraError("libcst", "lint")


def _fix_round(source: str, is_wanted: Callable[[Detection], bool]) -> Fixed:
    """Rewrite each text that is not inside another one that is rewritten."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    walked = walk(ast.parse(source))
    wanted = [each for each in walked.detections if is_wanted(each)]
    if not wanted:
        return Fixed(source=source)
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    nodes, indents = _by_span(positions), _indents(positions)
    name = joins_name(wrapper.module)
    replaced: dict[cst.CSTNode, cst.CSTNode] = {}
    refused: dict[tuple[int, int], str] = {}
    lines = lines_of(source)
    done: list[Span] = []
    for detection in sorted(wanted, key=_outermost):
        span = _span(detection.node, lines)
        if done and _contains(done[-1], span):
            continue
        try:
            node = _fixable_node(detection, nodes.get((_kind(detection.node), span)))
            margin = _margin(span, lines, indents)
            replaced[node] = _replacement(node, detection, walked.facts, Target(name, margin))
            done.append(span)
        except RefusalError as exc:
            refused[span[:2]] = str(exc)
    if not replaced:
        return Fixed(source=source, refused=refused)
    module = wrapper.module.visit(_replacer(replaced))
    return Fixed(source=add_join(module, name).code, count=len(replaced), refused=refused)


def _outermost(detection: Detection) -> tuple[int, int, int, int]:
    node = detection.node
    return (node.lineno, node.col_offset, -(node.end_lineno or 0), -(node.end_col_offset or 0))


def _contains(outer: Span, inner: Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _span(node: ast.expr | ast.AugAssign, lines: list[str]) -> Span:
    """Give a node's start and end in characters; ast counts columns in UTF-8 bytes."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return (
        node.lineno,
        characters(lines[node.lineno - 1], node.col_offset),
        end_line,
        characters(lines[end_line - 1], end_column),
    )


def characters(line: str, offset: int) -> int:
    """Turn a column in UTF-8 bytes into one in characters."""
    return offset if line.isascii() else len(line.encode()[:offset].decode())


KINDS = {
    "JoinedStr": "text",
    "FormattedString": "text",
    "ConcatenatedString": "text",
    "BinOp": "operation",
    "BinaryOperation": "operation",
    "Call": "call",
    "AugAssign": "assignment",
}


def _kind(node: object) -> str:
    return KINDS.get(type(node).__name__, "")


def _by_span(positions: Any) -> dict[tuple[str, Span], cst.CSTNode]:
    found: dict[tuple[str, Span], cst.CSTNode] = {}
    for node, place in positions.items():
        kind = _kind(node)
        if kind:
            span = (place.start.line, place.start.column, place.end.line, place.end.column)
            found.setdefault((kind, span), node)
    return found


def _indents(positions: Any) -> list[tuple[int, int]]:
    """List line and column at which statements begin, in order."""
    import libcst as cst

    kinds = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
    starts = [place.start for node, place in positions.items() if isinstance(node, kinds)]
    return sorted((start.line, start.column) for start in starts)


def _margin(span: Span, lines: list[str], indents: list[tuple[int, int]]) -> str:
    """Give the indentation that a node's first line has beyond that of its statement."""
    before = bisect_right(indents, span[:2])
    block = indents[before - 1][1] if before else 0
    line = lines[span[0] - 1]
    return line[: len(line) - len(line.lstrip())][block:]


def _fixable_node(
    detection: Detection, node: cst.CSTNode | None
) -> cst.BaseExpression | cst.AugAssign:
    """Give the node to rewrite; RefusalError where this kind of finding has no rewriting."""
    import libcst as cst

    is_fixable = detection.rule.code in ("CUR0901", "CUR0902")
    if is_fixable and isinstance(node, (cst.BaseExpression, cst.AugAssign)):
        return node
    raise RefusalError(f"{detection.what} has no counterpart for a pipeline parameter")


def _replacement(
    node: cst.BaseExpression | cst.AugAssign, detection: Detection, facts: Facts, target: Target
) -> cst.CSTNode:
    """Give what takes a node's place; RefusalError says why nothing can."""
    import libcst as cst

    pieces = Pieces(
        can_be_parameter=lambda code: _can_be_parameter(code, detection, facts),
        full_name=facts.full_name,
    )
    if isinstance(node, cst.AugAssign):
        return _assignment(node, pieces, target.name)
    if detection.rule.code == "CUR0902":
        return _unconverted(node)
    bare = node.with_changes(lpar=[], rpar=[])
    parts = pieces.of(bare)
    if len(parts) == 1 and parts[0].code == code_of(bare).strip():
        raise RefusalError(f"{detection.what} is of a form that cannot be taken apart")
    text = code_of(bare)
    comments = comments_of(text, parts)
    code = join_code(parts, target.name, comments, margin=target.margin, is_tall="\n" in text)
    return _parsed(code, node)


def _parsed(code: str, node: cst.BaseExpression) -> cst.BaseExpression:
    """Parse the code that takes an expression's place, inside of its own parentheses."""
    import libcst as cst

    new = cst.parse_expression(code)
    return new.with_changes(
        lpar=[*node.lpar, *getattr(new, "lpar", ())], rpar=[*getattr(new, "rpar", ()), *node.rpar]
    )


def _unconverted(node: cst.BaseExpression) -> cst.BaseExpression:
    """Replace `str(x)` by x."""
    import libcst as cst

    is_str = isinstance(node, cst.Call) and code_of(node.func) in ("str", "format")
    if not is_str or len(node.args) != 1 or node.args[0].keyword:  # type: ignore[attr-defined]
        raise RefusalError("only str(x) of one value can be left out")
    return _parsed(code_of(node.args[0].value), node)  # type: ignore[attr-defined]


def _assignment(node: cst.AugAssign, pieces: Pieces, name: str) -> cst.Assign:
    """Rewrite `x += y` as an assignment of a Join."""
    import libcst as cst

    if not isinstance(node.operator, cst.AddAssign):
        raise RefusalError("only += can be rewritten")
    parts = [pieces.value(node.target), *pieces.of(node.value)]
    value = cst.parse_expression(join_code(parts, name))
    return cst.Assign(
        targets=[cst.AssignTarget(target=node.target)], value=value, semicolon=node.semicolon
    )


def _can_be_parameter(code: str, detection: Detection, facts: Facts) -> bool:
    """Judge a piece's code with the names that were known at its place."""
    try:
        node = ast.parse(f"({code}\n)", mode="eval").body
    except SyntaxError:
        return True
    judge = Judge(facts=facts, scope=detection.scope.fork(), silent=1)
    return is_run_time(judge.value(node))


def _replacer(replaced: dict[cst.CSTNode, cst.CSTNode]) -> cst.CSTTransformer:
    import libcst as cst

    class Replacer(cst.CSTTransformer):
        """Puts new nodes in the place of old ones."""

        def on_visit(self, node: cst.CSTNode) -> bool:
            return node not in replaced

        def on_leave(self, original_node: cst.CSTNode, updated_node: Any) -> Any:
            return replaced.get(original_node, updated_node)

    return Replacer()
