"""What differs between two definitions in meaning: order, and the hashes of code bundles, say nothing by themselves."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cursus.pipeline.marked import CLOSE, OPEN, marked, plain, spelled
from cursus.pipeline.renaming import likely_renames
from cursus.pipeline.view import leaves, port_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cursus.pipeline.view import DefinitionView, StepView

Kind = Literal[
    "parameter",
    "step added",
    "step removed",
    "step renamed",
    "type",
    "wiring",
    "depends on",
    "image",
    "instance",
    "environment",
    "argument",
    "setting",
    "definition",
    "code",
]
BUNDLE = re.compile(r"([^\s\"]*)/([0-9a-f]{64})(?=[/\"]|$)")
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("image", re.compile(r"(^|\.)(ImageUri|TrainingImage|Image)$")),
    (
        "instance",
        re.compile(r"(^|\.)(ClusterConfig|ResourceConfig|TransformResources|InstanceType)\b"),
    ),
    ("environment", re.compile(r"(^|\.)Environment(\.|$)")),
    ("setting", re.compile(r"(CacheConfig|RetryPolicies|PropertyFiles)\b")),
)
STEP = f"{OPEN}Steps."
RENAMED = re.compile(rf"{re.escape(STEP)}([\w-]+)")
OWN = ("Version", "Metadata", "PipelineExperimentConfig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: `before` and `after` as people read them, None where there is nothing.

    `step` is the step's present name ("" for the whole definition), `path` names the items of lists. A change of
    code names its bundles' hashes and, in `steps`, who uses them.
    """

    kind: Kind
    step: str = ""
    path: str = ""
    before: str | None = None
    after: str | None = None
    steps: tuple[str, ...] = ()


def differences(before: DefinitionView, after: DefinitionView) -> list[Change]:
    """List what differs, in the order of a report; empty where both mean the same."""
    renames = likely_renames(before, after)
    comparison = _Comparison(before=before, after=after, renames=renames)
    return [
        *_members(before, after),
        *_parameters(before, after),
        *comparison.steps(),
        *comparison.changes(),
        *comparison.code(),
    ]


def _members(before: DefinitionView, after: DefinitionView) -> Iterator[Change]:
    one, other = (
        {
            leaf.path: marked(leaf.value)
            for leaf in leaves({name: view.data.get(name) for name in OWN})
        }
        for view in (before, after)
    )
    for path in _different(one, other):
        left, right = _ends(one.get(path), other.get(path))
        yield Change(kind="definition", path=path, before=left, after=right)


def _parameters(before: DefinitionView, after: DefinitionView) -> Iterator[Change]:
    for name in sorted(before.parameters.keys() | after.parameters.keys()):
        one, other = (_facts(view.parameters.get(name)) for view in (before, after))
        if one != other:
            left, right = (_facts_text(facts, plain) for facts in (one, other))
            if left == right:
                left, right = (_facts_text(facts, spelled) for facts in (one, other))
            yield Change(kind="parameter", path=name, before=left, after=right)


def _facts(parameter: Mapping[str, object] | None) -> dict[str, str] | None:
    if parameter is None:
        return None
    return {name: marked(parameter[name]) for name in sorted(parameter) if name != "Name"}


