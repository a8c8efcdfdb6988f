"""What holds in a whole module, learnt while it is walked: imports, attributes, arguments, results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cursus.lint.names import annotation_names
from cursus.lint.origins import CONFIG_CLASS, SDK_TYPES
from cursus.lint.value import Value, either, holds_run_time

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from cursus.lint.scope import Function


NO_NAMES: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Facts:
    """Facts of a module; they only grow, so that walking it again ends when nothing is new.

    Attributes, arguments and results are keyed `Class.name`, `function:argument` and `function`.
    """

    imports: dict[str, str] = field(default_factory=dict)
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    methods: dict[str, Function] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    values: dict[str, Value] = field(default_factory=dict)
    annotations: dict[ast.expr, frozenset[str]] = field(default_factory=dict)
    grown: bool = False

    def full_name(self, name: str) -> str:
        """Replace the first part of a dotted name by what was imported under it."""
        first, dot, rest = name.partition(".")
        return self.imports.get(first, first) + dot + rest

    def learn(self, key: str, value: Value | None) -> None:
        """Keep that something can hold this value; what can be a parameter stays so."""
        if value is None:
            return
        known = self.values.get(key)
        better = value if known is None else either(known, value)
        if better is None or (known is not None and known.kind == better.kind):
            return
        if holds_run_time(known) and not holds_run_time(better):
            return
        self.values[key] = better
        self.grown = True

    def family(self, class_name: str) -> Iterator[str]:
        """Give a class and its ancestors in the module, each once."""
        waiting, seen = [class_name], set()
        while waiting:
            name = waiting.pop(0)
            if name and name not in seen:
                seen.add(name)
                yield name
                waiting += self.bases.get(name, ())

    def is_config(self, class_name: str) -> bool:
        """Say whether a class is a config by its name or that of an ancestor."""
        return any(CONFIG_CLASS.search(name) for name in self.family(class_name))

    def annotation(self, annotation: ast.expr | None) -> frozenset[str]:
        """Collect an annotation's names; those that others use too only where they are the SDK's."""
        if annotation is None:
            return NO_NAMES
        known = self.annotations.get(annotation)
        if known is None:
            known = self.annotations[annotation] = self._names_of(annotation)
        return known

    def _names_of(self, annotation: ast.expr) -> frozenset[str]:
        names = annotation_names(annotation)
        shared = names & SDK_TYPES
        ours = {name for name in shared if self.imports.get(name, "").startswith("sagemaker")}
        return names - (shared - ours)

    def attribute(self, class_name: str, name: str) -> Value | None:
        """Give what is known of an attribute or property of a class."""
        keys = [f"{owner}.{name}" for owner in self.family(class_name)]
        return next((self.values[key] for key in keys if key in self.values), None)

    def method(self, class_name: str, name: str, *, inherited: bool = False) -> Function | None:
        """Find a method of a class or its ancestors, or of its ancestors alone."""
        keys = [f"{owner}.{name}" for owner in self.family(class_name)][int(inherited) :]
        return next((self.methods[key] for key in keys if key in self.methods), None)
