"""Names in a syntax tree: dotted ones, imported ones, those of an annotation."""

from __future__ import annotations

import ast
import re


def dotted(node: ast.AST) -> str:
    """Give `self.config.prefix` or `paths["data"]` as text; "" for what has no such name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        receiver = dotted(node.value)
        return f"{receiver}.{node.attr}" if receiver else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        receiver = dotted(node.value)
        return f"{receiver}[{node.slice.value!r}]" if receiver else ""
    return ""


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Give the full name of each name that an import binds."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
    found = {}
    for alias in node.names:
        top = alias.name.partition(".")[0]
        found[alias.asname or top] = alias.name if alias.asname else top
    return found


def annotation_names(annotation: ast.expr | None) -> frozenset[str]:
    """Collect the last parts of all names of an annotation, also of one in quotes."""
    if annotation is None:
        return frozenset()
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return frozenset(re.findall(r"[A-Za-z_]\w*", annotation.value))
    found: set[str] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant):
            found |= set(re.findall(r"[A-Za-z_]\w*", str(node.value)))
    return frozenset(found - {"typing", "t"})