def _facts_text(facts: Mapping[str, str] | None, written: Callable[[str], str]) -> str | None:
    if facts is None:
        return None
    return ", ".join(f"{name} {written(text)}" for name, text in facts.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """Two definitions and the steps of the first that have another name in the second."""

    before: DefinitionView
    after: DefinitionView
    renames: Mapping[str, tuple[str, float]]

    def steps(self) -> Iterator[Change]:
        """Give the steps that are gone, new, or likely to have another name."""
        renamed = {new for new, _ in self.renames.values()}
        for name in sorted(self.before.steps.keys() - self.after.steps.keys()):
            if name in self.renames:
                new, share = self.renames[name]
                same = f"{share:.0%} of its values are the same"
                yield Change(kind="step renamed", step=new, path=same, before=name, after=new)
            else:
                kind = self.before.steps[name].type
                yield Change(kind="step removed", step=name, before=kind)
        for name in sorted(self.after.steps.keys() - self.before.steps.keys() - renamed):
            yield Change(kind="step added", step=name, after=self.after.steps[name].type)

    def changes(self) -> Iterator[Change]:
        """Give what changed inside the steps that both have."""
        for old, new in self._pairs():
            one, other = self.before.steps[old], self.after.steps[new]
            if one.type != other.type:
                yield Change(kind="type", step=new, before=one.type, after=other.type)
            yield from self._depends_on(one, other)
            yield from self._values(one, other)

    def code(self) -> Iterator[Change]:
        """Give each bundle that took another's place, and each code location that did, once."""
        hashes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        folders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for old, new in self._pairs():
            one, other = _texts(self.before.steps[old], {}), _texts(self.after.steps[new], {})
            for path in one.keys() & other.keys():
                bundles = zip(BUNDLE.findall(one[path]), BUNDLE.findall(other[path]), strict=False)
                for (folder, name), (new_folder, new_name) in bundles:
                    folders[folder, new_folder].add(new)
                    hashes[name, new_name].add(new)
        yield from _replaced(folders, "location")
        yield from _replaced(hashes, "bundle")

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in self.before.steps:
            new = self.renames[name][0] if name in self.renames else name
            if new in self.after.steps:
                yield name, new

    def _depends_on(self, one: StepView, other: StepView) -> Iterator[Change]:
        before = {self._now(name) for name in one.depends_on}
        after = set(other.depends_on)
        for name in sorted(before - after):
            yield Change(kind="depends on", step=other.name, before=name)
        for name in sorted(after - before):
            yield Change(kind="depends on", step=other.name, after=name)

    def _values(self, one: StepView, other: StepView) -> Iterator[Change]:
        names = {old: new for old, (new, _) in self.renames.items()}
        before, after = _texts(one, names), _texts(other, {})
        blank_before, blank_after = _without_bundles(before), _without_bundles(after)
        for path in _different(blank_before, blank_after):
            left, right = _ends(before.get(path), after.get(path))
            yield Change(
                kind=_kind(path, before.get(path, ""), after.get(path, "")),
                step=other.name,
                path=port_name(path),
                before=left,
                after=right,
            )

    def _now(self, name: str) -> str:
        return self.renames[name][0] if name in self.renames else name


def _texts(step: StepView, renames: Mapping[str, str]) -> dict[str, str]:
    """Give every value of a step as marked text by its path, steps under their present names."""
    found = {}
    for leaf in step.leaves():
        text = marked(leaf.value)
        if renames and STEP in text:
            text = RENAMED.sub(lambda m: STEP + renames.get(m[1], m[1]), text)
        found[leaf.path] = text
    return found


def _replaced(users: Mapping[tuple[str, str], set[str]], what: str) -> Iterator[Change]:
    for (left, right), steps in sorted(users.items(), key=lambda item: (sorted(item[1]), item[0])):
        if left != right:
            names = tuple(sorted(steps))
            one, other = _ends(left, right)
            yield Change(kind="code", path=what, before=one, after=other, steps=names)


def _ends(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Write two marked texts that differ as a person reads them, so that these differ too."""
    if before is None or after is None:
        return before and plain(before), after and plain(after)
    if plain(before) == plain(after):
        return spelled(before), spelled(after)
    return plain(before), plain(after)


def _without_bundles(texts: Mapping[str, str]) -> dict[str, str]:
    return {path: BUNDLE.sub(f"{OPEN}code{CLOSE}", text) for path, text in texts.items()}


def _different(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def _kind(path: str, before: str, after: str) -> Kind:
    if STEP in before or STEP in after:
        return "wiring"
    return next((kind for kind, form in KINDS if form.search(path)), "argument")
