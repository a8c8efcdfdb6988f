"""Execution documents as files: JSON or YAML, `-` for the standard streams."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal

from cursus.document.json_data import data_problems
from cursus.errors import ExecutionDocumentGenerationError, raise_errors
from cursus.files import write_text
from cursus.json_file import JsonKind

STREAM = Path("-")
YAML_SUFFIXES = frozenset({".yaml", ".yml"})
Format = Literal["json", "yaml"]
DOCUMENT_FILE = JsonKind(
    name="the document's text",
    error=ExecutionDocumentGenerationError,
    code="CUR0501",
    repeated_code="CUR0501",
    fix="give the path of an execution document in JSON or YAML",
)


def read_document(path: str | Path) -> Any:
    """Read a document; the suffix says which format it has, on the standard input the first character."""
    file = Path(path)
    text = DOCUMENT_FILE.read_text(file, sys.stdin.buffer if file == STREAM else None)
    is_json = (
        text.lstrip().startswith("{")
        if file == STREAM
        else file.suffix.lower() not in YAML_SUFFIXES
    )
    try:
        document = _from_json(text, file) if is_json else _from_yaml(text, file)
    except RecursionError as exc:  # an alias of an alias of an alias
        raise DOCUMENT_FILE.too_deep(file) from exc
    if document is None:
        raise DOCUMENT_FILE.unreadable("holds no document: it is empty, or null", file)
    raise_errors(data_problems(document, file=file), ExecutionDocumentGenerationError)
    return document


def format_of(path: str | Path) -> Format:
    """Give the format that a file name stands for; JSON where it says nothing."""
    return "yaml" if Path(path).suffix.lower() in YAML_SUFFIXES else "json"


def document_text(document: Any, kind: Format) -> str:
    """Give a document as text; the order of keys is kept, and what JSON cannot hold is an error."""
    raise_errors(data_problems(document), ExecutionDocumentGenerationError)
    if kind == "json":
        return json.dumps(document, indent=2) + "\n"
    from cursus.document.yaml_text import yaml_text

    return yaml_text(document)


def write_document(document: Any, path: str | Path, kind: Format | None = None) -> None:
    """Write a document, whole or not at all; `-` is the standard output."""
    text = document_text(document, kind or format_of(path))
    if Path(path) == STREAM:
        sys.stdout.write(text)
    else:
        write_text(path, text)


def _from_json(text: str, file: Path) -> Any:
    source = DOCUMENT_FILE.parse(text, file)
    raise_errors(DOCUMENT_FILE.repeated(source), ExecutionDocumentGenerationError)
    return source.data


def _from_yaml(text: str, file: Path) -> Any:
    import yaml

    from cursus.document.yaml_text import parse_yaml

    try:
        return parse_yaml(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise DOCUMENT_FILE.unreadable(f"is not YAML: {exc}", file, line) from exc
