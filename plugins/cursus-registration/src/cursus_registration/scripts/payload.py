"""Write samples of the requests that a model takes, one for each content type.

Runs as it is in a SageMaker container: Python 3.8, its standard library, nothing of Cursus.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import math
import os
import tarfile
import zlib
from pathlib import Path, PurePosixPath

ARCHIVE = "payload.tar.gz"
MODEL_ARCHIVE = "model.tar.gz"
EXTENSIONS = {"application/json": ".json", "text/csv": ".csv"}
UNREADABLE = (tarfile.TarError, ValueError, OSError, EOFError, zlib.error)
SPECIAL_FIELD = "SPECIAL_FIELD_"


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,  # noqa: ARG001 - every script's main has it; none is read here
) -> None:
    """Write `payload.tar.gz` with `payload_<content type>_<i>.<extension>`, by content type.

    Samples of `custom_payload_input`, a file or a folder, are taken instead of made ones. A value
    is SPECIAL_FIELD_<name>, else that of FIELD_DEFAULTS, else the default of its type.
    """
    asked = environ_vars.get("CONTENT_TYPES") or ",".join(EXTENSIONS)
    content_types = read_content_types(asked)
    numeric, text = read_fields(read_hyperparameters(Path(input_paths["model_input"])))
    if "custom_payload_input" in input_paths:
        custom = Path(input_paths["custom_payload_input"])
        samples = read_samples(custom, content_types, numeric, [*numeric, *text])
    else:
        values = dict.fromkeys(numeric, environ_vars.get("DEFAULT_NUMERIC_VALUE", "0.0"))
        values.update(dict.fromkeys(text, environ_vars.get("DEFAULT_TEXT_VALUE", "DEFAULT_TEXT")))
        values = set_values(values, read_defaults(environ_vars.get("FIELD_DEFAULTS") or "{}"))
        special = {
            name: environ_vars[name] for name in environ_vars if name.startswith(SPECIAL_FIELD)
        }
        values = set_values(values, {n[len(SPECIAL_FIELD) :]: special[n] for n in sorted(special)})
        values.update({name: as_number(name, values[name]) for name in numeric})
        values.update({name: as_text(values[name]) for name in text})
        samples = [(kind, make_sample(kind, values)) for kind in content_types]
    write_archive(samples, Path(output_paths["payload_sample"], ARCHIVE))


def read_content_types(joined: str) -> list[str]:
    """Read the comma-joined content types, in the order in which samples are numbered."""
    asked = sorted({name.strip().lower() for name in joined.split(",") if name.strip()})
    unknown = [name for name in asked if name not in EXTENSIONS]
    if unknown or not asked:
        raise ValueError(f"CONTENT_TYPES is {joined!r}; use some of {', '.join(EXTENSIONS)}.")
    return asked


def read_hyperparameters(source: Path) -> dict:
    """Read hyperparameters.json of a model: a folder, an archive or a training job's output."""
    model = find_model(source)
    place = f"{model}: hyperparameters.json"
    try:
        content = json.loads(read_member(model) if model.is_file() else read_file(model))
    except UNREADABLE as exc:
        raise ValueError(f"{place} cannot be read: {exc}") from exc
    if not isinstance(content, dict):
        raise ValueError(f"{place} must be a JSON object.")  # noqa: TRY004 - a fault of the file
    return content


def find_model(source: Path) -> Path:
    """Find the model in what a step was given: an archive, or the folder of the model's files."""
    if source.is_file():
        return source
    if not source.is_dir():
        raise FileNotFoundError(f"{source} does not exist; bind model_input to a model.")
    if (source / MODEL_ARCHIVE).is_file():
        return source / MODEL_ARCHIVE
    below = sorted(source.rglob(MODEL_ARCHIVE))
    if (source / "hyperparameters.json").is_file() or not below:
        return source
    if len(below) > 1:
        found = ", ".join(str(path.relative_to(source)) for path in below)
        raise ValueError(f"{source} holds more than one model: {found}. Point to one of them.")
    return below[0]


def read_file(folder: Path) -> str:
    """Read hyperparameters.json of a model's folder."""
    return (folder / "hyperparameters.json").read_text(encoding="utf-8")


def read_member(archive: Path) -> str:
    """Read hyperparameters.json of an archive in memory: nothing is unpacked."""
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            if PurePosixPath(member.name) == PurePosixPath("hyperparameters.json"):
                content = tar.extractfile(member)
                if content is not None:
                    return content.read().decode("utf-8")
    raise ValueError("the archive does not hold it; train with a script that saves it there")


