"""Code bundles: a step's script, source folder and generated files, named by their content."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cursus.errors import CursusError, DefinitionError, PluginError, Problem
from cursus.files import GENERATED_MARKER, temporary_folder, writing
from cursus.pipeline.sources import StepSource, config_place, find_scripts_folder, find_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.paths import SourceFolder

ENVIRONMENT_FILE = "environment.json"
ARCHIVE = "sourcedir.tar.gz"
ENVIRONMENT_LIMIT = 256
TRAINING_ENVIRONMENT_LIMIT = 512
# Hidden folders, what tools make, and code bundles, whose names are hashes.
IGNORED_FOLDERS = re.compile(r"\..*|__pycache__|node_modules|[0-9a-f]{64}")
# A folder with one of these was made by a tool and can be made again: caches, virtual environments, local runs.
MARKERS = (GENERATED_MARKER, "pyvenv.cfg")
IGNORED_FILES = (".pyc", ".pyo", ".DS_Store", ".swp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Files by relative posix path, and the SHA-256 of names and contents; no time stands anywhere.

    A Path is read when the bundle is written. `entry_point` is the file that runs ("" for a folder of scripts).
    """

    sha256: str
    entry_point: str
    files: Mapping[str, bytes | Path]
    warnings: tuple[Problem, ...] = ()


def make_bundle(step: PlannedStep, plan: Plan, left_out: frozenset[str] = frozenset()) -> Bundle:
    """Join a step's script, source folder, generated files and long environment values; plain files.

    `left_out` are resolved paths that a source folder may hold and a bundle does not, such as the definition.
    """
    source = find_source(step, plan)
    files = _source_files(step, plan, source, left_out)
    files.update(_generated(step, source.folder))
    _, long_values = split_environment(step)
    if long_values:
        beside = str(PurePosixPath(source.entry_point).parent / ENVIRONMENT_FILE)
        if beside in files:
            raise DefinitionError([_two_files(step, plan, beside, long_values)])
        files[beside] = _json_bytes(long_values)
    return _bundle(step, plan, files, source)


def make_folder_bundle(
    step: PlannedStep,
    source: SourceFolder,
    plan: Plan,
    left_out: frozenset[str] = frozenset(),
) -> Bundle:
    """Bundle a folder of the project that a step reads as an input, such as inference scripts."""
    found = find_scripts_folder(step, source, plan)
    return _bundle(step, plan, _source_files(step, plan, found, left_out), found)


def split_environment(step: PlannedStep) -> tuple[dict[str, str], dict[str, str]]:
    """Split the environment into what the service takes and what travels in the bundle's environment.json."""
    job = step.step_type.job
    limit = TRAINING_ENVIRONMENT_LIMIT if job.kind == "training" else ENVIRONMENT_LIMIT
    long_values = {
        name: value
        for name, value in step.environment.items()
        if name in job.overflow and len(value) > limit
    }
    short = {name: value for name, value in step.environment.items() if name not in long_values}
    return short, long_values


def archived(bundle: Bundle) -> Bundle:
    """Pack a bundle as the sourcedir.tar.gz that training and serving images unpack.

    Its name comes from the files, not from the archive's bytes: those differ between compressors.
    """
    name = archive_name_of(bundle.sha256)
    return replace(bundle, sha256=name, files={ARCHIVE: _tar_gz(bundle.files)})


def name_of(hashes: Mapping[str, str]) -> str:
    """Name a bundle by the SHA-256 of its files, in the order of their names."""
    lines = (f"{name}\0{hashes[name]}\n" for name in sorted(hashes))
    return sha256("".join(lines).encode()).hexdigest()


def archive_name_of(name: str) -> str:
    """Name the archive of a bundle."""
    return sha256(f"{ARCHIVE}\n{name}".encode()).hexdigest()


def packed_name(data: bytes) -> str | None:
    """Give the name of an archive by the files in it; None: it is no archive."""
    import io
    import tarfile
    import zlib

    hashes = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is not None:
                    hashes[member.name] = sha256(stream.read()).hexdigest()
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return None
    return archive_name_of(name_of(hashes))


