"""Discover plugins, check them, isolate the broken ones, report all, and call their hooks."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import importlib_metadata
import pluggy

from cursus.answers import ask, ask_hook, checked, distribution_of, warn
from cursus.declaration import checked_step_types
from cursus.distributions import CORE, check_core_requirement, home_of
from cursus.errors import PluginError, cause_of
from cursus.kernel import builtin, hookspecs
from cursus.paths import OutputPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from cursus.isolation import ScriptResult, ScriptRun
    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.step_type import Output, StepType

GROUP = "cursus"
DISABLE = "CURSUS_DISABLE_PLUGINS"
STRICT = "CURSUS_STRICT_PLUGINS"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginReport:
    """What became of one plugin; its identity is its distribution, `reason` says why it is not active."""

    distribution: str
    version: str
    entry_point: str
    status: Literal["active", "broken", "disabled"]
    step_types: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedStepType:
    """A step type and the distribution that owns it."""

    step_type: StepType[Any]
    plugin: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """All plugins found: their reports, their step types, and the way to call their hooks."""

    reports: tuple[PluginReport, ...]
    manager: pluggy.PluginManager
    owners: Mapping[str, tuple[OwnedStepType, ...]] = field(default_factory=dict)
    classes: Mapping[str, tuple[OwnedStepType, ...]] = field(default_factory=dict)

    @property
    def step_types(self) -> dict[str, StepType[Any]]:
        """Give the step types that exactly one plugin claims, by name."""
        single = {name: owned[0] for name, owned in self.owners.items() if len(owned) == 1}
        return {name: owned.step_type for name, owned in sorted(single.items())}

    def config_classes(self) -> dict[str, type[BaseModel]]:
        """Give the config class for each class name and alias that exactly one step type has."""
        single = {name: owned[0] for name, owned in self.classes.items() if len(owned) == 1}
        return {name: owned.step_type.config for name, owned in single.items()}

    def owner_of_class(self, class_name: str) -> OwnedStepType | None:
        """Give the step type of a config class name; None where none or more than one has it."""
        owned = self.classes.get(class_name, ())
        return owned[0] if len(owned) == 1 else None

    def why_not(self, class_name: str) -> str:
        """Say why no step type stands for a config class name, and what to do."""
        claims = self.classes.get(class_name, ())
        if claims:
            names = " and ".join(f"{c.plugin} {c.version} ({c.step_type.name})" for c in claims)
            return f"both {names} claim it; uninstall one, or set {DISABLE} to its name"
        home = home_of(class_name)
        states = {r.distribution: r for r in self.reports if r.status != "active"}
        if home is not None and home not in states:
            return f"install the plugin that has it: pip install {home}"
        unused = [states[home]] if home is not None else list(states.values())
        notes = "; ".join(f"{r.distribution} is {r.status}: {r.reason}" for r in unused)
        return notes or "install the plugin that has it, or mend the class name"

    def pipelines(self) -> list[tuple[str, Any]]:
        """Give what each plugin contributes to the catalog, with its distribution; a failing one is logged."""
        found: list[tuple[str, Any]] = []
        for implementation in self.manager.hook.cursus_pipelines.get_hookimpls():
            owner, what = distribution_of(implementation.plugin_name), "cursus_pipelines"
            try:
                answer = checked(
                    owner, what, ask(owner, what, implementation.function), list, tuple
                )
            except PluginError as failure:
                warn(failure)
            else:
                found.extend((owner, entry) for entry in answer)
        return found

    def extract_step_config(self, step: PlannedStep, plan: Plan) -> Mapping[str, Any] | None:
        """Ask for a step's STEP_CONFIG; None: the step is not in the execution document."""
        hook = self.manager.hook.cursus_extract_step_config
        result: Mapping[str, Any] | None = ask_hook(hook, (Mapping, type(None)), step, plan=plan)
        return result

    def build_output_path(self, step: PlannedStep, output: Output, base: OutputPath) -> OutputPath:
        """Ask for the location of one output."""
        hook = self.manager.hook.cursus_build_output_path
        path: OutputPath = ask_hook(hook, (OutputPath,), step, output=output, base=base)
        return path

    def test_script(self, step: PlannedStep, run: ScriptRun) -> ScriptResult:
        """Ask for a run of a step's script."""
        from cursus.isolation import ScriptResult

        hook = self.manager.hook.cursus_test_script
        result: ScriptResult = ask_hook(hook, (ScriptResult,), step, run=run)
        return result


