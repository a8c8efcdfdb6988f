"""Where the files of a run are: one folder per run in the workspace, code bundles beside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING

from cursus.errors import OutputError
from cursus.files import mark_generated, try_folder

if TYPE_CHECKING:
    from pathlib import Path

RUNS, BUNDLES = "runs", "bundles"
OUTPUTS, STEPS, WORK, STAGING, INPUTS = "outputs", "steps", "work", "staging", "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The folder of one run: `outputs` is laid out as the pipeline's prefix in S3, `steps` has what is a step's own.

    A step writes into its staging folder; what passed is moved to the outputs, so that they appear whole.
    """

    root: Path

    @property
    def run_id(self) -> str:
        """Give the run's name, which sorts by time."""
        return self.root.name

    @property
    def outputs(self) -> Path:
        """Give the folder that stands for the prefix."""
        return self.root / OUTPUTS

    @property
    def bundles(self) -> Path:
        """Give the workspace's code bundles, named by their content."""
        return self.root.parent.parent / BUNDLES

    def work(self, node: str) -> Path:
        """Give the working folder of a step's script, which also holds its log."""
        return self.root / STEPS / file_name(node) / WORK

    def staging(self, node: str, output: str) -> Path:
        """Give the folder to which a step writes an output."""
        return self.root / STEPS / file_name(node) / STAGING / file_name(output)

    def input(self, node: str, name: str) -> Path:
        """Give the folder in which an input is put together that is not handed over as it is."""
        return self.root / STEPS / file_name(node) / INPUTS / file_name(name)

    def relative(self, path: Path) -> str:
        """Give a path relative to the run's folder where it is in it."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


def check_workspace(workspace: Path, data: Path | None) -> None:
    """Refuse, before anything is written, a workspace that cannot be written or would become data itself."""
    if data is not None and workspace.is_relative_to(data):
        raise OutputError(
            f"the workspace {workspace} lies in the data folder {data}, so that a run would read what "
            "another wrote; choose another with --workspace"
        )
    try:
        try_folder(workspace)
    except OSError as exc:
        raise _not_writable(workspace, exc) from exc


def new_run_folder(workspace: Path) -> RunFolder:
    """Make the folder of a new run."""
    runs = workspace.resolve() / RUNS
    now = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    root = runs / f"{now}-{token_hex(2)}"
    try:
        root.mkdir(parents=True)
    except OSError as exc:
        raise _not_writable(workspace, exc) from exc
    mark_generated(runs)
    return RunFolder(root=root)


def _not_writable(workspace: Path, exc: OSError) -> OutputError:
    return OutputError(
        f"the workspace {workspace} cannot be written: {exc.strerror}; choose another with --workspace"
    )


def file_name(name: str) -> str:
    """Give a name that any file system takes; one that had to be changed gets a mark of its own."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    if safe == name and not name.startswith("."):
        return name
    return f"{safe.lstrip('.')}-{sha256(name.encode()).hexdigest()[:8]}"
