"""Judging calls: text building, conversions, libraries of local paths, sources of parameters, local functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cursus.lint import origins
from cursus.lint.exempt import is_message_call, is_message_name
from cursus.lint.names import dotted
from cursus.lint.rules import CONVERTED, LOCAL_LIBRARY, TAKEN_APART, Rule
from cursus.lint.value import PLAIN, Value, container_of, holds_run_time, is_run_time, member_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.lint.judge import Judge
    from cursus.lint.scope import Function

PATH_JOINS = frozenset({"os.path.join", "posixpath.join", "ntpath.join"})
URI_JOINS = frozenset({"s3_path_join"})
CONVERSIONS = frozenset({"str", "format", "repr", "ascii", "json.dumps", "int", "float"})
APART_FUNCTIONS = frozenset(
    {
        "os.path.basename", "os.path.dirname", "os.path.normpath", "os.path.split", "os.path.splitext",
        "posixpath.basename", "posixpath.dirname", "posixpath.normpath", "posixpath.split",
        "re.findall", "re.fullmatch", "re.match", "re.search", "re.split", "re.sub",
        "urllib.parse.urlparse", "urllib.parse.urlsplit", "urllib.parse.quote",
        "sagemaker.s3.parse_s3_url", "sagemaker.s3_utils.parse_s3_url",
    }
)  # fmt: skip
APART_METHODS = frozenset(
    {
        "capitalize", "casefold", "encode", "expandtabs", "ljust", "lower", "lstrip", "partition",
        "removeprefix", "removesuffix", "replace", "rjust", "rpartition", "rsplit", "rstrip", "split",
        "splitlines", "strip", "swapcase", "title", "translate", "upper", "zfill",
    }
)  # fmt: skip
PATH_CLASSES = frozenset(
    {
        "AnyPath", "CloudPath", "Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath",
        "S3Path", "UPath", "WindowsPath",
    }
)  # fmt: skip
SAME_MEMBERS = frozenset(
    {"dict", "filter", "frozenset", "iter", "list", "reversed", "set", "sorted", "tuple", "OrderedDict"}
)  # fmt: skip
SAME_VALUE = frozenset({"cast", "copy", "deepcopy", "to_string", "getattr", "next"})
MEMBER_METHODS = frozenset({"get", "pop", "popleft", "setdefault"})


def call(judge: Judge, node: ast.Call) -> Value | None:
    """Judge a call: the first of these that knows it."""
    if is_message_call(node):
        with judge.silently():
            judge.parts(node)
        return None
    name = judge.facts.full_name(dotted(node.func))
    for judgement in (_format_call, _join_call, _path_join_call, _method_call):
        found = judgement(judge, node, name)
        if found is not NOT_KNOWN:
            return found
    with judge.inside(0):
        return _function_call(judge, node, name)


NOT_KNOWN = Value(
    kind="plain", why="not known"
)  # what a judgement gives that leaves a call to the next


def _arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def _format_call(judge: Judge, node: ast.Call, name: str) -> Value | None:
    """`"{}/x".format(value)`, `str.format("{}", value)`, `Template("$p/x").substitute(p=value)`."""
    if name == "str.format" and node.args:
        return judge.built(node, "str.format()", _arguments(node)[1:])
    if not isinstance(node.func, ast.Attribute):
        return NOT_KNOWN
    method, receiver = node.func.attr, node.func.value
    is_template = method in ("substitute", "safe_substitute")
    if method not in ("format", "format_map") and not is_template:
        return NOT_KNOWN
    value = judge.value(receiver)
    if is_run_time(value):
        return judge.report(TAKEN_APART, node, f".{method}()", (receiver, value))
    return judge.built(node, f".{method}()", _arguments(node))


def _join_call(judge: Judge, node: ast.Call, name: str) -> Value | None:
    """`"/".join(values)` and `str.join("/", values)`; a method of another object is not this."""
    if name == "str.join" and len(node.args) == 2:  # noqa: PLR2004 - separator and values
        return judge.built(node, "str.join()", node.args[1:])
    if not (
        isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1
    ):
        return NOT_KNOWN  # fmt: skip
    receiver = node.func.value
    is_separator = isinstance(receiver, ast.Constant) and isinstance(receiver.value, str)
    full = judge.facts.full_name(dotted(receiver))
    is_known = is_separator or full in ("os.sep", "os.path.sep", "posixpath.sep")
    if not is_known and judge.value(receiver) != PLAIN:
        return NOT_KNOWN
    return judge.built(node, ".join()", node.args)


def _path_join_call(judge: Judge, node: ast.Call, name: str) -> Value | None:
    last = name.rpartition(".")[2]
    if name in PATH_JOINS:
        return judge.built(node, f"{name}()", node.args)
    if last in URI_JOINS:
        return judge.built(node, f"{last}()", node.args)
    if last in PATH_CLASSES or name in ("urllib.parse.urljoin", "urljoin"):
        _reported(judge, LOCAL_LIBRARY, node, last)
        return None
    if name in CONVERSIONS and node.args:
        return _conversion(judge, node, name)
    if name in APART_FUNCTIONS:
        return _reported(judge, TAKEN_APART, node, last)
    return NOT_KNOWN


def _reported(judge: Judge, rule: Rule, node: ast.Call, name: str) -> Value | None:
    """Report a call where one of its arguments can be a parameter."""
    cause = judge.cause(node.args, deep=False)
    return None if cause is None else judge.report(rule, node, f"{name}()", cause)


def _conversion(judge: Judge, node: ast.Call, name: str) -> Value | None:
    deep = name == "json.dumps"
    with judge.inside(0):
        cause = judge.cause(_arguments(node), deep=deep)
    if cause is None:
        return PLAIN
    found = judge.report(CONVERTED, node, f"{name}()", cause)
    return None if deep else found


def _method_call(judge: Judge, node: ast.Call, name: str) -> Value | None:
    """Judge a method of a value that can be a parameter, or of a container of some."""
    if not isinstance(node.func, ast.Attribute) or origins.of_call(name) is not None:
        return NOT_KNOWN
    value, method = judge.value(node.func.value), node.func.attr
    if value is None or value.kind == "plain":
        return _plain_method(judge, node, node.func, value)
    with judge.inside(0):
        arguments = judge.values(_arguments(node))
    if is_run_time(value):
        if method in APART_METHODS:
            return judge.report(TAKEN_APART, node, f".{method}()", (node.func.value, value))
        return value if method in SAME_VALUE else None
    return _container_method(value, method, arguments)


def _plain_method(
    judge: Judge, node: ast.Call, function: ast.Attribute, value: Value | None
) -> Value | None:
    """Judge `parts.append(value)`, after which the list holds the value, and text methods of plain text."""
    method, owner = function.attr, dotted(function.value)
    if method in ("append", "add", "insert", "extend", "update", "setdefault") and owner:
        with judge.inside(0):
            held = container_of(judge.values(_arguments(node)))
        if held is not None:
            judge.scope.put(owner, held)
        return None
    return PLAIN if value is not None and method in APART_METHODS and not node.args else NOT_KNOWN


def _container_method(value: Value, method: str, arguments: Iterable[Value | None]) -> Value | None:
    if method == "items":
        return Value(kind="pairs", why=value.why)
    if method in MEMBER_METHODS:
        return member_of(value)
    if method in ("values", "copy"):
        return value
    return container_of(arguments) and None


def _function_call(judge: Judge, node: ast.Call, name: str) -> Value | None:
    last = name.rpartition(".")[2]
    values = [*judge.values(node.args)]
    for keyword in node.keywords:
        with judge.silently(when=bool(keyword.arg and is_message_name(keyword.arg))):
            values.append(judge.value(keyword.value))
    if isinstance(node.func, ast.Attribute):
        judge.value(node.func.value)
    elif not isinstance(node.func, ast.Name):
        judge.value(node.func)
    function = _local_function(judge, node.func)
    if function is not None:
        _pass(judge, function, node, values)
        found = judge.facts.values.get(function.key)
        if found is not None:
            return found
    if last == "partial" and node.args:
        _pass_partial(judge, node, values)
    return _known_function(node, last, values) or origins.of_call(name)


def _pass_partial(judge: Judge, node: ast.Call, values: list[Value | None]) -> None:
    """Teach the function of `partial(function, value)` what it will be called with."""
    function = _local_function(judge, node.args[0])
    if function is not None:
        call = ast.Call(func=node.args[0], args=node.args[1:], keywords=node.keywords)
        _pass(judge, function, call, values[1:])


def _known_function(node: ast.Call, name: str, values: list[Value | None]) -> Value | None:
    if name in SAME_MEMBERS:
        return container_of(values)
    if name in ("enumerate", "items"):
        found = container_of(values)
        return found and Value(kind="pairs", why=found.why)
    if name == "map":
        return container_of(values[1:])
    if name in ("cast", "copy", "deepcopy", "next") and values:
        return member_of(values[-1]) if name == "next" else values[-1]
    if (name in ("getattr", "get") and len(node.args) > 1) or name == "get":
        key = (
            node.args[-1 if len(node.args) == 1 else int(name == "getattr")] if node.args else None
        )
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return origins.of_location_name(key.value)
    return None


def _local_function(judge: Judge, function: ast.expr) -> Function | None:
    """Find the function of this module that is called."""
    if isinstance(function, ast.Name):
        found = judge.scope.find_function(function.id)
        return found or judge.facts.method(function.id, "__init__")
    if not isinstance(function, ast.Attribute):
        return None
    owner = dotted(function.value)
    is_super = isinstance(function.value, ast.Call) and dotted(function.value.func) == "super"
    if owner in ("self", "cls") or is_super:
        return judge.facts.method(judge.scope.class_name, function.attr, inherited=is_super)
    return judge.facts.method(judge.scope.class_of(owner), function.attr) if owner else None


def _pass(judge: Judge, function: Function, node: ast.Call, values: list[Value | None]) -> None:
    """Teach a function's arguments what this call gives them."""
    for index, (argument, value) in enumerate(zip(node.args, values, strict=False)):
        is_beyond = index >= len(function.arguments) or isinstance(argument, ast.Starred)
        name = function.rest if is_beyond else function.arguments[index]
        if holds_run_time(value) and name:
            judge.facts.learn(f"{function.key}:{name}", value)
    for keyword, value in zip(node.keywords, values[len(node.args) :], strict=True):
        if holds_run_time(value) and keyword.arg:
            judge.facts.learn(f"{function.key}:{keyword.arg}", value)
