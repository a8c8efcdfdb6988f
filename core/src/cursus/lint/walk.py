"""Walking statements in the order in which they run, function bodies last, until nothing new is learnt."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.lint import origins
from cursus.lint.assigning import bind, bind_members
from cursus.lint.exempt import TEXT_METHODS, is_message_name, is_prose
from cursus.lint.facts import Facts
from cursus.lint.guards import text_if
from cursus.lint.judge import Detection, Judge
from cursus.lint.names import dotted, imported
from cursus.lint.rules import BUILT
from cursus.lint.scope import Function, Scope
from cursus.lint.value import PLAIN, Value, container_of, holds_run_time, is_run_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_WALKS = 6  # a chain of helpers deeper than this is not followed to its end

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What walking a module found, in order of place, and what it learnt."""

    detections: tuple[Detection, ...]
    facts: Facts


def walk(tree: ast.Module) -> Walked:
    """Find every place of a module where text is made of a value that can be a pipeline parameter."""
    facts = Facts()
    for _ in range(MOST_WALKS):
        facts.grown = False
        walker = Walker(judge=Judge(facts=facts, scope=Scope()))
        walker.module(tree)
        if not facts.grown:
            break
    found = sorted(walker.judge.detections.values(), key=_place)
    return Walked(detections=tuple(found), facts=facts)


def _place(detection: Detection) -> tuple[int, int, str]:
    return (detection.node.lineno, detection.node.col_offset, detection.rule.code)


@dataclass(slots=True, kw_only=True)
class Walker:
    """Walks statements with a judge; bodies of functions wait until what surrounds them is known."""

    judge: Judge
    waiting: list[tuple[AnyFunction, Scope]] = field(default_factory=list)

    def module(self, tree: ast.Module) -> None:
        """Walk a module and then its functions."""
        self.block(tree.body)
        self._walk_waiting()

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Walk statements in order."""
        for statement in statements:
            step = WALKS.get(type(statement))
            if step is None:
                self.judge.parts(statement)
            else:
                step(self, statement)

    def branch(self, statements: Sequence[ast.stmt], plain: frozenset[str]) -> Scope:
        """Walk one way of several in a copy of the scope, where these names hold plain text."""
        scope = self.judge.scope.fork()
        for name in plain:
            scope.put(name, PLAIN)
        with self.judge.in_scope(scope):
            self.block(statements)
        return scope

    def _walk_waiting(self) -> None:
        """Walk the bodies of functions, and of the functions in these."""
        while self.waiting:
            function, scope = self.waiting.pop(0)
            outer, self.waiting = self.waiting, []
            is_text = function.name in TEXT_METHODS
            with self.judge.in_scope(scope), self.judge.silently(when=is_text):
                self.block(function.body)
                self._walk_waiting()
            self.waiting = outer


def _assign(walker: Walker, node: ast.Assign) -> None:
    judge = walker.judge
    with judge.silently(when=any(is_message_name(dotted(target)) for target in node.targets)):
        value = judge.value(node.value)
    for target in node.targets:
        bind(judge, target, value, node.value)
        _learn_class_value(judge, target, value)


def _annotated(walker: Walker, node: ast.AnnAssign) -> None:
    judge = walker.judge
    names = judge.facts.annotation(node.annotation)
    with judge.silently(when=is_message_name(dotted(node.target))):
        value = judge.value(node.value)
    if value is None and names & (origins.RUN_TIME_TYPES | origins.SDK_TYPES):
        value = origins.of_argument(dotted(node.target), names)
    if node.value is not None or value is not None:
        bind(judge, node.target, value, node.value)
        _learn_class_value(judge, node.target, value)


def _learn_class_value(judge: Judge, target: ast.expr, value: Value | None) -> None:
    """Keep what a class body assigns, as an attribute of the class."""
    if isinstance(target, ast.Name) and judge.scope.class_name and not judge.scope.function:
        judge.facts.learn(f"{judge.scope.class_name}.{target.id}", value)


def _augmented(walker: Walker, node: ast.AugAssign) -> None:
    judge = walker.judge
    target = judge.value(node.target)
    is_sum = isinstance(node.op, (ast.Add, ast.Div))
    with judge.inside(1):
        value = judge.value(node.value)
    if not is_sum or not (is_run_time(target) or is_run_time(value)):
        found = container_of([target, value])
        if found is not None:
            bind(judge, node.target, found, None)
        return
    cause = (node.target, target) if is_run_time(target) else (node.value, value)
    hidden = is_prose(node.value) or is_message_name(dotted(node.target))
    with judge.silently(when=hidden):
        found = judge.report(BUILT, node, "the += operator", cause)
    bind(judge, node.target, PLAIN if hidden else found, None)


def _return(walker: Walker, node: ast.Return) -> None:
    judge = walker.judge
    value = judge.value(node.value)
    if judge.scope.function and holds_run_time(value):
        judge.facts.learn(judge.scope.function, value)


def _expression(walker: Walker, node: ast.Expr) -> None:
    judge = walker.judge
    if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        value = judge.value(node.value.value)
        if judge.scope.function and holds_run_time(value):
            judge.facts.learn(judge.scope.function, container_of([value]))
        return
    judge.value(node.value)


def _raise(walker: Walker, node: ast.Raise) -> None:
    with walker.judge.silently():
        walker.judge.parts(node)


def _assert(walker: Walker, node: ast.Assert) -> None:
    with walker.judge.silently():
        walker.judge.parts(node)
    for name in text_if(node.test, holds=True):
        walker.judge.scope.put(name, PLAIN)


def _if(walker: Walker, node: ast.If) -> None:
    judge = walker.judge
    judge.value(node.test)
    if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        walker.block(node.body)
        return
    one = walker.branch(node.body, text_if(node.test, holds=True))
    other = walker.branch(node.orelse, text_if(node.test, holds=False))
    if _leaves(node.body):
        judge.scope.adopt(other)
    elif _leaves(node.orelse):
        judge.scope.adopt(one)
    else:
        judge.scope.join(one, other)


def _leaves(statements: Sequence[ast.stmt]) -> bool:
    """Say whether what follows is never reached from these statements."""
    return bool(statements) and isinstance(
        statements[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break)
    )


def _for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    judge = walker.judge
    members = judge.value(node.iter)
    bind_members(judge, node.target, members)
    _repeat(walker, node.body)
    walker.block(node.orelse)


def _while(walker: Walker, node: ast.While) -> None:
    walker.judge.value(node.test)
    _repeat(walker, node.body)
    walker.block(node.orelse)


def _repeat(walker: Walker, body: Sequence[ast.stmt]) -> None:
    """Walk a loop's body; again where its first round taught something that the second one reads."""
    judge = walker.judge
    before = dict(judge.scope.names)
    for _ in range(2):
        after = walker.branch(body, frozenset())
        judge.scope.join(judge.scope.fork(), after)
        if judge.scope.names == before:
            return


