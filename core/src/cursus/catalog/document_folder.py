"""Execution documents of a whole folder: each case by itself, so that a bad one stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from cursus.catalog.document_cases import DagChoice, find_cases, repeated_names
from cursus.catalog.listing import read_catalog
from cursus.document import DocumentOptions, ExecutionDocumentGenerator
from cursus.document.document_file import Format, read_document, write_document
from cursus.errors import (
    CursusError,
    ExecutionDocumentGenerationError,
    InvalidInputError,
    Place,
    Problem,
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

    Raises ExecutionDocumentGenerationError where there is no case, or where the prefix would be one for all.
    """

    def __init__(self, folder: Path, target: Path, options: FolderOptions | None = None) -> None:
        self.folder = folder
        self.target = target
        self.options = options or FolderOptions()
        _check_prefix(self.options.document.prefix)
        self.found: FolderCases = find_cases(folder, left_out=target)
        if not self.found.cases:
            raise ExecutionDocumentGenerationError([_no_case(folder)])

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
                document=self.target / f"{case.name}.{self.options.kind}",
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

    def _template(self, case: CaseFiles) -> Path | None:
        if self.options.template is None:
            return None
        file = case.config.parent / self.options.template
        return file if file.is_file() else None


def _check_prefix(prefix: str | None) -> None:
    if prefix is None or CASE in prefix:
        return
    problem = Problem(
        code="CUR0510",
        message=f"prefix {prefix!r:.80} would be that of every case, and all would write to one place",
        fix=f"write {CASE} where each case's name belongs, as in s3://bucket/folder/{CASE}",
    )
    raise ExecutionDocumentGenerationError([problem])


def _no_case(folder: Path) -> Problem:
    return Problem(
        code="CUR0516",
        message=f"{folder} holds no config file",
        fix="give a folder with config.json files, each with its dag.json, or files such as "
        "NAME.config.json and NAME.dag.json",
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
