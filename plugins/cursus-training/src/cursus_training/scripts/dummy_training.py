"""Check a pretrained model.tar.gz and pass it on with its hyperparameters, as if trained here.

Runs as it is in a SageMaker container: Python 3.8, its standard library, nothing of Cursus. The
archive is read in place: nothing of it is unpacked, run or unpickled.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHIVE = "model.tar.gz"
HYPERPARAMETERS = "hyperparameters.json"
READ_BYTES = 1 << 20
# A loop of links makes tarfile recurse; a link to nothing is a KeyError.
UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error, KeyError, RecursionError)


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],  # noqa: ARG001 - every script's main has it; none is read here
    job_args: argparse.Namespace,  # noqa: ARG001 - the same
) -> None:
    """Write `model.tar.gz` with all files of the pretrained one, into `model_output`.

    Values of `hyperparameters_s3_uri`, where given, win over those of the archive's own file.
    """
    if "model_artifacts_input" not in input_paths:
        raise ValueError(
            "The input model_artifacts_input is not bound; set pretrained_model_path, or add an "
            "edge from a training step."
        )
    archive = find_archive(Path(input_paths["model_artifacts_input"]))
    place = input_paths.get("hyperparameters_s3_uri")
    given = read_given(Path(place)) if place else {}
    target = Path(output_paths["model_output"], ARCHIVE)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{ARCHIVE}")
    try:
        names = repack(archive, given, draft)
        draft.replace(target)
    except UNREADABLE as exc:
        raise ValueError(f"{archive} cannot be passed on: {fault_of(exc)}") from exc
    finally:
        if draft.exists():
            draft.unlink()
    print(f"passed on {len(names)} files of {archive.name}, {target.stat().st_size:,} bytes:")
    for name in sorted(names):
        print(f"  {name}")


def find_archive(place: Path) -> Path:
    """Find the archive: the file itself, or the only model.tar.gz of a folder."""
    if place.is_file():
        return place
    if not place.is_dir():
        raise FileNotFoundError(f"{place} does not exist; mend pretrained_model_path.")
    if (place / ARCHIVE).is_file():
        return place / ARCHIVE
    # A training job leaves <job>/output/model.tar.gz; a single archive may have any name.
    found = sorted(place.rglob(ARCHIVE)) or sorted(place.glob("*.tar.gz"))
    if len(found) != 1:
        seen = ", ".join(str(path.relative_to(place)) for path in found) or (
            ", ".join(sorted(path.name for path in place.iterdir())[:10]) or "nothing"
        )
        raise FileNotFoundError(f"{place} must hold one {ARCHIVE}; it holds {seen}.")
    return found[0]


def read_given(place: Path) -> dict:
    """Read the hyperparameters that go with the model: a file, or the folder that holds it."""
    path = place / HYPERPARAMETERS if place.is_dir() else place
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; put {HYPERPARAMETERS} there.")
    return as_object(path.read_bytes(), str(path))


def as_object(content: bytes, name: str) -> dict:
    """Read a JSON object."""
    try:
        value = json.loads(content)
    except ValueError as exc:
        raise ValueError(f"{name} is no JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a JSON object.")  # noqa: TRY004 - a fault of the file
    return value


def repack(archive: Path, given: dict, draft: Path) -> list:
    """Copy every file, without times and owners: same input, same bytes; return the names."""
    names, own = [], {}
    # Python 3.8 has no parentheses to put three long contexts into.
    with draft.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:  # noqa: SIM117
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, size, content in read_files(archive):
                names.append(name)
                if name == HYPERPARAMETERS:
                    own = as_object(content.read(), f"{name} of {archive}")
                else:
                    add(tar, name, size, content)
            if not set(names) - {HYPERPARAMETERS}:
                raise tarfile.ReadError("it holds no file of a model")
            joined = join(own, given)
            if joined:
                text = json.dumps(joined, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
                add(tar, HYPERPARAMETERS, len(text.encode()), io.BytesIO(text.encode()))
                names = sorted({*names, HYPERPARAMETERS})
            else:
                print(f"warning: there is no {HYPERPARAMETERS}; the step Payload will miss it")
    return names


def read_files(archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Give name, size and content of each file; one that a reader could not trust is refused.

    A link to a file of the archive is that file's content; others lead nowhere and are refused.
    """
    files, folders = set(), {"."}
    with tarfile.open(archive, "r:*") as tar:
        members = tar.getmembers()
        read_to_end(tar)
        for member in members:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or "\\" in member.name:
                raise tarfile.ReadError(f"{member.name!r} leads out of the folder of a model")
            if member.isdir():
                continue
            content = tar.extractfile(member)
            if content is None:
                raise tarfile.ReadError(f"{member.name!r} is neither a file nor a folder")
            above = set(map(str, path.parents))
            if str(path) in files or str(path) in folders or above & files:
                raise tarfile.ReadError(f"{member.name!r} is there twice, or as file and folder")
            files.add(str(path))
            folders.update(above)
            size = content.seek(0, io.SEEK_END)
            content.seek(0)
            yield str(path), size, content


def read_to_end(tar: tarfile.TarFile) -> None:
    """Refuse an archive that breaks off: tarfile takes a damaged header for the end."""
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"it breaks off after {len(tar.getmembers())} members")
    # The checksum of gzip stands behind the last member.
    while tar.fileobj.read(READ_BYTES):
        pass


def add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    """Add one file."""
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, content)


def join(own: dict, given: dict) -> dict:
    """Let given values win over the model's own; say which of them changed."""
    changed = sorted(name for name in own if name in given and given[name] != own[name])
    if changed:
        print(f"warning: given instead of the model's own: {', '.join(changed)}")
    return {**own, **given}


def fault_of(exc: BaseException) -> str:
    """Say what is wrong with an archive in plain words."""
    if isinstance(exc, KeyError):
        return f"a link leads out of the archive ({exc.args[0]})"
    if isinstance(exc, RecursionError):
        return "its links lead in a circle"
    if str(exc).startswith("file could not be opened"):
        return "it is no tar archive"
    return str(exc) or type(exc).__name__


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    # The config's hyperparameters travel in the code bundle; bound ones have a folder of their own.
    bundled = base / "input" / "code" / "hyperparams"
    bound = base / "input" / "hyperparameters_s3_uri"
    inputs = {}
    for port, folder in (
        ("model_artifacts_input", base / "input" / "model_artifacts_input"),
        ("hyperparameters_s3_uri", bound if bound.is_dir() else bundled),
    ):
        if folder.is_dir():
            inputs[port] = str(folder)
    arguments = argparse.ArgumentParser(description=__doc__).parse_args()
    main(inputs, {"model_output": str(base / "output" / "model")}, {}, arguments)
