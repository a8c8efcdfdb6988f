"""The import of Join: the name that it has or gets in a module, and the one line that adds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import libcst as cst

Statement: TypeAlias = "cst.SimpleStatementLine | cst.BaseCompoundStatement"
MODULE = "sagemaker.workflow.functions"


def joins_name(module: cst.Module) -> str:
    """Give the name under which a module's top imports Join, or the one to import it under."""
    known = _imported_name(module)
    if known:
        return known
    return "PipelineJoin" if "Join" in _bound(module) else "Join"


def add_join(module: cst.Module, name: str) -> cst.Module:
    """Import Join under this name where the module's top does not yet."""
    import libcst as cst

    if _imported_name(module):
        return module
    index = _own_import(module.body)
    if index is not None:
        return _extended(module, index, name)
    alias = "" if name == "Join" else f" as {name}"
    line = cst.ensure_type(
        cst.parse_statement(f"from {MODULE} import Join{alias}"), cst.SimpleStatementLine
    )
    index = _place(module.body)
    rest = list(module.body[index:])
    is_first_import = index == 0 or not _is_import(module.body[index - 1])
    if is_first_import and index:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    if rest and not _is_import(rest[0]):
        rest[0] = _apart(rest[0])
    elif rest and index:
        line, rest[0] = _at_its_place(line, rest[0])
    return module.with_changes(body=[*module.body[:index], line, *rest])


def _at_its_place(
    line: cst.SimpleStatementLine, after: Statement
) -> tuple[cst.SimpleStatementLine, Statement]:
    """Put a line before an import: the empty lines above that one stay above both."""
    leading = list(after.leading_lines)
    empty = [each for each in leading if each.comment is None]
    kept = [each for each in leading if each.comment is not None]
    if not empty:
        return line, after
    return line.with_changes(leading_lines=empty), after.with_changes(leading_lines=kept)


def _own_import(body: Sequence[cst.BaseStatement]) -> int | None:
    """Find a line that already imports other names from the module of Join."""
    import libcst as cst

    for index, statement in enumerate(body):
        if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
            small = statement.body[0]
            if not isinstance(small, cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
                continue
            if _from_functions(small):
                return index
    return None


def _extended(module: cst.Module, index: int, name: str) -> cst.Module:
    """Put Join before the other names of a line."""
    import libcst as cst

    line = cst.ensure_type(module.body[index], cst.SimpleStatementLine)
    small = line.body[0]
    if not isinstance(small, cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
        return module
    space = cst.SimpleWhitespace(" ")
    new = cst.ImportAlias(name=cst.Name("Join"), comma=cst.Comma(whitespace_after=space))
    if name != "Join":
        new = new.with_changes(asname=cst.AsName(name=cst.Name(name)))
    longer = line.with_changes(body=[small.with_changes(names=[new, *small.names])])
    return module.with_changes(body=[*module.body[:index], longer, *module.body[index + 1 :]])


def _apart(statement: Statement) -> Statement:
    """Put an empty line before a statement that has none."""
    import libcst as cst

    leading = list(getattr(statement, "leading_lines", ()))
    if leading and leading[0].comment is None:
        return statement
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False), *leading])


def _place(body: Sequence[cst.BaseStatement]) -> int:
    """Find the place in order among sagemaker's imports, else after the first imports, else after the docstring."""
    imports = [index for index, statement in enumerate(body) if _is_import(statement)]
    ours = [index for index in imports if _module(body[index]).startswith("sagemaker")]
    if ours:
        later = [index for index in ours if _module(body[index]) > MODULE]
        return later[0] if later else ours[-1] + 1
    head = _after_docstring(body)
    while head < len(body) and _is_import(body[head]):
        head += 1
    return head


def _after_docstring(body: Sequence[cst.BaseStatement]) -> int:
    import libcst as cst

    if not body or not isinstance(body[0], cst.SimpleStatementLine):
        return 0
    first = body[0].body[0]
    is_text = isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )
    return int(is_text)


def _is_import(statement: cst.CSTNode) -> bool:
    import libcst as cst

    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], (cst.Import, cst.ImportFrom)
    )


def _module(statement: cst.CSTNode) -> str:
    """Name the module of `from module import names`; "" for other statements."""
    import libcst as cst

    from cursus.lint.pieces import code_of

    small = cst.ensure_type(statement, cst.SimpleStatementLine).body[0]
    if not isinstance(small, cst.ImportFrom) or small.module is None:
        return ""
    return "." * len(small.relative) + code_of(small.module)


def _imported_name(module: cst.Module) -> str:
    import libcst as cst

    for small in _small_statements(module.body):
        if isinstance(small, cst.ImportFrom) and _from_functions(small):
            for alias in small.names if not isinstance(small.names, cst.ImportStar) else ():
                if alias.evaluated_name == "Join":
                    return alias.evaluated_alias or "Join"
    return ""


def _from_functions(statement: cst.ImportFrom) -> bool:
    from cursus.lint.pieces import code_of

    return statement.module is not None and code_of(statement.module) == MODULE


def _small_statements(body: Sequence[cst.BaseStatement]) -> Iterator[cst.BaseSmallStatement]:
    import libcst as cst

    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body


def _bound(module: cst.Module) -> set[str]:
    """Name what a module binds anywhere, by a look at its plain syntax tree."""
    import ast

    found: set[str] = set()
    for node in ast.walk(ast.parse(module.code)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found