def read_fields(hyperparameters: dict) -> tuple[list[str], list[str]]:
    """Return the names of the numeric and of the text fields, in the order of the model."""
    numeric = hyperparameters.get("tab_field_list") or []
    text = hyperparameters.get("cat_field_list") or []
    names = [*numeric, *text]
    if not names:
        raise ValueError("hyperparameters.json has no tab_field_list and no cat_field_list.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"hyperparameters.json lists fields twice: {', '.join(twice)}.")
    return list(numeric), list(text)


def read_defaults(text: str) -> dict:
    """Read FIELD_DEFAULTS, a JSON object of field and value."""
    try:
        defaults = json.loads(text)
    except ValueError as exc:
        raise ValueError(f"FIELD_DEFAULTS is no JSON: {exc}") from exc
    if not isinstance(defaults, dict):
        raise ValueError("FIELD_DEFAULTS must be a JSON object.")  # noqa: TRY004 - see above
    return defaults


def set_values(values: dict, given: dict) -> dict:
    """Set given values in the order of the model; what the model does not take is named."""
    unknown = [name for name in given if name not in values]
    if unknown:
        print(f"values for fields that the model does not take: {', '.join(unknown)}")
    return {name: given.get(name, value) for name, value in values.items()}


def as_number(name: str, value: object) -> float:
    """Return a number; a whole one stays whole."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"The numeric field {name} cannot have the value {value!r}.")
    return value if isinstance(value, int) else number


def as_text(value: object) -> str:
    """Return text; a value that is none is written as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def make_sample(content_type: str, values: dict) -> bytes:
    """Make the request of one record: a JSON object, or one csv row without a header."""
    if content_type == "application/json":
        return (json.dumps(values, ensure_ascii=False) + "\n").encode()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values.values())
    return text.getvalue().encode()


def read_samples(
    source: Path, content_types: list[str], numeric: list[str], names: list[str]
) -> list[tuple[str, bytes]]:
    """Read and check the user's own samples; each asked content type needs one."""
    if not source.exists():
        raise FileNotFoundError(f"{source} does not exist; see custom_payload_path.")
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    samples = []
    for path in [path for path in files if path.is_file() and path.name[0] not in "_."]:
        kinds = [kind for kind, end in EXTENSIONS.items() if path.name.lower().endswith(end)]
        if not kinds:
            raise ValueError(f"{path} is no sample; give files that end in .json or .csv.")
        if kinds[0] in content_types:
            check_sample(path, kinds[0], numeric, names)
            samples.append((kinds[0], path.read_bytes()))
        else:
            print(f"left out {path.name}: {kinds[0]} is not in CONTENT_TYPES")
    lacking = sorted(set(content_types) - {kind for kind, _ in samples})
    if lacking:
        raise ValueError(f"{source} has no sample of {', '.join(lacking)}; add one for each.")
    return sorted(samples, key=lambda sample: sample[0])


def check_sample(path: Path, content_type: str, numeric: list[str], names: list[str]) -> None:
    """Check that each record of a sample has all fields, and numbers where the model needs them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        records = read_json(text) if content_type == "application/json" else read_csv(text, names)
        if not records:
            raise ValueError("it has no record")  # noqa: TRY301 - one wording for all faults
        for number, record in enumerate(records, start=1):
            missing = [name for name in names if name not in record]
            if missing:
                raise ValueError(  # noqa: TRY301 - the same
                    f"record {number} lacks {len(missing)} field(s): {', '.join(missing[:5])}"
                )
            for name in numeric:
                if record[name] not in (None, ""):
                    as_number(name, record[name])
    except (ValueError, csv.Error) as exc:
        raise ValueError(f"The sample {path} cannot be used: {exc}") from exc


def read_json(text: str) -> list[dict]:
    """Read one record, a list of records, or an object with the list `instances`."""
    content = json.loads(text)
    if isinstance(content, dict):
        content = content.get("instances", [content])
    if not (isinstance(content, list) and all(isinstance(record, dict) for record in content)):
        raise ValueError("it is neither a JSON object nor a list of them")
    return content


def read_csv(text: str, names: list[str]) -> list[dict]:
    """Read rows in the order of the model, or with a header of their own."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    header = rows.pop(0) if rows and set(names) <= set(rows[0]) else names
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} values for {len(header)} fields")
    return [{name: row[index] for index, name in enumerate(header)} for row in rows]


def write_archive(samples: list[tuple[str, bytes]], target: Path) -> None:
    """Write the samples without times and owners: same input, same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for number, (kind, content) in enumerate(samples):
            name = f"payload_{kind.replace('/', '_')}_{number}{EXTENSIONS[kind]}"
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
            print(f"packed {name}: {len(content):,} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    inputs = {"model_input": str(base / "input" / "model")}
    if (base / "input" / "custom_payload").is_dir():
        inputs["custom_payload_input"] = str(base / "input" / "custom_payload")
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    arguments = argparse.ArgumentParser(description=__doc__).parse_args()
    main(inputs, {"payload_sample": str(base / "output")}, environment, arguments)
