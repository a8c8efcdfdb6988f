"""DAG, configs and plugins -> Plan; every problem of one input at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from cursus.answers import ask
from cursus.binding import Binder, explicit_parameters
from cursus.config import match_nodes
from cursus.environment import with_environment
from cursus.errors import PlanError, Problem, raise_errors
from cursus.kernel.plan import Plan, PlannedStep
from cursus.layouts import DEFAULT, base_of, check_places
from cursus.paths import PipelineParameters
from cursus.step_names import same_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from cursus.config import ConfigEntry, ConfigFile
    from cursus.dag import PipelineDAG
    from cursus.kernel.plugins import OwnedStepType, Plugins
    from cursus.kernel.step_type import StepType


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What a plan is made for and with.

    `node_configs` maps DAG nodes to config keys, `bindings` maps "node.input" to "producer:output", an S3 URI or
    {"parameter": NAME}. A `lenient` plan is for an execution document: what a document does not need becomes a
    warning. `layout` names the rule of output paths (`cursus.layouts`).
    """

    parameters: PipelineParameters = field(default_factory=PipelineParameters)
    node_configs: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    lenient: bool = False
    source_root: Path | None = None
    layout: str = DEFAULT


def make_plan(
    dag: PipelineDAG,
    config_file: ConfigFile,
    plugins: Plugins,
    options: PlanOptions | None = None,
) -> Plan:
    """Plan every step of the DAG, or raise PlanError with every problem found."""
    plan = draft_plan(dag, config_file, plugins, options or PlanOptions())
    raise_errors(plan.warnings, PlanError)
    return plan


def draft_plan(
    dag: PipelineDAG, config_file: ConfigFile, plugins: Plugins, options: PlanOptions
) -> Plan:
    """Plan what can be planned; the errors stand among the plan's warnings, for a report with others."""
    return _Planner(dag, config_file, plugins, options).plan()


class _Planner:
    """Gathers problems while it plans; one object for one call of make_plan."""

    def __init__(
        self, dag: PipelineDAG, config_file: ConfigFile, plugins: Plugins, options: PlanOptions
    ) -> None:
        self.dag = dag
        self.config_file = config_file
        self.plugins = plugins
        self.options = options
        self.matched: dict[str, ConfigEntry] = {}
        self.problems: list[Problem] = [*dag.check(), *config_file.problems]

    def plan(self) -> Plan:
        entries = self._entries()
        sound = {
            n: self._step(n, own, e) for n, (own, e) in entries.items() if e.config is not None
        }
        for problem, in_document in same_names(sound.values()):
            self._add([problem], needed=in_document)
        self._add(check_places([*sound.values()], self.options.parameters.prefix), needed=False)
        faulty = self._faulty_steps(entries)
        other = [node for node in self.dag.nodes if node not in sound and node not in faulty]
        binder = Binder(
            steps={**sound, **faulty},
            entries=self.config_file.entries,
            extra=self.options.bindings,
            faulty=frozenset(faulty),
            unplanned={node: self._named_type(node) for node in other},
        )
        bound = binder.bind_all()
        steps = {node: bound[node] for node in sound}
        self._add(binder.problems, needed=False)
        if not self.options.lenient:
            for node, step in steps.items():
                steps[node], problems = with_environment(step, step.place)
                self._add(problems, needed=True)
        return Plan(
            dag=self.dag,
            steps=steps,
            parameters=self.options.parameters,
            warnings=tuple(dict.fromkeys(self.problems)),
            untyped={n: self.matched.get(n) for n in self.dag.nodes if n not in steps},
            config_file=self.config_file.path,
            source_root=self.options.source_root,
            extra_parameters=explicit_parameters(steps.values()),
            configs={k: e.config for k, e in self.config_file.entries.items() if e.config},
            invalid_configs={k: e for k, e in self.config_file.entries.items() if not e.config},
        )

    def _add(self, problems: Iterable[Problem], *, needed: bool) -> None:
        """Keep problems; those that the purpose does not need are warnings."""
        demote = self.options.lenient and not needed
        self.problems += [replace(p, severity="warning") if demote else p for p in problems]

    def _entries(self) -> dict[str, tuple[OwnedStepType, ConfigEntry]]:
        """Match nodes, in Kahn order, to config entries, and keep those whose class one plugin owns."""
        explicit = {**self.config_file.node_configs, **self.options.node_configs}
        order = dict.fromkeys([*self.dag.kahn_order(), *self.dag.nodes])
        entries = self.config_file.entries
        found, missing = match_nodes(order, entries, explicit, file=self.config_file.path)
        self.matched = found
        for node, problem in missing.items():
            documented = getattr(self._named_type(node), "documented", False)
            self._add([problem], needed=documented or node in explicit)
        for node in self.options.node_configs.keys() - set(self.dag.nodes):
            message = f"a config is chosen for {node}, which is not in the DAG"
            self._add([Problem(code="CUR0211", message=message, fix="mend the name")], needed=True)
        used = found.values() if self.options.lenient else entries.values()
        for entry in {entry.key: entry for entry in used}.values():
            self._add(entry.problems, needed=True)
        owners = {n: (self._owner(n, e), e) for n, e in found.items()}
        return {n: (owned, entry) for n, (owned, entry) in owners.items() if owned is not None}

    def _owner(self, node: str, entry: ConfigEntry) -> OwnedStepType | None:
        owned = self.plugins.owner_of_class(entry.class_name)
        if owned is None:
            claimed = entry.class_name in self.plugins.classes
            who = "two plugins claim" if claimed else "no plugin owns"
            code = "CUR0403" if claimed else "CUR0402"
            message = f"step {node}: {who} its class {entry.class_name}"
            why = self.plugins.why_not(entry.class_name)
            found = Problem(code=code, message=message, fix=why, place=entry.place, node=node)
            self._add([found], needed=claimed)
        return owned

    def _named_type(self, node: str) -> StepType[Any] | None:
        """Give the step type of a node without a sound config, by its name."""
        names = {node, node.partition("_")[0], node.partition("-")[0]}
        return next((s for name, s in self.plugins.step_types.items() if name in names), None)

    def _step(self, node: str, owned: OwnedStepType, entry: ConfigEntry) -> PlannedStep:
        step_type, config = owned.step_type, cast("BaseModel", entry.config)
        suffix = ask(owned.plugin, "suffix", step_type.suffix, config)
        name = f"{step_type.name}-{suffix}" if suffix else step_type.name
        step = PlannedStep(
            node=node,
            name=getattr(config, "step_name_override", None) or name,
            step_type=step_type,
            plugin=owned.plugin,
            config=config,
            config_key=entry.key,
            dependencies=tuple(self.dag.get_dependencies(node)),
            unknown_fields=entry.unknown,
            layout=self.options.layout,
            place=entry.place,
        )
        base = base_of(step, self.options.parameters.prefix)
        build = self.plugins.build_output_path
        return replace(
            step, outputs={out.name: build(step, out, base) for out in step_type.outputs}
        )

    def _faulty_steps(
        self, entries: Mapping[str, tuple[OwnedStepType, ConfigEntry]]
    ) -> dict[str, PlannedStep]:
        """Plan steps of invalid configs, for their other problems alone: their own error ends the planning."""
        steps = {}
        invalid = {n: pair for n, pair in entries.items() if pair[1].config is None}
        for node, (owned, entry) in invalid.items():
            values = owned.step_type.config.model_construct(**entry.fields)
            if isinstance(getattr(values, "job_type", ""), str | None):
                with suppress(Exception):  # plugin code meets values that no validation has seen
                    steps[node] = self._step(node, owned, replace(entry, config=values))
        return steps
