"""A plan's parts of the execution document: which steps are in it, under which names, with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.document.contents import doubts
from cursus.document.helper import (
    HelperError,
    answer_of,
    as_json_object,
    raw_config,
    takes,
)
from cursus.document.step_types import (
    DOCUMENTED,
    document_step_type,
    means_training,
    named_step_type,
    untyped_node,
)
from cursus.errors import (
    CursusError,
    InvalidInputError,
    Place,
    PluginError,
    Problem,
    RunTimeValueError,
    cause_of,
    errors_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cursus.config import ConfigEntry
    from cursus.document.helper import ExecutionDocumentHelper, RawConfig
    from cursus.document.step_types import UntypedNode
    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.plugins import Plugins

EXTRACT = "cursus_extract_step_config"
ABOUT_OTHERS = frozenset(
    {"CUR0521", "CUR0522"}
)  # what a step lacks where another's config is faulty


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One DAG node's part: its key in the document, other keys that mean it, its STEP_TYPE and STEP_CONFIG.

    A `step_config` of None: the step is not in the document.
    """

    node: str
    key: str
    other_keys: frozenset[str] = frozenset()
    step_type: str | list[str] = ""
    step_config: dict[str, Any] | None = None

    @property
    def own_keys(self) -> set[str]:
        """Give the names that are the step's alone: its pipeline step name and its DAG node's."""
        return {self.key, self.node}


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """Whose part is being made, for what is said of it; `plugin` owns its class, "" where none does."""

    node: str
    name: str
    config_key: str
    place: Place
    plugin: str = ""


@dataclass(slots=True, kw_only=True)
class Extraction:
    """Asks helpers and plugins for every step's part; gathers what went wrong (`problems`) or is doubtful (`warnings`).

    The last helper is asked first, and all before the plugins. A plan that has errors is asked for what else is wrong.
    """

    plan: Plan
    plugins: Plugins
    helpers: Sequence[ExecutionDocumentHelper] = ()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    faulty: frozenset[str] = frozenset()

    def parts(self) -> list[Part]:
        """Give a part for every node, in Kahn order of the DAG."""
        self.faulty = _faulty_nodes(self.plan)
        steps = self.plan.steps
        return [
            self._planned(steps[node]) if node in steps else self._untyped(node)
            for node in self.plan.dag.kahn_order()
        ]

    def _planned(self, step: PlannedStep) -> Part:
        suffix = step.step_type.suffix(step.config) or ""
        names = (name.replace("{suffix}", suffix) for name in step.step_type.document_names)
        about = _About(
            node=step.node,
            name=step.name,
            config_key=step.config_key,
            place=step.place,
            plugin=step.plugin,
        )
        return Part(
            node=step.node,
            key=step.name,
            other_keys=frozenset(names),
            step_type=document_step_type(step.step_type),
            step_config=self._gathered(about, lambda: self._answer(step)),
        )

    def _answer(self, step: PlannedStep) -> dict[str, Any] | None:
        for helper in reversed(self.helpers):
            if takes(helper, step.node, step.config):
                return answer_of(helper, step.node, step.config)
        found = self.plugins.extract_step_config(step, self.plan)
        if found is None:
            return {} if step.step_type.job.kind == "training" else None
        self.warnings += self._own(step.node, doubts(step, self.plan))
        try:
            return as_json_object(found)
        except (TypeError, ValueError, RecursionError) as exc:
            raise PluginError(step.plugin, EXTRACT, exc) from exc

    def _gathered(
        self, about: _About, make: Callable[[], dict[str, Any] | None]
    ) -> dict[str, Any] | None:
        try:
            return make()
        except InvalidInputError as exc:
            self.problems += self._own(about.node, exc.problems)
        except RunTimeValueError as exc:
            self.problems.append(_no_prefix(about, exc))
        except CursusError as exc:
            self.problems.append(_failed(about, exc))
        return None

    def _own(self, node: str, problems: Sequence[Problem]) -> list[Problem]:
        """Leave out what only follows from a faulty step before this one."""
        before = self.plan.ancestors(node) if self.faulty and problems else ()
        follows = () if self.faulty.isdisjoint(before) else ABOUT_OTHERS
        return [problem for problem in problems if problem.code not in follows]

    def _untyped(self, node: str) -> Part:
        """Take an unplanned node by its config entry, or its name: a Training step has an entry without any config."""
        found = untyped_node(node, self.plan.untyped.get(node))
        if node in self.faulty:
            return Part(node=node, key=found.key)
        content = self._helped(found)
        if content is None and means_training(found.name, self.plugins.step_types):
            content = {}
        kind = named_step_type(found.name, self.plugins.step_types)
        return Part(node=node, key=found.key, step_type=kind, step_config=content)

    def _helped(self, found: UntypedNode) -> dict[str, Any] | None:
        """Ask helpers for a node that no plugin answers for; one that must be in the document needs an answer."""
        entry = found.entry
        config = raw_config(entry) if entry is not None and self.helpers else None
        helper = next((h for h in reversed(self.helpers) if self._takes(h, found, config)), None)
        if helper is None:
            known = self.plugins.step_types.get(found.name)
            if found.name in DOCUMENTED or (known is not None and known.documented):
                self.problems.append(_unowned(found, self.plan, self.plugins))
            return None
        if entry is None:
            self.problems.append(_without_config(helper, found.node))
            return None
        about = _About(node=found.node, name=found.key, config_key=entry.key, place=entry.place)
        return self._gathered(about, lambda: answer_of(helper, found.node, config))

    def _takes(
        self, helper: ExecutionDocumentHelper, found: UntypedNode, config: RawConfig | None
    ) -> bool:
        try:
            return takes(helper, found.node, config)
        except HelperError as exc:
            if found.entry is None:
                self.problems.append(_refused_none(found.node, exc))
            else:
                why_not = self.plugins.why_not(found.entry.class_name)
                self.warnings.append(_not_asked(found.node, found.entry, why_not, exc))
            return False


