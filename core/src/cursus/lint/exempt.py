"""Where text may be made of any value: log and error messages, prose, URLs of consoles."""

from __future__ import annotations

import ast
import re

from cursus.lint.names import dotted

MESSAGE_METHODS = frozenset(
    {
        "critical", "debug", "echo", "error", "exception", "fail", "fatal", "info", "log", "print", "secho",
        "warn", "warning", "write", "writelines", "write_text", "skip", "add_row",
    }
)  # fmt: skip
MESSAGE_NAME = re.compile(
    r"(?:^|_)(?:message|msg|messages|description|reason|help|error|errors|warning|log|log_line|note|comment|title|doc)$",
    re.IGNORECASE,
)
ERROR_NAME = re.compile(r"(?:Error|Exception|Warning|Exit)$")
TEXT_METHODS = frozenset({"__repr__", "__str__", "__format__"})
URL = re.compile(r"^\s*(?:https?|mailto|jdbc|file):", re.IGNORECASE)


def is_message_call(node: ast.Call) -> bool:
    """Say whether a call takes its arguments to people: logging, printing, an exception."""
    name = dotted(node.func).rpartition(".")[2]
    if not name and isinstance(node.func, ast.Attribute):
        name = node.func.attr
    return name in MESSAGE_METHODS or bool(ERROR_NAME.search(name))


def is_message_name(name: str) -> bool:
    """Say whether a variable or argument of this name holds text for people."""
    return bool(MESSAGE_NAME.search(name.rpartition(".")[2]))


def is_prose(node: ast.expr) -> bool:
    """Say whether the literal parts of a text are a sentence or a web address, not a path."""
    texts = _literals(node)
    return any(re.search(r"\s", text) for text in texts) or any(
        URL.match(text) for text in texts[:1]
    )


def _literals(node: ast.expr) -> list[str]:
    """List the literal parts of a text in order, without those inside of embedded expressions."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [text for value in node.values for text in _literals(value)]
    if isinstance(node, ast.BinOp):
        return [*_literals(node.left), *_literals(node.right)]
    if isinstance(node, ast.Call):
        return _literals_of_call(node)
    return []


def _literals_of_call(node: ast.Call) -> list[str]:
    found = _literals(node.func.value) if isinstance(node.func, ast.Attribute) else []
    for argument in node.args:
        found += _literals(argument)
        if isinstance(argument, (ast.List, ast.Tuple)):
            found += [text for member in argument.elts for text in _literals(member)]
    return found
