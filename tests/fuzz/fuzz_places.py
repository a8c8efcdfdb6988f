"""Runs as child processes: files that are no files, outputs that cannot be written, and inputs of 50 MB."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzz_cases import Case
from fuzz_mutations import trial
from fuzz_trial import PROBLEM, Trial, Verdict, expected_of, unclear
from spec_oracle import same
from spec_values import SpecError

LAUNCHER = Path(__file__).with_name("launcher.py")
MB = 2**20
LARGE = 50 * MB
SECONDS = 60.0  # of CPU time: other work on the machine does not count
MEMORY_MB = 1500.0
SMALL_DISK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child process that has ended: exit code, what it printed, CPU seconds and peak memory."""

    code: int
    err: str
    seconds: float
    peak_mb: float


def run_child(*args: object, disk: int | None = None) -> Child:
    """Run the command line as a process of its own, where wanted with a limit on the size of files."""
    python = [sys.executable, "-S", str(LAUNCHER), str(disk or 0), sys.executable]
    done = subprocess.run(
        [*python, "-m", "cursus", *map(str, args)],
        capture_output=True,
        check=False,
        timeout=10 * SECONDS,
    )
    err, _, took = done.stderr.decode("utf-8", "replace").rpartition("\ntook ")
    seconds, peak = took.split()
    return Child(code=done.returncode, err=err, seconds=float(seconds), peak_mb=int(peak) / 1024)


@dataclass(slots=True, kw_only=True)
class Place:
    """The files of one child process; `output` and `disk` may keep it from writing."""

    folder: Path
    made: Trial
    output: Path
    disk: int | None = None
    config: Path | None = None


def _set_up(folder: Path, made: Trial) -> Place:
    inputs = folder / "in"
    for place in (inputs, folder / "out"):
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.rmdir() if old.is_dir() and not old.is_symlink() else old.unlink()
    for name, content in made.files.items():
        (inputs / name).write_bytes(content)
    (folder / "out" / "document.json").write_text("before", "utf-8")
    return Place(folder=folder, made=made, output=folder / "out" / "document.json")


def _judge(kind: str, place: Place, *, allowed: bool = True) -> Verdict:
    """Run a place's command; where `allowed` is False, no document may be made."""
    inputs = place.folder / "in"
    before = _state(place)
    config = place.config or inputs / "config.json"
    template = () if place.made.template is None else ("--template", inputs / place.made.template)
    child = run_child(
        "exec-doc", "generate", "-d", inputs / "dag.json", "-c", config, *template, "-o", place.output, disk=place.disk
    )  # fmt: skip
    result, detail = _result(child, place, before, allowed=allowed)
    codes = tuple(sorted({match[0] for match in PROBLEM.findall(child.err)}))
    return Verdict(kind=kind, result=result, codes=codes, detail=detail)


def _result(
    child: Child, place: Place, before: dict[str, bytes], *, allowed: bool
) -> tuple[str, str]:
    if child.code not in {0, 2} or "Traceback" in child.err:
        return "traceback", f"exit {child.code}: {child.err[-600:]}"
    if child.seconds > SECONDS or child.peak_mb > MEMORY_MB:
        return "slow", f"{child.seconds:.1f} s, {child.peak_mb:.0f} MB"
    figures = f"{child.seconds:.1f} s, {child.peak_mb:.0f} MB"
    if child.code != 0:
        if _state(place) != before:
            return "partial", f"a file changed after a failure: {child.err}"
        return unclear(child.err, place.folder) or ("refused", figures)
    if not allowed:
        return "wrong", "made a document from what is no file"
    return _compared(place, figures)


def _compared(place: Place, figures: str) -> tuple[str, str]:
    try:
        expected = expected_of(place.made)
    except SpecError as exc:
        return "wrong", f"made a document, though: {exc!r:.200}"
    found = json.loads(place.output.read_text("utf-8"))
    return ("right", figures) if same(found, expected) else ("wrong", "another document")


def _state(place: Place) -> dict[str, bytes]:
    files = (path for path in place.folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in sorted(files)}


def special_inputs(folder: Path, case: Case) -> Iterator[Verdict]:
    """Give a folder, devices, a pipe, links and an unreadable file for the config."""
    made = trial("", case)
    for kind, (make, allowed) in input_makers(folder, made.files["config.json"]).items():
        place = _set_up(folder, made)
        special = folder / "special"
        if special.is_dir() and not special.is_symlink():
            special.rmdir()
        special.unlink(missing_ok=True)
        make(special)
        place.config = special
        yield _judge(kind, place, allowed=allowed)