def read_bundle(folder: Path) -> Bundle | None:
    """Read what `write_bundle` wrote; None: the content is not that of the name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files: dict[str, bytes | Path] = {path.relative_to(folder).as_posix(): path for path in paths}
    if list(files) == [ARCHIVE]:
        name = packed_name((folder / ARCHIVE).read_bytes())
    else:
        name = name_of({f: sha256((folder / f).read_bytes()).hexdigest() for f in files})
    if name != folder.name:
        return None
    return Bundle(sha256=name, entry_point="", files=dict(sorted(files.items())))


def write_bundle(bundle: Bundle, folder: Path) -> Path:
    """Write `<folder>/<sha256>/...` and give that path; what is there is complete and stays."""
    target = folder / bundle.sha256
    if target.is_dir():
        return target
    with writing(target):
        _write_whole(bundle, target)
    return target


def _write_whole(bundle: Bundle, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(target.parent, f".{bundle.sha256[:12]}-") as partial:
        _write_files(bundle.files, partial)
        partial.chmod(0o755)
        _move(partial, target)


def _write_files(files: Mapping[str, bytes | Path], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            shutil.copyfile(content, path)


def _move(partial: Path, target: Path) -> None:
    """Rename, unless another process was faster: the same name means the same content."""
    try:
        partial.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _bundle(
    step: PlannedStep, plan: Plan, files: Mapping[str, bytes | Path], source: StepSource
) -> Bundle:
    ordered = {name: files[name] for name in sorted(files)}
    return Bundle(
        sha256=_content_hash(step, plan, ordered),
        entry_point=source.entry_point,
        files=ordered,
        warnings=source.warnings,
    )


def _content_hash(step: PlannedStep, plan: Plan, files: Mapping[str, bytes | Path]) -> str:
    return name_of(
        {
            name: sha256(c if isinstance(c, bytes) else _read(step, plan, c)).hexdigest()
            for name, c in files.items()
        }
    )


def _read(step: PlannedStep, plan: Plan, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        problem = Problem(
            code="CUR0604",
            message=f"step {step.name}: {path} of its code cannot be read: {exc.strerror}",
            fix="make the file readable, or take it out of the source folder",
            place=config_place(step, plan),
        )
        raise DefinitionError([problem]) from exc


def _source_files(
    step: PlannedStep, plan: Plan, source: StepSource, left_out: frozenset[str]
) -> dict[str, bytes | Path]:
    if source.script is not None:
        return {source.script.name: source.script}
    if source.folder is None:
        raise DefinitionError([_empty(step, plan, None)])
    files: dict[str, bytes | Path] = {
        name: path for name, path in _walk(source.folder) if os.path.realpath(path) not in left_out
    }
    if not files:
        raise DefinitionError([_empty(step, plan, source.folder)])
    misnamed = [name for name in files if not _is_utf8(name)]
    if misnamed:
        raise DefinitionError([_misnamed(step, plan, name) for name in sorted(misnamed)])
    return files


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give the files below a folder, links followed, each folder once; what tools made is passed over."""
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen or (Path(root) != folder and not set(names).isdisjoint(MARKERS)):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not IGNORED_FOLDERS.fullmatch(name))
        for name in names:
            path = Path(root) / name
            if not name.endswith(IGNORED_FILES) and path.is_file():
                yield path.relative_to(folder).as_posix(), path


def _empty(step: PlannedStep, plan: Plan, folder: Path | None) -> Problem:
    return Problem(
        code="CUR0604",
        message=f"step {step.name}: its source folder {folder} holds no file",
        fix="put the scripts into the folder, or mend its name",
        place=config_place(step, plan),
    )


def _is_utf8(name: str) -> bool:
    """Say whether a file's name is text: what is not comes from the file system as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _misnamed(step: PlannedStep, plan: Plan, name: str) -> Problem:
    shown = os.fsencode(name).decode("utf-8", "backslashreplace")
    return Problem(
        code="CUR0604",
        message=f"step {step.name}: the name of {shown} in its source folder is not UTF-8",
        fix="rename the file, or take it out of the source folder",
        place=config_place(step, plan),
    )


def _two_files(step: PlannedStep, plan: Plan, name: str, long_values: Mapping[str, str]) -> Problem:
    return Problem(
        code="CUR0604",
        message=f"step {step.name}: its bundle has a file {name} already, and its long values of "
        f"{', '.join(long_values)} travel under that name",
        fix="rename your file, or shorten the values",
        place=config_place(step, plan, step.step_type.job.source_dir),
    )


def _generated(step: PlannedStep, folder: Path | None) -> Mapping[str, bytes]:
    try:
        return _checked_files(step.step_type.job.files(step.config, folder))
    except CursusError:
        raise
    except (Exception, SystemExit) as exc:  # the guard around plugin code
        raise PluginError(step.plugin, f"Job.files of {step.step_type.name}", exc) from exc


def _checked_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Refuse what is no relative path below the bundle, and content that is not bytes."""
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts or name != str(path):
            raise ValueError(f"{name!r} is no plain relative path of a file below the bundle")
        if not isinstance(content, bytes):
            raise TypeError(f"{name} is {type(content).__name__}, not bytes")
    return dict(files)


def _json_bytes(data: object) -> bytes:
    return (json.dumps(data, indent=2, sort_keys=True) + "\n").encode()


def _tar_gz(files: Mapping[str, bytes | Path]) -> bytes:
    import gzip
    import io
    import tarfile

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            content = files[name]
            data = content if isinstance(content, bytes) else content.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o755
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)
