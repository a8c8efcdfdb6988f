"""What a script asks for, found in its syntax tree: ports, environment, arguments, container paths."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.lint.names import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PORT_DICTS = frozenset({"input_paths", "output_paths"})
ENVIRONMENT_DICTS = frozenset({"environ_vars", "environment"})
SYSTEM_ENVIRONMENT = frozenset({"os.environ", "environ"})
CONTAINER = "/opt/ml/processing/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One name that a script asks for, and where; `required` where the script ends without it."""

    name: str
    line: int
    column: int
    required: bool = True
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptReads:
    """All that a script asks for; `arguments` is None where it parses none, `tolerant` where it ignores others."""

    ports: tuple[Read, ...]
    given_environment: tuple[Read, ...]
    system_environment: tuple[Read, ...]
    arguments: tuple[Read, ...] | None
    container_paths: tuple[Read, ...]
    tolerant: bool = False


def script_reads(tree: ast.Module) -> ScriptReads:
    """Collect what a script asks for."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    methods = {node.func.attr for node in calls if isinstance(node.func, ast.Attribute)}
    arguments = tuple(_arguments(calls))
    return ScriptReads(
        ports=tuple(_asked(nodes, PORT_DICTS)),
        given_environment=tuple(_asked(nodes, ENVIRONMENT_DICTS)),
        system_environment=(*_asked(nodes, SYSTEM_ENVIRONMENT), *_getenv(calls)),
        arguments=arguments if methods & {"parse_args", "parse_known_args"} else None,
        container_paths=tuple(_container_paths(nodes)),
        tolerant="parse_known_args" in methods,
    )


def _asked(nodes: Iterable[ast.AST], names: frozenset[str]) -> Iterator[Read]:
    """Find the constant keys with which dictionaries of these names are asked, not those that are set."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            asked, key, required = node.value, node.slice, True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr not in ("get", "pop"):
                continue
            asked, key, required = node.func.value, node.args[0], False
        else:
            continue
        if dotted(asked) in names and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield _read(key.value, key, required=required)


def _getenv(calls: Iterable[ast.Call]) -> Iterator[Read]:
    for node in calls:
        if dotted(node.func) in ("os.getenv", "getenv") and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield _read(key.value, key, required=False)


def _arguments(calls: Iterable[ast.Call]) -> Iterator[Read]:
    """Find the options that argparse is told of, with their other spellings."""
    for node in calls:
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "add_argument":
            continue
        names = tuple(str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))
        if names and names[0].startswith("-"):
            given = {word.arg: word.value for word in node.keywords}
            flag = given.get("required")
            required = isinstance(flag, ast.Constant) and flag.value is True
            yield Read(
                name=max(names, key=len),
                line=node.lineno,
                column=node.col_offset + 1,
                required=required,
                others=names,
            )


def _container_paths(nodes: Iterable[ast.AST]) -> Iterator[Read]:
    """Find the container's paths in the script's literals; a docstring is none."""
    nodes = list(nodes)
    texts = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            path = node.value.rstrip("/")
            if path.startswith(CONTAINER) and not any(sign in path for sign in " \n{%"):
                yield _read(path, node, required=True)


def _read(name: str, node: ast.expr, *, required: bool) -> Read:
    return Read(name=name, line=node.lineno, column=node.col_offset + 1, required=required)
