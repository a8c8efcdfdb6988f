"""One run of the command line on mutated files, and the judgement of what came out."""

from __future__ import annotations

import io
import json
import os
import re
import traceback
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.cli import main
from spec_oracle import expected_document, same
from spec_values import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEM = re.compile(
    r"^(CUR\d{4}) error: (.*?)\n(?:    at  (.*?)\n)?    fix (.*?)$", re.DOTALL | re.MULTILINE
)
USAGE = re.compile(r"^Error: ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The files of one run; `harmless`: the mutation changes nothing that counts, so a refusal is wrong.

    `template_data` is what a YAML template says; `refused`: no reader may take these files.
    """

    kind: str
    files: dict[str, bytes]
    template: str | None = None
    template_data: Any = None
    harmless: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a trial: `result` is right, refused, traceback, partial, wrong or unclear."""

    kind: str
    result: str
    codes: tuple[str, ...] = ()
    detail: str = ""
    trial: Trial | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run of the command line ended; `crash` is the text of an exception that escaped it."""

    code: object
    out: str
    err: str
    crash: str = ""


def run_in_process(*args: object) -> Ended:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    crash = ""
    with redirect_stdout(out), redirect_stderr(err), _kept_stdout():
        try:
            main([str(arg) for arg in args])
        except SystemExit as exc:
            code = exc.code
        except BaseException:  # noqa: BLE001 - any other exception is what is looked for
            crash = traceback.format_exc(limit=-4)
    return Ended(code=code, out=out.getvalue(), err=err.getvalue(), crash=crash)


@contextmanager
def _kept_stdout() -> Iterator[None]:
    """Give file descriptor 1 back: the command line points it elsewhere where the output is refused."""
    kept = os.dup(1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def try_once(trial: Trial, folder: Path) -> Verdict:
    """Write a trial's files, make the document, and judge it."""
    inputs, outputs = folder / "in", folder / "out"
    for place in (inputs, outputs):
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
    for name, content in trial.files.items():
        (inputs / name).write_bytes(content)
    target = outputs / "document.json"
    target.write_text("before", "utf-8")
    template = () if trial.template is None else ("--template", inputs / trial.template)
    ended = run_in_process(
        "exec-doc", "generate", "-d", inputs / "dag.json", "-c", inputs / "config.json", *template, "-o", target
    )  # fmt: skip
    result, detail = _judged(trial, ended, folder)
    codes = tuple(sorted({match[0] for match in PROBLEM.findall(ended.err)}))
    return Verdict(kind=trial.kind, result=result, codes=codes, detail=detail, trial=trial)


def _judged(  # noqa: PLR0911 - one for each thing that can be wrong
    trial: Trial, ended: Ended, folder: Path
) -> tuple[str, str]:
    if ended.crash or "Traceback" in ended.err or ended.code not in {0, 2}:
        return "traceback", f"exit {ended.code}: {ended.crash or ended.err}"
    inputs = {path.name: path.read_bytes() for path in (folder / "in").iterdir()}
    written = [path.name for path in (folder / "out").iterdir()]
    if inputs != trial.files or written != ["document.json"]:
        return "partial", f"inputs changed, or left behind: {written}"
    text = (folder / "out" / "document.json").read_text("utf-8")
    try:
        expected = expected_of(trial)
    except (SpecError, RecursionError) as exc:
        if ended.code == 0:
            return "wrong", f"made a document, though: {exc!r:.300}"
        expected = None
    if ended.code == 0:
        return (
            ("right", "")
            if same(json.loads(text), expected)
            else ("wrong", _difference(text, expected))
        )
    if text != "before":
        return "partial", "the output changed after a failure"
    if trial.harmless:
        return "wrong", f"refused, though nothing is wrong: {ended.err}"
    return unclear(ended.err, folder) or ("refused", "")


def unclear(err: str, folder: Path) -> tuple[str, str] | None:
    """Say where an error does not name a file of the input, and what to do."""
    blocks = PROBLEM.findall(err)
    if not blocks and not USAGE.search(err) and "cannot be written: " not in err:
        return "unclear", f"no problem is named: {err:.500}"
    for code, message, place, fix in blocks:
        if str(folder) not in f"{message}{place}" or not fix.strip():
            return (
                "unclear",
                f"{code} names no file or no fix: {message:.200} | {place} | {fix:.80}",
            )
    return None


def _difference(text: str, expected: Any) -> str:
    from cursus.document import diff_documents

    found = diff_documents(expected, json.loads(text))
    return "; ".join(map(str, found[:5])) or "the order of names differs"


def expected_of(trial: Trial) -> dict[str, Any]:
    """Give the document that the files of a trial stand for; SpecError where they stand for none."""
    if trial.refused:
        raise SpecError("no reader may take these files")
    config, dag = (_strict(trial.files[name]) for name in ("config.json", "dag.json"))
    template = trial.template_data
    if trial.template is not None and template is None:
        template = _strict(trial.files[trial.template])
        if template is None:
            raise SpecError("null is no template")
    return expected_document(config, dag, template)


def _strict(content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(text, object_pairs_hook=_unique)
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as exc:
        raise SpecError(f"no JSON: {exc}") from exc
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise SpecError("a name stands there twice")
    return members
