"""What builders and contracts declare of a script beside it: container paths, environment, arguments."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.lint.names import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cursus.lint.source_file import SourceFile

JOB_WORDS = frozenset({"inputs", "outputs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What one place says of a script; None where it is not written out and so cannot be compared."""

    script: str
    file: str
    line: int
    column: int
    ports: frozenset[str] | None = None
    paths: frozenset[str] | None = None
    environment: frozenset[str] | None = None
    arguments: tuple[str, ...] | None = None


def declarations(source: SourceFile, tree: ast.Module) -> Iterator[Declaration]:
    """Find the declarations of a module: calls that run a script, and contracts."""
    for scope, calls in _scopes(tree):
        for call in calls:
            words = {word.arg: word.value for word in call.keywords if word.arg}
            if dotted(call.func).endswith("Contract") and "entry_point" in words:
                yield from _contract(source, call, words)
            elif "code" in words and JOB_WORDS & words.keys():
                yield from _job(source, call, {**words, **_written_out(scope, words)})


def _scopes(tree: ast.Module) -> Iterator[tuple[dict[str, ast.expr], list[ast.Call]]]:
    """Give the names that are assigned once, and the calls, of the module and of each function."""
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    outer = _assigned(_own_nodes(tree))
    for function in [tree, *functions]:
        nodes = list(_own_nodes(function))
        names = outer | _assigned(nodes)
        yield names, [node for node in nodes if isinstance(node, ast.Call)]


def _own_nodes(parent: ast.AST) -> Iterator[ast.AST]:
    """Walk a function or module without the functions inside of it."""
    for child in ast.iter_child_nodes(parent):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _own_nodes(child)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            found.setdefault(dotted(node.targets[0]), []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _written_out(
    scope: Mapping[str, ast.expr], words: Mapping[str, ast.expr]
) -> dict[str, ast.expr]:
    """Replace names by what was assigned to them."""
    return {word: scope[dotted(value)] for word, value in words.items() if dotted(value) in scope}


def _job(
    source: SourceFile, call: ast.Call, words: Mapping[str, ast.expr]
) -> Iterator[Declaration]:
    """Read `processor.run(code=..., inputs=[...])` and `ProcessingStep(code=..., inputs=[...])`."""
    script = _last_text(words["code"])
    if not script.endswith(".py"):
        return
    inputs = _paths(words.get("inputs"), "destination")
    outputs = _paths(words.get("outputs"), "source")
    arguments = _texts(words.get("arguments") or words.get("job_arguments"))
    yield Declaration(
        script=script,
        file=str(source.path),
        line=call.lineno,
        column=call.col_offset + 1,
        paths=None if inputs is None or outputs is None else inputs | outputs,
        arguments=arguments,
    )


def _contract(
    source: SourceFile, call: ast.Call, words: Mapping[str, ast.expr]
) -> Iterator[Declaration]:
    """Read `ScriptContract(entry_point=..., expected_input_paths={...}, required_env_vars=[...])`."""
    script = _last_text(words["entry_point"])
    inputs = _mapping(words.get("expected_input_paths"))
    outputs = _mapping(words.get("expected_output_paths"))
    both = None if inputs is None or outputs is None else {**inputs, **outputs}
    required = _texts(words.get("required_env_vars"))
    optional = _mapping(words.get("optional_env_vars"))
    arguments = _mapping(words.get("expected_arguments"))
    yield Declaration(
        script=script,
        file=str(source.path),
        line=call.lineno,
        column=call.col_offset + 1,
        ports=None if both is None else frozenset(both),
        paths=None if both is None else frozenset(filter(None, both.values())),
        environment=None if required is None or optional is None else frozenset([*required, *optional]),
        arguments=None if not arguments else tuple(f"--{name.lstrip('-')}" for name in arguments),
    )  # fmt: skip


def _last_text(node: ast.expr) -> str:
    """Give a path, or the last literal part of one that is joined."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.args if isinstance(node, ast.Call) else []
    if isinstance(node, ast.BinOp):
        parts = [node.right]
    return _last_text(parts[-1]) if parts else ""


def _paths(node: ast.expr | None, word: str) -> frozenset[str] | None:
    """Collect one argument of each port of a list; None where a part of it is not written out."""
    if node is None:
        return frozenset()
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    found = []
    for element in node.elts:
        words = {w.arg: w.value for w in element.keywords} if isinstance(element, ast.Call) else {}
        value = words.get(word)
        if not isinstance(value, ast.Constant):
            return None
        found.append(str(value.value).rstrip("/"))
    return frozenset(found)


def _texts(node: ast.expr | None) -> tuple[str, ...] | None:
    """Give a list of words; what is not a literal is an empty word; None where it is not a written list."""
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return None
    if any(isinstance(element, ast.Starred) for element in node.elts):
        return None
    return tuple(str(e.value) if isinstance(e, ast.Constant) else "" for e in node.elts)


def _mapping(node: ast.expr | None) -> dict[str, str] | None:
    """Give a dictionary of literal keys, with "" for values that are none; an absent one is empty."""
    if node is None:
        return {}
    if not isinstance(node, ast.Dict) or not all(isinstance(k, ast.Constant) for k in node.keys):
        return None
    pairs = zip(node.keys, node.values, strict=True)
    return {str(k.value): str(v.value) if isinstance(v, ast.Constant) else "" for k, v in pairs}  # type: ignore[union-attr]
