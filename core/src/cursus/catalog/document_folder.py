"""Execution documents of a whole folder: each case by itself, so that a bad one stops no other."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from cursus.catalog.document_cases import DagChoice, find_cases, possible_dags, repeated_names
from cursus.catalog.listing import read_catalog
from cursus.document import DocumentOptions, ExecutionDocumentGenerator
from cursus.document.document_file import Format, read_document, write_document
from cursus.document.generator import check_prefix
from cursus.errors import (
    CursusError,
    ExecutionDocumentGenerationError,
    InvalidInputError,
    Place,
    Problem,
    raise_errors,
    read_all,
)
from cursus.kernel.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cursus.catalog.document_cases import CaseFiles, FolderCases
    from cursus.catalog.listing import Catalog
    from cursus.document import FilledDocument
    from cursus.kernel.plugins import Plugins

CASE = "{case}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """How the documents of a folder are made.

    `template` is the name of a file that a case may have in its folder. A prefix of `document` holds `{case}`, in
    whose place each case's name comes, so that no two write to one place.
    """

    dags: DagChoice = field(default_factory=DagChoice)
    template: str | None = None
    kind: Format = "json"
    document: DocumentOptions = field(default_factory=DocumentOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What became of one case; `document` is the file where it is, or would be."""

    name: str
    config: Path
    document: Path
    template: Path | None = None
    status: Literal["made", "failed"] = "failed"
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the result as JSON data."""
        return {
            "case": self.name,
            "status": self.status,
            "config": str(self.config),
            "template": None if self.template is None else str(self.template),
            "document": str(self.document) if self.status == "made" else None,
            "seconds": round(self.seconds, 4),
            "problems": [problem.to_dict() for problem in self.problems],
            "warnings": [warning.to_dict() for warning in self.warnings],
        }


class DocumentFolder:
    """All cases below a folder, and the folder into which their documents go.

    Raises ExecutionDocumentGenerationError where there is no case, where the prefix would be one for all, or where a
    document would be written over a file that is read.
    """

    def __init__(self, folder: Path, target: Path, options: FolderOptions | None = None) -> None:
        self.folder = folder
        self.target = target
        self.options = options or FolderOptions()
        _check_prefix(self.options.document.prefix)
        self.found: FolderCases = find_cases(folder, left_out=target)
        if not self.found.cases:
            raise ExecutionDocumentGenerationError([_no_case(folder, target, self.found)])
        self._refuse_overwriting()

    def inputs(self) -> list[Path]:
        """Give the files that are read, or would be where they are there: configs, DAGs, templates."""
        files = [] if self.options.dags.file is None else [self.options.dags.file]
        for case in self.found.cases:
            template = self._template_path(case)
            files += [case.config, *possible_dags(case), *([] if template is None else [template])]
        return files

    def documents(self) -> list[Path]:
        """Give the file of each case's document."""
        return [self._document(case) for case in self.found.cases]

    def make_documents(self) -> Iterator[CaseResult]:
        """Make and write each document in turn; what keeps one from being made is in its result."""
        plugins = load_plugins()
        catalog = cache(lambda: read_catalog(plugins))
        repeated = repeated_names(self.found.cases)
        for case in self.found.cases:
            start = perf_counter()
            result = CaseResult(
                name=case.name,
                config=case.config,
                document=self._document(case),
                template=self._template(case),
            )
            try:
                if case.name in repeated:
                    raise ExecutionDocumentGenerationError([_repeated(case)])
                filled = self._fill(case, result.template, plugins, catalog)
                write_document(filled.document, result.document, self.options.kind)
                result = replace(result, status="made", warnings=filled.warnings)
            except InvalidInputError as exc:
                result = replace(result, problems=exc.problems)
            except CursusError as exc:
                result = replace(result, problems=(_failed(case, exc),))
            yield replace(result, seconds=perf_counter() - start)

    def _fill(
        self,
        case: CaseFiles,
        template_file: Path | None,
        plugins: Plugins,
        catalog: Callable[[], Catalog],
    ) -> FilledDocument:
        prefix = self.options.document.prefix
        own = None if prefix is None else prefix.replace(CASE, case.name)
        options = replace(self.options.document, prefix=own)
        dag, generator, template = read_all(
            lambda: self.options.dags.dag_of(case, catalog),
            lambda: ExecutionDocumentGenerator(case.config, options=options, plugins=plugins),
            lambda: None if template_file is None else read_document(template_file),
        )
        filled: FilledDocument = generator.fill(dag, template)
        return filled

    def _document(self, case: CaseFiles) -> Path:
        return self.target / f"{case.name}.{self.options.kind}"

    def _template(self, case: CaseFiles) -> Path | None:
        file = self._template_path(case)
        return file if file is not None and file.is_file() else None

    def _template_path(self, case: CaseFiles) -> Path | None:
        name = self.options.template
        return None if name is None else case.config.parent / name

    def _refuse_overwriting(self) -> None:
        inputs = {os.path.realpath(file): file for file in self.inputs()}
        places = {case: os.path.realpath(self._document(case)) for case in self.found.cases}
        problems = [
            _overwriting(case, self._document(case), inputs[place])
            for case, place in places.items()
            if place in inputs
        ]
        raise_errors(problems, ExecutionDocumentGenerationError)


def _check_prefix(prefix: str | None) -> None:
    if prefix is None:
        return
    if CASE in prefix:
        check_prefix(prefix.replace(CASE, "case"))
        return
    problem = Problem(
        code="CUR0510",
        message=f"prefix {prefix!r:.80} would be that of every case, and all would write to one place",
        fix=f"write {CASE} where each case's name belongs, as in s3://bucket/folder/{CASE}",
    )
    raise ExecutionDocumentGenerationError([problem])


def _no_case(folder: Path, target: Path, found: FolderCases) -> Problem:
    if found.left_out:
        message = f"{folder} holds no config file outside {target}, where the documents go; what is there is left out"
        fix = "give another folder for the documents"
    else:
        message = f"{folder} holds no config file"
        fix = (
            "give a folder with config.json files, each with its dag.json, or files such as "
            "NAME.config.json and NAME.dag.json"
        )
    return Problem(code="CUR0516", message=message, fix=fix)


def _overwriting(case: CaseFiles, document: Path, file: Path) -> Problem:
    return Problem(
        code="CUR0515",
        message=f"the document of case {case.name} would overwrite {file}, from which documents are made"
        + ("" if document == file else f" (as {document})"),
        fix="let the documents go into a folder of their own: -o FOLDER",
        place=Place(file=case.config),
    )


def _repeated(case: CaseFiles) -> Problem:
    return Problem(
        code="CUR0515",
        message=f"more than one config is called {case.name}, and their documents would be one file",
        fix="rename one of the files",
        place=Place(file=case.config),
    )


def _failed(case: CaseFiles, exc: CursusError) -> Problem:
    return Problem(
        code="CUR0517",
        message=f"the document of case {case.name} is not there: {exc}",
        fix="mend what it says, and generate again",
        place=Place(file=case.config),
    )
