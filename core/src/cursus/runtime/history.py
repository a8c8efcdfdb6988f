"""The runs of a workspace: the newest first, and what is there that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cursus.errors import InvalidInputError, Place, Problem
from cursus.runtime.folders import RUNS
from cursus.runtime.result import RESULT_FILE, read_result

if TYPE_CHECKING:
    from cursus.runtime.result import RunResult

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run and the folder in which it was found, which may have been moved since."""

    folder: Path
    result: RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The newest runs in order, how many older there are, and a problem for each folder that holds no readable result."""

    runs: tuple[PastRun, ...]
    unreadable: tuple[Problem, ...]
    older: int


def read_history(workspace: Path, limit: int) -> History:
    """Read the newest runs of a workspace, at most `limit`; InvalidInputError where there is no such folder."""
    if not workspace.is_dir():
        raise InvalidInputError([_no_workspace(workspace)])
    runs: list[PastRun] = []
    unreadable: list[Problem] = []
    for folder in _folders(workspace):
        try:
            runs.append(PastRun(folder=folder, result=read_result(folder / RESULT_FILE)))
        except InvalidInputError as exc:
            unreadable += exc.problems
    runs.sort(key=lambda run: (run.result.started, run.folder.name), reverse=True)
    return History(runs=tuple(runs[:limit]), unreadable=tuple(unreadable), older=len(runs[limit:]))


def find_run(named: str, workspace: Path) -> Path:
    """Give the result file of a run that is named by its folder, its result file or its id in the workspace."""
    for place in (Path(named), workspace / RUNS / named):
        if place.is_dir():
            return place / RESULT_FILE
        if place.is_file():
            return place
    raise InvalidInputError([_no_run(named, workspace)])


def _folders(workspace: Path) -> list[Path]:
    runs = workspace / RUNS
    return sorted(path for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else []


def _no_workspace(workspace: Path) -> Problem:
    return Problem(
        code="CUR0712",
        message=f"{workspace} is no folder, so it holds no runs",
        fix="give with --workspace the folder that was given to cursus runtime test-pipeline",
        place=Place(file=workspace),
    )


def _no_run(named: str, workspace: Path) -> Problem:
    there = [f.name for f in _folders(workspace) if (f / RESULT_FILE).is_file()]
    newest = there[: -SHOWN - 1 : -1]
    known = f"; the newest there: {', '.join(newest)}" if newest else ", which holds none"
    return Problem(
        code="CUR0713",
        message=f"{named} is no run's folder, no file and no run of the workspace {workspace}{known}",
        fix="give the folder of a run, its result.json, or an id that cursus runtime history lists",
    )
