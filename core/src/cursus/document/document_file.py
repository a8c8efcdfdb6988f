"""Execution documents as files: JSON or YAML, `-` for the standard streams."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cursus.document.layout import copied
from cursus.errors import ExecutionDocumentGenerationError, raise_errors
from cursus.files import write_text
from cursus.json_file import JsonKind

if TYPE_CHECKING:
    from collections.abc import Hashable

    import yaml

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
    is_json = text.lstrip().startswith("{") if file == STREAM else file.suffix not in YAML_SUFFIXES
    try:
        document = copied(_from_json(text, file) if is_json else _from_yaml(text, file))
    except RecursionError as exc:  # in the copy, where every later walk would have it
        raise DOCUMENT_FILE.too_deep(file) from exc
    if document is None:
        raise DOCUMENT_FILE.unreadable("holds no document: it is empty, or null", file)
    return document


def format_of(path: str | Path) -> Format:
    """Give the format that a file name stands for; JSON where it says nothing."""
    return "yaml" if Path(path).suffix in YAML_SUFFIXES else "json"


def document_text(document: Any, kind: Format) -> str:
    """Give a document as text; the order of keys is kept."""
    if kind == "json":
        return json.dumps(document, indent=2) + "\n"
    import yaml

    return yaml.safe_dump(document, sort_keys=False, width=100)


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

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - made of the safe loader
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise DOCUMENT_FILE.unreadable(f"is not YAML: {exc}", file, line) from exc


def _loader() -> type[yaml.SafeLoader]:
    """Make a safe loader that leaves times as text, as JSON does, and refuses a key that stands twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - a class attribute of the library
            first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
            for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(
            self,
            node: yaml.MappingNode,
            deep: bool = False,  # noqa: FBT001, FBT002 - the library's signature
        ) -> dict[Hashable, Any]:
            keys = [key.value for key, _ in node.value]
            for key, _ in node.value:
                if keys.count(key.value) > 1:
                    problem = f"the key {key.value} stands there twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            return super().construct_mapping(node, deep=deep)

    return Loader