def load_plugins() -> Plugins:
    """Discover every installed plugin; a broken one is reported and leaves the others working.

    `CURSUS_DISABLE_PLUGINS` (distribution names, comma-separated) names plugins that are not imported;
    `CURSUS_STRICT_PLUGINS=1` raises PluginError for the first broken one.
    """
    manager = _new_manager()
    reports = []
    owned: list[OwnedStepType] = []
    for entry_point in _entry_points():
        report, step_types = _load(entry_point, manager)
        reports.append(report)
        about = {"plugin": report.distribution, "version": report.version}
        owned.extend(OwnedStepType(step_type=step_type, **about) for step_type in step_types)
    manager.register(builtin, name=f"{CORE}/builtin")
    return Plugins(
        reports=tuple(reversed(reports)),
        manager=manager,
        owners=_grouped((own.step_type.name, own) for own in owned),
        classes=_grouped((name, own) for own in owned for name in _class_names(own.step_type)),
    )


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _entry_points() -> list[importlib_metadata.EntryPoint]:
    """Sort in reverse: pluggy calls the last one registered first, so hooks are asked in alphabetical order."""
    found = importlib_metadata.entry_points(group=GROUP)
    return sorted(found, key=_plugin_name, reverse=True)


def _plugin_name(entry_point: importlib_metadata.EntryPoint) -> str:
    name = entry_point.dist.name if entry_point.dist is not None else "unknown"
    return f"{name.lower().replace('_', '-')}/{entry_point.name}"


def _load(
    entry_point: importlib_metadata.EntryPoint, manager: pluggy.PluginManager
) -> tuple[PluginReport, list[StepType[Any]]]:
    name = distribution_of(_plugin_name(entry_point))
    report = PluginReport(
        distribution=name,
        version=getattr(entry_point.dist, "version", None) or "unknown",
        entry_point=f"{entry_point.name} = {entry_point.value}",
        status="active",
    )
    if name in os.environ.get(DISABLE, "").lower().replace("_", "-").replace(" ", "").split(","):
        return replace(report, status="disabled", reason=f"switched off by {DISABLE}"), []
    try:
        check_core_requirement(entry_point.dist)
        with redirect_stdout(sys.stderr):  # what a plugin prints is no result of ours
            plugin: object = entry_point.load()  # type: ignore[no-untyped-call]
            step_types = _own_step_types(plugin)
        manager.register(plugin, name=_plugin_name(entry_point))
    except (Exception, SystemExit) as exc:  # the guard around plugin code
        if os.environ.get(STRICT) == "1":
            raise PluginError(name, "discovery", exc) from exc
        return replace(report, status="broken", reason=cause_of(exc)), []
    names = tuple(sorted(step_type.name for step_type in step_types))
    return replace(report, step_types=names), step_types


def _own_step_types(plugin: object) -> list[StepType[Any]]:
    """Register the plugin with a manager of its own, so that its faults are found and touch no other."""
    manager = _new_manager()
    manager.register(plugin)
    manager.check_pending()
    answers = manager.hook.cursus_step_types()
    return [step_type for answer in answers for step_type in checked_step_types(answer)]


def _class_names(step_type: StepType[Any]) -> set[str]:
    return {f"{step_type.name}Config", step_type.config.__name__, *step_type.aliases}


def _grouped(pairs: Iterable[tuple[str, OwnedStepType]]) -> dict[str, tuple[OwnedStepType, ...]]:
    groups: dict[str, list[OwnedStepType]] = defaultdict(list)
    for name, owned in pairs:
        groups[name].append(owned)
    return {name: tuple(reversed(members)) for name, members in groups.items()}
