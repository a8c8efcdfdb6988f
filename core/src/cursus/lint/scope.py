"""The names of a module, function or comprehension, and what is known of their values at one point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cursus.lint.value import Value, either, holds_run_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the linted module: its key (`Class.method`, `outer.inner`) its arguments in order, and `*rest`."""

    key: str
    arguments: tuple[str, ...]
    rest: str = ""


@dataclass(slots=True, kw_only=True)
class Scope:
    """Values by name; a dotted name such as `self.config.prefix` or `paths["data"]` is a name too.

    `names` is read by anyone and written by the methods alone: `touched` are those written since the scope was forked,
    and `members` has the names below each name, also such as are gone; forks share it.
    """

    parent: Scope | None = None
    class_name: str = ""
    function: str = ""
    names: dict[str, Value | None] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    def chain(self) -> Iterator[Scope]:
        """Give this scope and those around it, from the inside."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def knows(self, name: str) -> bool:
        """Say whether the name was given a value, known or not."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.parent
        return False

    def value(self, name: str) -> Value | None:
        """Give what is known of a name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def find_function(self, name: str) -> Function | None:
        """Find the function of the module that a name means."""
        found = (scope.functions[name] for scope in self.chain() if name in scope.functions)
        return next(found, None)

    def class_of(self, name: str) -> str:
        """Name the class whose instance a name is, where that is known; else the name may be a class itself."""
        found = (scope.classes[name] for scope in self.chain() if name in scope.classes)
        return next(found, name)

    def bind(self, name: str, value: Value | None) -> None:
        """Give a name a value; what was known of its attributes and members is gone."""
        if name in self.members:
            self._forget_below(name)
        self.put(name, value)

    def put(self, name: str, value: Value | None) -> None:
        """Give a name a value; what is known of its attributes and members stays."""
        self.names[name] = value
        self.touched.add(name)
        while parent := _parent(name):
            siblings = self.members.setdefault(parent, set())
            if name in siblings:
                return
            siblings.add(name)
            name = parent

    def _forget_below(self, name: str) -> None:
        for member in self.members.get(name, ()):
            if self.names.pop(member, self) is not self:
                self.touched.add(member)
            self._forget_below(member)

    def inner(self, *, function: str = "") -> Scope:
        """Open a scope inside this one."""
        return Scope(parent=self, class_name=self.class_name, function=function or self.function)

    def fork(self) -> Scope:
        """Copy the scope for one of several ways that the code can take."""
        return Scope(
            parent=self.parent,
            class_name=self.class_name,
            function=self.function,
            names=dict(self.names),
            members=self.members,
            functions=self.functions,
            classes=self.classes,
        )

    def part(self, roots: Iterable[str]) -> Scope:
        """Copy what is known of these names and of all below them."""
        scope = Scope(
            parent=self.parent,
            class_name=self.class_name,
            function=self.function,
            functions=self.functions,
            classes=self.classes,
        )
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name in self.names:
                scope.put(name, self.names[name])
            waiting += self.members.get(name, ())
        return scope

    def adopt(self, fork: Scope) -> None:
        """Take what is known after the one way that leads on."""
        self.names = fork.names
        self.touched |= fork.touched

    def join(self, one: Scope, other: Scope) -> None:
        """Take what is known after either of two ways, both forks of this; plain on one way alone is not known."""
        for name in one.touched | other.touched:
            self.touched.add(name)
            if name in one.names and name in other.names:
                self.names[name] = either(one.names[name], other.names[name])
                continue
            value = one.names.get(name, other.names.get(name))
            if holds_run_time(value):
                self.names[name] = value
            else:
                self.names.pop(name, None)


def _parent(name: str) -> str:
    """Give what an attribute or member belongs to; "" for a name without either."""
    return name[: max(name.rfind("."), name.rfind("["), 0)]
