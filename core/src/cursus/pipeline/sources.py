"""Find the script and the source folder of a step: the user's own, or the script that the plugin ships."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cursus.errors import DefinitionError, Place, Problem
from cursus.paths import S3_SCHEME

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.step_type import Script
    from cursus.paths import SourceFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSource:
    """A step's code before it is bundled.

    `folder` is the user's source folder where it exists; `script` is the shipped script where that one runs, and
    None where the entry point is a file of the folder.
    """

    entry_point: str
    folder: Path | None
    script: Path | None
    warnings: tuple[Problem, ...] = ()

    @property
    def path(self) -> Path | None:
        """Give the file that runs, where it stands before it is bundled."""
        if self.script is not None or self.folder is None:
            return self.script
        return self.folder / self.entry_point


def find_source(step: PlannedStep, plan: Plan) -> StepSource:
    """Find what a step's job runs; DefinitionError where there is nothing or the name is unknown."""
    job = step.step_type.job
    named: str | None = step.attribute(job.entry_point)
    given: str | None = step.attribute(job.source_dir)
    if named is not None and not _is_below(named):
        raise DefinitionError([_outside(step, plan, named)])
    if given is not None and given.startswith(S3_SCHEME):
        raise DefinitionError([_on_s3(step, plan, given, job.source_dir)])
    folder = None if given is None else find_folder(given, plan)
    if named is not None and folder is not None and _holds(folder, named):
        return StepSource(entry_point=PurePosixPath(named).as_posix(), folder=folder, script=None)
    shipped = _shipped_for(step, plan, named)
    warnings = _doubts(step, plan, folder, shipped)
    return StepSource(entry_point=shipped.name, folder=folder, script=shipped, warnings=warnings)


def find_folder(given: str, plan: Plan) -> Path | None:
    """Look up a source folder: under the source root, else the config file's folder and its parents."""
    path = Path(given)
    if path.is_absolute():
        return path if path.is_dir() else None
    return next((root / path for root in _roots(plan) if (root / path).is_dir()), None)


def find_scripts_folder(step: PlannedStep, source: SourceFolder, plan: Plan) -> StepSource:
    """Find the folder that an input names, else the shipped script that stands for it."""
    if source.folder is not None and source.folder.startswith(S3_SCHEME):
        raise DefinitionError([_on_s3(step, plan, source.folder)])
    folder = None if source.folder is None else find_folder(source.folder, plan)
    if folder is not None:
        return StepSource(entry_point="", folder=folder, script=None)
    if source.fallback is None:
        raise DefinitionError([_no_folder(step, plan, source.folder)])
    script = _script_path(step, plan, source.fallback)
    warnings = (
        () if source.folder is None else (_scripts_instead(step, plan, source.folder, script),)
    )
    return StepSource(entry_point=script.name, folder=None, script=script, warnings=warnings)


def config_place(step: PlannedStep, plan: Plan, field: str = "") -> Place:
    """Give the place of a field in the step's config entry."""
    path = f"$.configuration.specific.{step.config_key}"
    return Place(file=plan.config_file, path=f"{path}.{field}" if field else path)


def _roots(plan: Plan) -> tuple[Path, ...]:
    if plan.source_root is not None:
        return (plan.source_root.absolute(),)
    if plan.config_file is None:
        return ()
    return tuple(plan.config_file.absolute().parents)


def _holds(folder: Path, entry_point: str) -> bool:
    return _is_below(entry_point) and (folder / entry_point).is_file()


def _is_below(entry_point: str) -> bool:
    path = PurePosixPath(entry_point)
    return not path.is_absolute() and ".." not in path.parts and "://" not in entry_point


def _shipped_for(step: PlannedStep, plan: Plan, named: str | None) -> Path:
    script = step.step_type.script
    if script is None:
        raise DefinitionError([_no_script(step, plan, named)])
    known = (script.file, *script.older_names)
    if named is not None and PurePosixPath(named).name not in known:
        raise DefinitionError([_unknown_entry_point(step, plan, named, known)])
    return _script_path(step, plan, script)


def _script_path(step: PlannedStep, plan: Plan, script: Script) -> Path:
    path = script.path()
    if path is None:
        raise DefinitionError(
            [
                Problem(
                    code="CUR0603",
                    message=f"step {step.name}: {script.package} does not hold scripts/{script.file}",
                    fix=f"install a release of {step.plugin} that ships it, or name an entry point of your own",
                    place=config_place(step, plan),
                )
            ]
        )
    return path


