"""Whether what a plugin declares is sound: asked by discovery and by the compliance kit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cursus.errors import CursusError
from cursus.kernel.step_type import StepType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.kernel.step_type import Job


def checked_step_types(result: object) -> list[StepType[Any]]:
    """Give the step types of one answer to `cursus_step_types`, or raise CursusError for what is wrong with it."""
    found: list[StepType[Any]] = []
    for member in result if isinstance(result, (list, tuple)) else [result]:
        if not isinstance(member, StepType):
            raise CursusError(
                f"cursus_step_types gave {type(member).__name__} {member!r:.80} instead of a StepType; "
                "return a list of StepType objects"
            )
        faults = declaration_faults(member)
        if faults:
            raise CursusError(f"step type {member.name}: {'; '.join(faults)}")
        found.append(member)
    twice = _twice(step_type.name for step_type in found)
    if twice:
        raise CursusError(f"cursus_step_types gives {', '.join(twice)} twice; give each name once")
    return found


def declaration_faults(step_type: StepType[Any]) -> list[str]:
    """Say what is wrong with a declaration itself, before any config is read with it."""
    if not isinstance(step_type.name, str) or not step_type.name.isidentifier():
        return [f"its name {step_type.name!r} is not an identifier such as BatchScore"]
    config = step_type.config
    if not (isinstance(config, type) and issubclass(config, BaseModel)):
        return [f"config is {config!r}, not a pydantic model class"]
    if not _is_step_kind(step_type.document):
        return [f"document is {step_type.document!r}, not a text or a pair of texts"]
    loose = [
        p.name for p in step_type.inputs if isinstance(p.kinds, str) or isinstance(p.accepts, str)
    ]
    if loose:
        return [f"kinds and accepts of {name} are tuples of texts" for name in loose]
    ports = [port.name for port in step_type.inputs] + [port.name for port in step_type.outputs]
    return [f"port {name} is declared twice" for name in _twice(ports)] + [
        f"its job names {name}, which {config.__name__} does not have"
        for name in job_attributes(step_type.job)
        if name not in config.model_fields and not hasattr(config, name)
    ]


def job_attributes(job: Job[Any]) -> tuple[str, ...]:
    """Name the config attributes that a job of this kind reads."""
    versions = () if job.image is None else (job.image.version, job.image.py_version)
    compute = (job.instance_type, job.instance_count, job.volume_size, job.max_runtime)
    named = {
        "processing": (*compute, job.entry_point, job.source_dir, *versions),
        "training": (*compute, job.entry_point, job.source_dir, *versions),
        "transform": (job.instance_type, job.instance_count),
        "model": (job.instance_type, *versions),
    }.get(job.kind, ())
    return tuple(name for name in named if name is not None)


def _is_step_kind(document: object) -> bool:
    """Say whether this can be the STEP_TYPE of an execution document, or nothing."""
    pair = 2
    if isinstance(document, tuple):
        return len(document) == pair and all(isinstance(part, str) for part in document)
    return document is None or isinstance(document, str)


def _twice(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
