"""Scripts against what is declared of them: by builders and contracts beside them, and by installed step types."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.errors import PluginError
from cursus.lint.finding import Finding
from cursus.lint.fixing import characters
from cursus.lint.script_declarations import Declaration, declarations
from cursus.lint.script_reads import CONTAINER, Read, ScriptReads, script_reads
from cursus.lint.source_file import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cursus.kernel.plugins import OwnedStepType
    from cursus.kernel.step_type import StepType
    from cursus.lint.source_file import SourceFile


JOB_CODE = re.compile(r"\bcode\s*=")
JOB_PORTS = re.compile(r"\b(?:inputs|outputs)\s*=")


def contract_findings(sources: Sequence[SourceFile]) -> list[Finding]:
    """Compare the scripts among these files with what the other files, and installed plugins, declare of them."""
    trees = {source.path: ast.parse(source.text) for source in sources if _may_declare(source)}
    found: list[Finding] = []
    for source in sources:
        for declaration in declarations(source, trees[source.path]) if source.path in trees else ():
            script = _script(declaration, sources)
            if script is not None:
                reads = script_reads(ast.parse(script.text))
                found += mismatches(script.path, reads, declaration)
    texts = {source.path: source.text for source in sources}
    return [_in_characters(each, texts[each.file]) for each in [*found, *_of_plugins(sources)]]


def _in_characters(finding: Finding, text: str) -> Finding:
    """Count a finding's columns in characters; the syntax tree counts UTF-8 bytes."""
    if text.isascii():
        return finding
    column = characters(lines_of(text)[finding.line - 1], finding.column - 1) + 1
    return replace(finding, column=column, end_column=column + finding.end_column - finding.column)


def _may_declare(source: SourceFile) -> bool:
    """Spare the second parse of files that cannot hold a declaration."""
    text = source.text
    if '.py"' not in text and ".py'" not in text:
        return False
    return "Contract(" in text or bool(JOB_CODE.search(text) and JOB_PORTS.search(text))


def _script(declaration: Declaration, sources: Sequence[SourceFile]) -> SourceFile | None:
    """Find the one file that a declaration means, by the end of its path; None where several could be it."""
    wanted = Path(declaration.script).parts
    fitting = [s for s in sources if s.path.parts[-len(wanted) :] == wanted]
    return fitting[0] if len(fitting) == 1 else None


def mismatches(script: Path, reads: ScriptReads, declaration: Declaration) -> Iterator[Finding]:
    """Give what a script and a declaration say differently."""
    where = f"{declaration.file}:{declaration.line}"
    yield from _ports(script, reads, declaration, where)
    yield from _environment(script, reads, declaration, where)
    yield from _arguments(script, reads, declaration, where)
    if declaration.paths is not None:
        for read in reads.container_paths:
            if not _is_mounted(read.name, declaration.paths):
                yield _finding(
                    _At(file=script, read=read),
                    "CUR0914",
                    f"{read.name} is not mounted: {where} declares {_listed(declaration.paths)}",
                    "use a declared path, or declare an input or output there",
                )


def _ports(
    script: Path, reads: ScriptReads, declaration: Declaration, where: str
) -> Iterator[Finding]:
    for read in reads.ports if declaration.ports is not None else ():
        if read.name not in (declaration.ports or ()):
            yield _finding(
                _At(file=script, read=read),
                "CUR0911",
                f"port {read.name} is not declared: {where} has {_listed(declaration.ports or ())}",
                "use a declared port's name, or declare the port",
            )


def _environment(
    script: Path, reads: ScriptReads, declaration: Declaration, where: str
) -> Iterator[Finding]:
    if declaration.environment is None:
        return
    needed = [read for read in reads.system_environment if read.required]
    for read in [*reads.given_environment, *needed]:
        is_service = read.name.startswith(("SM_", "AWS_", "SAGEMAKER_", "TRAINING_"))
        if read.name not in declaration.environment and not is_service:
            yield _finding(
                _At(file=script, read=read),
                "CUR0912",
                f"environment variable {read.name} is not set: {where} sets {_listed(declaration.environment)}",
                "set it in the declaration, or read it with a default",
            )


def _arguments(
    script: Path, reads: ScriptReads, declaration: Declaration, where: str
) -> Iterator[Finding]:
    if declaration.arguments is None or reads.arguments is None:
        return
    passed = {word.partition("=")[0] for word in declaration.arguments if word.startswith("--")}
    known = {name for read in reads.arguments for name in read.others}
    for word in sorted(passed - known) if not reads.tolerant else ():
        here = Read(name=word, line=declaration.line, column=declaration.column)
        yield _finding(
            _At(file=Path(declaration.file), read=here),
            "CUR0913",
            f"argument {word} is passed, but {script} takes {_listed(known)}",
            "take it with add_argument, or do not pass it",
        )
    for read in reads.arguments:
        if read.required and not passed & set(read.others):
            yield _finding(
                _At(file=script, read=read),
                "CUR0913",
                f"argument {read.name} is required, but {where} does not pass it",
                "pass it, or give it a default",
            )


def step_type_mismatches(step_type: StepType[Any], script: Path, text: str) -> list[Finding]:
    """Give what a script asks for and its step type, with its example config, does not declare."""
    config = step_type.config(**step_type.example)
    declaration = Declaration(
        script=script.name,
        file=f"step type {step_type.name}",
        line=1,
        column=1,
        ports=frozenset(
            [port.name for port in step_type.inputs] + [port.name for port in step_type.outputs]
        ),
        environment=frozenset(step_type.job.environment(config)),
        arguments=tuple(map(str, step_type.job.arguments(config))),
    )
    return list(mismatches(script, script_reads(ast.parse(text)), declaration))


def _of_plugins(sources: Iterable[SourceFile]) -> Iterator[Finding]:
    """Compare the scripts that installed plugins ship, where they are among the files."""
    scripts = {s.path.resolve(): s for s in sources if s.path.resolve().parent.name == "scripts"}
    if not scripts:
        return
    from cursus.kernel.plugins import load_plugins

    owners = load_plugins().owners
    for name in sorted(owners):
        for owned in owners[name]:
            script = owned.step_type.script
            path = None if script is None else script.path()
            source = None if path is None else scripts.get(path.resolve())
            if source is not None and owned.step_type.job.kind in ("processing", "training"):
                yield from _of_step_type(owned, source)


def _of_step_type(owned: OwnedStepType, source: SourceFile) -> list[Finding]:
    try:
        return step_type_mismatches(owned.step_type, source.path, source.text)
    except Exception as exc:  # the guard around plugin code
        raise PluginError(owned.plugin, f"the example of {owned.step_type.name}", exc) from exc


def _is_mounted(path: str, declared: Iterable[str]) -> bool:
    """Say whether a path is a declared one, below one, or on the way to one."""
    code = f"{CONTAINER}input/code"
    return any(
        path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/")
        for other in [*declared, code]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    file: Path
    read: Read


def _finding(at: _At, code: str, message: str, fix: str) -> Finding:
    read = at.read
    return Finding(
        code=code,
        file=at.file,
        line=read.line,
        column=read.column,
        end_line=read.line,
        end_column=read.column + len(read.name),
        message=message,
        fix=fix,
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
