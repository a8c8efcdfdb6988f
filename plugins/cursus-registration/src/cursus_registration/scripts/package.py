"""Pack model, inference scripts and calibration into the model.tar.gz that an endpoint serves.

Runs as it is in a SageMaker container: Python 3.8, its standard library, nothing of Cursus.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tarfile
import tempfile
import zlib
from pathlib import Path

ARCHIVE = "model.tar.gz"
UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error)


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,  # noqa: ARG001 - every script's main has it; none is read here
) -> None:
    """Write `model.tar.gz`: model files at its root, scripts in code/, calibration in calibration/.

    Scripts and calibration that are given replace those that the model brings along.
    """
    with tempfile.TemporaryDirectory() as scratch:
        members = model_members(Path(input_paths["model_input"]), Path(scratch))
        if "inference_scripts_input" in input_paths:
            scripts = Path(input_paths["inference_scripts_input"])
            members = replace_part(members, "code/", scripts)
        if "calibration_model" in input_paths:
            calibration = Path(input_paths["calibration_model"])
            members = replace_part(members, "calibration/", calibration)
        refuse_incomplete(members)
        target = Path(output_paths["packaged_model"], ARCHIVE)
        write_archive(members, target)
    pipeline = environ_vars.get("PIPELINE_NAME", "a pipeline without a name")
    print(f"packed {len(members)} files, {target.stat().st_size:,} bytes, for {pipeline}:")
    for name in sorted(members):
        print(f"  {name}")


def model_members(source: Path, scratch: Path) -> dict[str, Path]:
    """Map the names of the model's files in its archive to the files, unpacked where needed."""
    model = find_model(source)
    if model.is_file():
        unpack(model, scratch)
        return list_files(scratch, "")
    return list_files(model, "")


def find_model(source: Path) -> Path:
    """Find the model in what a step was given: an archive, or the folder of the model's files.

    A training job leaves `<job>/output/model.tar.gz` below its output prefix.
    """
    if source.is_file():
        return source
    if not source.is_dir():
        raise FileNotFoundError(f"{source} does not exist; bind model_input to a model.")
    if (source / ARCHIVE).is_file():
        return source / ARCHIVE
    if any(path.is_file() and path.name[0] not in "_." for path in source.iterdir()):
        return source
    below = sorted(source.rglob(ARCHIVE))
    if len(below) > 1:
        found = ", ".join(str(path.relative_to(source)) for path in below)
        raise ValueError(f"{source} holds more than one model: {found}. Point to one of them.")
    return below[0] if below else source


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive; a member that would leave the folder, or is no file, is refused."""
    try:
        with tarfile.open(archive, "r:*") as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(folder, filter="data")
                return
            for member in tar.getmembers():
                parts = Path(member.name).parts
                if ".." in parts or member.name.startswith("/"):
                    raise tarfile.ExtractError(f"{member.name!r} would leave the folder")
                if not (member.isfile() or member.isdir()):
                    raise tarfile.ExtractError(f"{member.name!r} is neither a file nor a folder")
            tar.extractall(folder)  # noqa: S202 - checked above; this Python has no filter
    except UNREADABLE as exc:
        raise ValueError(f"{archive} cannot be unpacked: {exc}") from exc


def list_files(source: Path, prefix: str) -> dict[str, Path]:
    """Map names in the package to files; hidden files and compiled Python stay out."""
    if source.is_file():
        return {prefix + source.name: source}
    if not source.is_dir():
        raise FileNotFoundError(f"{source} does not exist; bind the input or leave it out.")
    members = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        unwanted = path.suffix == ".pyc" or any(part.startswith(".") for part in name.parts)
        if path.is_file() and not unwanted:
            members[prefix + name.as_posix()] = path
    if not members:
        raise FileNotFoundError(f"{source} holds no files to package.")
    return members


def replace_part(members: dict[str, Path], prefix: str, source: Path) -> dict[str, Path]:
    """Put the files of `source` below a prefix, instead of what the model has there."""
    kept = {name: path for name, path in members.items() if not name.startswith(prefix)}
    if len(kept) < len(members):
        print(f"replaced {len(members) - len(kept)} files that the model had in {prefix}")
    return {**kept, **list_files(source, prefix)}


def refuse_incomplete(members: dict[str, Path]) -> None:
    """Refuse a package that no endpoint could serve."""
    if all(name.startswith(("code/", "calibration/")) for name in members):
        raise ValueError("The model has no file of its own; model_input must hold a trained model.")
    if not any(name.startswith("code/") and name.endswith(".py") for name in members):
        raise ValueError(
            "There is no Python file for code/: set inference_scripts_dir to the folder with the "
            "inference script."
        )


def write_archive(members: dict[str, Path], target: Path) -> None:
    """Write files in order of their names, without times and owners: same input, same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Python 3.8 has no parentheses to put three long contexts into.
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:  # noqa: SIM117
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(members):
                info = tarfile.TarInfo(name)
                info.size = members[name].stat().st_size
                with members[name].open("rb") as content:
                    tar.addfile(info, content)


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    inputs = {"model_input": str(base / "input" / "model")}
    for port, folder in (
        ("inference_scripts_input", base / "input" / "script"),
        ("calibration_model", base / "input" / "calibration"),
    ):
        if folder.is_dir():
            inputs[port] = str(folder)
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    arguments = argparse.ArgumentParser(description=__doc__).parse_args()
    main(inputs, {"packaged_model": str(base / "output")}, environment, arguments)