def _with(walker: Walker, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        value = walker.judge.value(item.context_expr)
        if item.optional_vars is not None:
            bind(walker.judge, item.optional_vars, value, item.context_expr)
    walker.block(node.body)


def _try(walker: Walker, node: ast.Try | ast.TryStar) -> None:
    judge = walker.judge
    after = walker.branch([*node.body, *node.orelse], frozenset())
    for handler in node.handlers:
        scope = judge.scope.fork()
        with judge.in_scope(scope):
            judge.value(handler.type)
            walker.block(handler.body)
        if not _leaves(handler.body):
            joined = judge.scope.fork()
            joined.join(after, scope)
            after = joined
    judge.scope.adopt(after)
    walker.block(node.finalbody)


def _match(walker: Walker, node: ast.Match) -> None:
    judge = walker.judge
    judge.value(node.subject)
    subject = dotted(node.subject)
    for case in node.cases:
        plain = frozenset({subject}) if subject and _is_text_pattern(case.pattern) else frozenset()
        judge.value(case.guard)
        judge.scope.join(judge.scope.fork(), walker.branch(case.body, plain))


def _is_text_pattern(pattern: ast.pattern) -> bool:
    is_class = isinstance(pattern, ast.MatchClass) and dotted(pattern.cls) == "str"
    return is_class or (isinstance(pattern, ast.MatchAs) and pattern.pattern is not None and _is_text_pattern(pattern.pattern))  # fmt: skip


def _import(walker: Walker, node: ast.Import | ast.ImportFrom) -> None:
    walker.judge.facts.imports.update(imported(node))


def _class(walker: Walker, node: ast.ClassDef) -> None:
    judge = walker.judge
    judge.values([*node.decorator_list, *node.bases, *(word.value for word in node.keywords)])
    judge.facts.bases[node.name] = tuple(filter(None, map(dotted, node.bases)))
    scope = Scope(parent=judge.scope, class_name=node.name)
    with judge.in_scope(scope):
        walker.block(node.body)


def _function(walker: Walker, node: AnyFunction) -> None:
    judge = walker.judge
    judge.values([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
    in_class = judge.scope.class_name and not judge.scope.function
    owner = judge.scope.function or judge.scope.class_name
    arguments = [*node.args.posonlyargs, *node.args.args]
    if in_class and "staticmethod" not in map(dotted, node.decorator_list):
        arguments = arguments[1:]
    function = Function(
        key=f"{owner}.{node.name}" if owner else node.name,
        arguments=tuple(argument.arg for argument in arguments),
        rest=node.args.vararg.arg if node.args.vararg else "",
    )
    scope = Scope(
        # what a class body binds is not seen by name in its methods
        parent=judge.scope.parent if in_class else judge.scope,
        class_name=judge.scope.class_name,
        function=function.key,
    )
    for name, value in _arguments(judge.facts, node.args, function.key).items():
        scope.put(name, value)
    scope.classes = _classes(judge.facts, node.args)
    _register(walker, node, function, is_method=bool(in_class))
    walker.waiting.append((node, scope))


def _register(walker: Walker, node: AnyFunction, function: Function, *, is_method: bool) -> None:
    judge = walker.judge
    if not is_method:
        judge.scope.functions[node.name] = function
        return
    if any(dotted(each).rpartition(".")[2] in ("property", "cached_property") for each in node.decorator_list):  # fmt: skip
        return
    judge.facts.methods[function.key] = function


def _arguments(facts: Facts, arguments: ast.arguments, key: str) -> dict[str, Value | None]:
    """Judge a function's arguments: what a call in the module gives, else their annotation and name."""
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found: dict[str, Value | None] = {}
    for argument in named:
        given = facts.values.get(f"{key}:{argument.arg}")
        found[argument.arg] = given or origins.of_argument(
            argument.arg, facts.annotation(argument.annotation)
        )
    for rest in filter(None, (arguments.vararg, arguments.kwarg)):
        found[rest.arg] = container_of([facts.values.get(f"{key}:{rest.arg}")])
    return found


def _classes(facts: Facts, arguments: ast.arguments) -> dict[str, str]:
    """Name the class of the module that an argument's annotation names."""
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found = {
        arg.arg: sorted(facts.annotation(arg.annotation) & facts.bases.keys()) for arg in named
    }
    return {name: classes[0] for name, classes in found.items() if classes}


# Each walks the type that it stands under; Any, because no type says that of a dictionary.
WALKS: dict[type[ast.stmt], Callable[[Walker, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Expr: _expression,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.ClassDef: _class,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
}
