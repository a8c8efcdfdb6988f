"""Local data in place of what a service would load and of S3 locations; chosen by name, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cursus.errors import Problem

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep

GIVE_DATA = "give the folder with --data"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The user's data: a folder with sub-folders for the steps that need some, or the data of the only one.

    `problems` gathers what is missing or could mean two things.
    """

    folder: Path | None
    sources: tuple[PlannedStep, ...]
    problems: list[Problem] = field(default_factory=list)

    def outputs_of(self, step: PlannedStep) -> dict[str, Path]:
        """Give the data of a loading step by output: sub-folders named as its outputs, else all is the first output."""
        names = [output.name for output in step.step_type.outputs]
        folder = self._folder_of(step)
        if folder is None or not names:
            return {}
        parts = {name: folder / name for name in names if (folder / name).exists()}
        return parts if names[0] in parts else {**parts, names[0]: folder}

    def in_place_of(self, step: PlannedStep, port: str) -> Path | None:
        """Give local data for one input that would come from elsewhere: `<node>/<input>` or `<step>/<input>`."""
        if self.folder is None:
            return None
        places = (self.folder / step.node / port, self.folder / step.name / port)
        return next((place for place in places if place.exists()), None)

    def _folder_of(self, step: PlannedStep) -> Path | None:
        if self.folder is None:
            return self._report(step, "needs data, and no data folder is given", GIVE_DATA)
        if not self.folder.is_dir():
            return self._report(step, f"needs data: {self.folder} is no folder", GIVE_DATA)
        by_name = self._existing(dict.fromkeys((step.node, step.name)))
        if by_name:
            return self._single(step, by_name)
        by_job_type = self._existing({step.job_type: None} if step.job_type else {})
        if by_job_type:
            return self._of_job_type(step, by_job_type[0])
        return self._whole(step)

    def _existing(self, names: dict[str, None]) -> list[Path]:
        folder = self.folder or Path()
        return [folder / name for name in names if (folder / name).is_dir()]

    def _single(self, step: PlannedStep, found: list[Path]) -> Path | None:
        if len(found) == 1:
            return found[0]
        names = " and ".join(map(str, found))
        return self._report(step, f"could take {names}", "keep one of the two", code="CUR0703")

    def _of_job_type(self, step: PlannedStep, folder: Path) -> Path | None:
        """Take the folder of the job type, unless another loading step has the same one."""
        others = [s.node for s in self.sources if s.job_type == step.job_type and s is not step]
        if not others:
            return folder
        message = f"could take {folder}, but {', '.join(others)} has the same job type"
        fix = f"make sub-folders by node: {step.node}, {', '.join(others)}"
        return self._report(step, message, fix, code="CUR0703")

    def _whole(self, step: PlannedStep) -> Path | None:
        if len(self.sources) == 1:
            return self.folder
        names = [name for name in dict.fromkeys((step.node, step.name, step.job_type)) if name]
        message = f"needs data: {self.folder} has none of the sub-folders {', '.join(names)}"
        return self._report(step, message, f"put its data into {self.folder}/{step.node}")

    def _report(
        self, step: PlannedStep, message: str, fix: str, code: str = "CUR0702"
    ) -> Path | None:
        """Note a problem; no folder is chosen then."""
        self.problems.append(Problem(code=code, message=f"step {step.node} {message}", fix=fix))
        return None