def _faulty_nodes(plan: Plan) -> frozenset[str]:
    """Give the nodes that an error of the plan speaks of: nothing more is to be said of them."""
    named = {problem.node for problem in errors_of(plan.warnings) if problem.node is not None}
    entries = plan.untyped.items()
    return frozenset(named | {n for n, e in entries if e is not None and errors_of(e.problems)})


def _failed(about: _About, exc: CursusError) -> Problem:
    cause = exc.cause if isinstance(exc, PluginError) else exc
    what = f"{cause}" if isinstance(cause, (CursusError, ValueError)) else f"{exc}"
    fix = f"mend the config {about.config_key}, or report it to the team of {about.plugin}"
    if isinstance(exc, HelperError):
        fix = f"mend {exc.method} of {exc.helper}, or the config {about.config_key}"
    return Problem(
        code="CUR0503",
        message=f"the STEP_CONFIG of step {about.name} cannot be made: {what}",
        fix=fix,
        place=about.place,
    )


def _no_prefix(about: _About, exc: RunTimeValueError) -> Problem:
    return Problem(
        code="CUR0510",
        message=f"step {about.name} needs a location, and a document holds values: {exc}",
        fix="give the prefix that counts, as in --prefix s3://bucket/folder",
        place=about.place,
    )


def _unowned(found: UntypedNode, plan: Plan, plugins: Plugins) -> Problem:
    """Say what the plan says of the class of its config; without a config, what the node's name means."""
    told = [w for w in plan.warnings if w.code == "CUR0402" and w.node == found.node]
    if told:
        what, fix = told[0].message.removeprefix(f"step {found.node}: "), told[0].fix
    elif found.name in plugins.step_types:
        what, fix = "no config stands for it", f"give it a {found.name} config"
    else:
        what, fix = "no plugin owns its step type", plugins.why_not(f"{found.name}Config")
    message = f"step {found.node} must be in the document, but {what}"
    place = Place(file=plan.config_file)
    return Problem(code="CUR0511", message=message, fix=fix, place=place)


def _without_config(helper: object, node: str) -> Problem:
    return Problem(
        code="CUR0513",
        message=f"{type(helper).__name__} answers for node {node}, which has no config",
        fix=f"add the config {node} to the config file",
    )


def _refused_none(node: str, exc: HelperError) -> Problem:
    return Problem(
        code="CUR0503",
        message=f"helper {exc.helper} failed on node {node}, which has no config: {cause_of(exc.cause)}",
        fix=f"let {exc.method} of {exc.helper} take None as config, or add the config {node} to the config file",
    )


def _not_asked(node: str, entry: ConfigEntry, why_not: str, exc: HelperError) -> Problem:
    """Warn of a helper that cannot read the bare fields of a config: its class, which is missing, has defaults."""
    return Problem(
        code="CUR0503",
        message=f"helper {exc.helper} could not say whether it answers for node {node}; no plugin owns its class "
        f"{entry.class_name}, so it was asked with the bare fields of the file: {cause_of(exc.cause)}",
        fix=f"{why_not}; or let {exc.method} of {exc.helper} take a config without defaults",
        place=entry.place,
        severity="warning",
    )