def input_makers(folder: Path, content: bytes) -> dict[str, tuple[Callable[[Path], Any], bool]]:
    """Give, for each kind of input, what makes it, and whether a document may come of it."""
    return {
        "folder as input": (lambda path: path.mkdir(), False),
        "empty device as input": (lambda path: path.symlink_to("/dev/null"), False),
        "endless device as input": (lambda path: path.symlink_to("/dev/zero"), False),
        "link to nothing as input": (lambda path: path.symlink_to(folder / "nothing"), False),
        "link as input": (lambda path: path.symlink_to(_other(folder, content)), True),
        "pipe as input": (lambda path: _pipe(path, content), True),
        "unreadable input": (lambda path: (path.write_bytes(content), path.chmod(0)), True),
    }


def _other(folder: Path, content: bytes) -> Path:
    (folder / "other.json").write_bytes(content)
    return folder / "other.json"


def _pipe(path: Path, content: bytes) -> None:
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(content,), daemon=True).start()


def special_outputs(folder: Path, case: Case) -> Iterator[Verdict]:
    """Write where there is no folder, no room, no right to, and over an input."""
    made = trial("", case)
    for kind, (output, disk, allowed) in output_places(folder).items():
        _remove_folders(folder / "out")
        place = _set_up(folder, made)
        place.output, place.disk = output, disk
        yield _judge(kind, place, allowed=allowed)


def output_places(folder: Path) -> dict[str, tuple[Path, int | None, bool]]:
    """Give, for each kind of output, its path, the room on the disk, and whether it can be written."""
    inputs, out = folder / "in", folder / "out"
    return {
        "output in a missing folder": (out / "new" / "folder" / "d.json", None, True),
        "output below a file": (out / "document.json" / "d.json", None, False),
        "output in a read-only folder": (Path("/proc/self/d.json"), None, False),
        "output is a folder": (out, None, False),
        "output is the config": (inputs / "config.json", None, False),
        "output is the DAG": (inputs / "dag.json", None, False),
        "output is a full device": (Path("/dev/full"), None, False),
        "disk is full": (out / "document.json", SMALL_DISK, False),
    }


def _remove_folders(out: Path) -> None:
    for path in sorted(out.rglob("*"), reverse=True) if out.is_dir() else ():
        path.rmdir() if path.is_dir() else path.unlink()


def large_inputs(folder: Path, case: Case) -> Iterator[Verdict]:
    """Give configs, DAGs and templates of 50 MB: one long text, long lists, many steps."""
    for kind, make in LARGE_KINDS.items():
        yield _judge(kind, _set_up(folder, trial("", case, **make(copy.deepcopy(case)))))


def _cradle_key(case: Case) -> str:
    types = case.config["metadata"]["config_types"]
    return next(key for key, name in types.items() if name.startswith("Cradle"))


def _long_text(case: Case) -> dict[str, Any]:
    entry = case.config["configuration"]["specific"][_cradle_key(case)]
    entry["transform_spec"]["transform_sql"] = "x" * LARGE
    return {"config": case.config}


def _long_list(case: Case) -> dict[str, Any]:
    entry = case.config["configuration"]["specific"][_cradle_key(case)]
    columns = [f"feature_group.column_{number}" for number in range(LARGE // 40)]
    entry["output_spec"]["output_schema"] = columns
    return {"config": case.config}


def _many_steps(case: Case) -> dict[str, Any]:
    key, types = _cradle_key(case), case.config["metadata"]["config_types"]
    specific = case.config["configuration"]["specific"]
    for number in range(LARGE // len(json.dumps(specific[key], indent=1))):
        specific[f"{key}_{number}"], types[f"{key}_{number}"] = specific[key], types[key]
    return {"config": case.config}


def _long_template(_case: Case) -> dict[str, Any]:
    members = [{"n": number, "t": "text"} for number in range(LARGE // 40)]
    return {"template": {"PIPELINE_STEP_CONFIGS": {}, "PIPELINE_ADDITIONAL_PARAMS": {"a": members}}}


def _many_nodes(case: Case) -> dict[str, Any]:
    nodes = [*case.dag["dag"]["nodes"], *(f"Other_{number}" for number in range(5_000))]
    edges = [["Other_0", node] for node in nodes if node != "Other_0"]
    return {"dag": {"dag": {"nodes": nodes, "edges": edges}}}


LARGE_KINDS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "50 MB of text in the config": _long_text,
    "50 MB of columns in the config": _long_list,
    "50 MB of steps in the config": _many_steps,
    "50 MB in the template": _long_template,
    "5,000 nodes in the DAG": _many_nodes,
    "50 MB of brackets": lambda _case: {"config": b"[" * LARGE},
    "50 MB of blanks": lambda _case: {"config": b" " * LARGE},
}
