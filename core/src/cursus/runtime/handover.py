"""How outputs reach the next step: as SageMaker hands them over, so that what works here works there."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.runtime.kinds import files_below

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cursus.kernel.plan import PlannedStep
    from cursus.kernel.step_type import Output
    from cursus.runtime.folders import RunFolder

MODEL_ARTIFACTS = "ModelArtifacts"
MODEL_ARCHIVE, OUTPUT_ARCHIVE = "model.tar.gz", "output.tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where an output is; `alone` where the next step gets that one file and not its folder's other members.

    `files` is the folder with its files, also where `path` holds them packed.
    """

    path: Path
    files: Path
    alone: bool = False


def publish(step: PlannedStep, folder: RunFolder) -> dict[str, Published]:
    """Move what a step wrote from staging to its place, whole or not at all."""
    if step.step_type.job.kind == "training":
        return _publish_archives(step, folder)
    places = {}
    for name, path in step.outputs.items():
        target = path.local(folder.outputs)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.staging(step.node, name).rename(target)
        places[name] = Published(path=target, files=target)
    return places


def _publish_archives(step: PlannedStep, folder: RunFolder) -> dict[str, Published]:
    """Pack a training job's folders as `<prefix>/<job>/output/model.tar.gz` and `output.tar.gz`."""
    places = {}
    for port in step.step_type.outputs:
        prefix = step.outputs[port.name].local(folder.outputs)
        target = prefix / step.name / "output" / _archive_name(port)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}")
        alone = MODEL_ARTIFACTS in (port.reference or "")
        staging = folder.staging(step.node, port.name)
        pack(staging, draft)
        draft.rename(target)
        path = target if alone else prefix
        places[port.name] = Published(path=path, files=staging, alone=alone)
    return places


def _archive_name(port: Output) -> str:
    if port.archive is not None:
        return port.archive
    return MODEL_ARCHIVE if MODEL_ARTIFACTS in (port.reference or "") else OUTPUT_ARCHIVE


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder; the same files give the same bytes."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files_below(folder):
            tar.add(path, arcname=path.relative_to(folder).as_posix(), filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member


def hand_over(published: Published, target: Path) -> Path:
    """Give the path that the next step reads: the folder itself, or one with the single file in it."""
    if not published.alone:
        return published.path
    target.mkdir(parents=True, exist_ok=True)
    copy = target / published.path.name
    if not copy.exists():
        try:
            os.link(published.path, copy)
        except OSError:  # another file system, or one without links
            shutil.copyfile(published.path, copy)
    return target


def container_paths(
    step: PlannedStep, inputs: Mapping[str, Path], folder: RunFolder, bundle: Path
) -> dict[str, Path]:
    """Give the paths at which a container would show all of a step's folders, for a script without `main`."""
    code = (
        "/opt/ml/code" if step.step_type.job.kind == "training" else "/opt/ml/processing/input/code"
    )
    shown = {code: bundle}
    for name, path in inputs.items():
        port = step.step_type.input(name)
        if port is not None and not path.is_relative_to(bundle):
            shown[port.path] = path
    for output in step.step_type.outputs:
        shown[output.path] = folder.staging(step.node, output.name)
    return {target: path for target, path in shown.items() if target.startswith("/")}
