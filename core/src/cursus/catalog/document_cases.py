"""The cases of a folder: every config file below it, with its DAG, its template and its document."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.config.sections import CONFIG_JSON
from cursus.dag import PipelineDAG
from cursus.errors import ExecutionDocumentGenerationError, InvalidInputError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cursus.catalog.listing import Catalog

CONFIG_NAME = "config.json"
DAG_NAME = "dag.json"
CONFIG_ENDINGS = (".config", "_config")
DAG_ENDINGS = (".dag", "_dag")
SECTIONS = frozenset({"configuration", "shared", "specific"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiles:
    """A config file below a folder; `name` is its place there, as the case and its document are called."""

    name: str
    config: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCases:
    """What a folder holds: cases by name, JSON files that are no configs, and those that do not count."""

    cases: tuple[CaseFiles, ...]
    others: tuple[Path, ...]
    left_out: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DagChoice:
    """Which DAG each case has: one file or one catalog pipeline for all, else what belongs to its name."""

    file: Path | None = None
    pipeline: str | None = None

    def dag_of(self, case: CaseFiles, catalog: Callable[[], Catalog]) -> PipelineDAG:
        """Give a case's DAG; an InvalidInputError where there is none, or more than one."""
        if self.pipeline is not None:
            return catalog().find(self.pipeline).entry.dag()
        file = dag_file_of(case) if self.file is None else self.file
        return _catalog_dag(case, catalog()) if file is None else PipelineDAG.read_file(file)


def find_cases(folder: Path, left_out: Path) -> FolderCases:
    """Find every config file below a folder, sorted by name.

    JSON files in `left_out` do not count where that is a folder inside the first one, by whatever path it is given.
    """
    root, apart = folder.resolve(), left_out.resolve()
    is_inside = apart != root and apart.is_relative_to(root)
    files = [
        path
        for path in sorted(folder.rglob("*.json"))
        if path.is_file() and not _is_hidden(path, folder)
    ]
    skipped = {path for path in files if is_inside and path.parent.resolve().is_relative_to(apart)}
    counted = [path for path in files if path not in skipped]
    configs = {path for path in counted if _is_config(path)}
    cases = [CaseFiles(name=_case_name(path, folder), config=path) for path in configs]
    return FolderCases(
        cases=tuple(sorted(cases, key=lambda case: (case.name, case.config))),
        others=tuple(path for path in counted if path not in configs),
        left_out=tuple(sorted(skipped)),
    )


def repeated_names(cases: tuple[CaseFiles, ...]) -> frozenset[str]:
    """Name the cases whose documents would be one file."""
    counts = Counter(case.name for case in cases)
    return frozenset(name for name, count in counts.items() if count > 1)


def dag_file_of(case: CaseFiles) -> Path | None:
    """Give the DAG file that bears the case's name, else the `dag.json` beside it; None where there is neither."""
    *named, beside = possible_dags(case)
    found = [path for path in named if path.is_file() and path != case.config]
    if len(found) > 1:
        raise ExecutionDocumentGenerationError([_two_dags(case, found)])
    if found:
        return found[0]
    return beside if beside.is_file() else None


def possible_dags(case: CaseFiles) -> list[Path]:
    """Give the paths at which a case's DAG file is looked for; the one that many cases can share comes last."""
    folder, stem = case.config.parent, _bare_stem(case.config)
    return [*(folder / f"{stem}{ending}.json" for ending in DAG_ENDINGS), folder / DAG_NAME]


def _catalog_dag(case: CaseFiles, catalog: Catalog) -> PipelineDAG:
    name = case.name.rpartition("/")[2]
    try:
        return catalog.find(name).entry.dag()
    except InvalidInputError as exc:
        raise ExecutionDocumentGenerationError([_no_dag(case, name)]) from exc


def _is_config(path: Path) -> bool:
    """Say whether a file is a config, or is called one; a file that cannot be read counts, so that it is reported."""
    if path.name == DAG_NAME or path.stem.endswith(DAG_ENDINGS):
        return False
    if path.name == CONFIG_NAME or path.stem.endswith(CONFIG_ENDINGS):
        return True
    try:
        data: Any = json.loads(CONFIG_JSON.read_text(path))
    except (InvalidInputError, ValueError, RecursionError):
        return True
    metadata = data.get("metadata") if isinstance(data, dict) else None
    has_classes = isinstance(metadata, dict) and "config_types" in metadata
    return isinstance(data, dict) and (has_classes or not SECTIONS.isdisjoint(data))


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _case_name(config: Path, folder: Path) -> str:
    """Call a case by its place below the folder; `config.json` by the folder that it is in."""
    place = config.relative_to(folder)
    if config.name != CONFIG_NAME:
        return place.with_name(_bare_stem(config)).as_posix()
    return place.parent.as_posix() if place.parent.name else folder.resolve().name


def _bare_stem(config: Path) -> str:
    for ending in CONFIG_ENDINGS:
        if config.stem.endswith(ending) and config.stem != ending:
            return config.stem.removesuffix(ending)
    return config.stem


def _two_dags(case: CaseFiles, found: list[Path]) -> Problem:
    return Problem(
        code="CUR0514",
        message=f"case {case.name} could have {' or '.join(path.name for path in found)} as its DAG",
        fix="remove one of the two, or name the DAG of all cases with -d FILE",
        place=Place(file=case.config),
    )


def _no_dag(case: CaseFiles, name: str) -> Problem:
    stem = _bare_stem(case.config)
    named = " or ".join(f"{stem}{ending}.json" for ending in DAG_ENDINGS)
    return Problem(
        code="CUR0514",
        message=f"case {case.name} has no DAG: beside its config is no {named} and no {DAG_NAME}, and the "
        f"catalog has no pipeline {name}",
        fix="put the DAG beside the config, or name it for all cases: -d FILE or --pipeline ID",
        place=Place(file=case.config),
    )