def _doubts(
    step: PlannedStep, plan: Plan, folder: Path | None, shipped: Path
) -> tuple[Problem, ...]:
    """Warn where the shipped script runs although the config looks as if the user's own were meant."""
    job = step.step_type.job
    named, given = step.attribute(job.entry_point), step.attribute(job.source_dir)
    if named is not None:
        return () if given is None else (_shipped_instead(step, plan, folder),)
    is_there = folder is not None and _holds(folder, shipped.name)
    return (_not_named(step, plan, shipped.name),) if is_there else ()


def _not_named(step: PlannedStep, plan: Plan, name: str) -> Problem:
    job = step.step_type.job
    return Problem(
        code="CUR0601",
        severity="warning",
        message=f"step {step.name}: {name} in {step.attribute(job.source_dir)} is not used, since no entry point "
        f"is named; the script that {step.plugin} ships is used instead",
        fix=f"set {job.entry_point} to {name}, or rename the file",
        place=config_place(step, plan, job.entry_point),
    )


def _shipped_instead(step: PlannedStep, plan: Plan, folder: Path | None) -> Problem:
    job = step.step_type.job
    named, given = step.attribute(job.entry_point), step.attribute(job.source_dir)
    what = f"source folder {given} is not there" if folder is None else f"{folder} has no {named}"
    return Problem(
        code="CUR0601",
        severity="warning",
        message=f"step {step.name}: {what}; the script that {step.plugin} ships is used instead",
        fix="give the folder that holds it with --source-root, or leave the entry point out",
        place=config_place(step, plan, job.entry_point),
    )


def _scripts_instead(step: PlannedStep, plan: Plan, given: str, script: Path) -> Problem:
    return Problem(
        code="CUR0601",
        severity="warning",
        message=f"step {step.name}: folder {given} is not there; the shipped {script.name} is used instead",
        fix="give the folder that holds it with --source-root, or take the folder out of the config",
        place=config_place(step, plan),
    )


def _outside(step: PlannedStep, plan: Plan, named: str) -> Problem:
    field = step.step_type.job.entry_point
    return Problem(
        code="CUR0602",
        message=f"step {step.name}: the entry point {named} is no path below the source folder",
        fix=f"set {field} to the file's path inside the source folder, and the folder to one that holds it",
        place=config_place(step, plan, field),
    )


def _on_s3(step: PlannedStep, plan: Plan, given: str, field: str = "") -> Problem:
    return Problem(
        code="CUR0602",
        message=f"step {step.name}: the source folder {given} is on S3; its files become a code bundle here",
        fix="download it, and name the folder of this machine",
        place=config_place(step, plan, field),
    )


def _unknown_entry_point(
    step: PlannedStep, plan: Plan, named: str, known: tuple[str, ...]
) -> Problem:
    return Problem(
        code="CUR0602",
        message=(
            f"step {step.name}: {named} was not found ({_looked_in(step, plan)}), "
            f"and is no name of the shipped script ({', '.join(known)})"
        ),
        fix="mend the folder or the name, give --source-root, or leave the entry point out",
        place=config_place(step, plan, step.step_type.job.entry_point),
    )


def _no_script(step: PlannedStep, plan: Plan, named: str | None) -> Problem:
    field = step.step_type.job.entry_point
    what = "no entry point is given" if named is None else f"{named} was not found"
    return Problem(
        code="CUR0603",
        message=f"step {step.name}: {what} ({_looked_in(step, plan)}), and {step.plugin} ships no script for it",
        fix=f"set {field} and the folder that holds it",
        place=config_place(step, plan, field),
    )


def _no_folder(step: PlannedStep, plan: Plan, given: str | None) -> Problem:
    return Problem(
        code="CUR0602",
        message=f"step {step.name}: the folder of its scripts was not found ({_tried(given, plan)})",
        fix="mend the folder in the config, or give --source-root",
        place=config_place(step, plan),
    )


def _looked_in(step: PlannedStep, plan: Plan) -> str:
    return _tried(step.attribute(step.step_type.job.source_dir), plan)


def _tried(given: str | None, plan: Plan) -> str:
    if given is None:
        return "the config names no source folder"
    if Path(given).is_absolute():
        return f"looked in {given}"
    if not _roots(plan):
        return f"{given} is relative, and there is neither a config file nor a --source-root"
    if plan.source_root is not None:
        return f"looked in {plan.source_root / given}"
    return f"looked for {given} in the config file's folder and its parents"
