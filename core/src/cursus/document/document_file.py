"""Execution documents as files: JSON or YAML, `-` for the standard streams."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cursus.config.json_text import parse_json
from cursus.document.layout import copied
from cursus.errors import ExecutionDocumentGenerationError, Place, Problem
from cursus.files import write_text

if TYPE_CHECKING:
    from collections.abc import Hashable

    import yaml

STREAM = Path("-")
YAML_SUFFIXES = frozenset({".yaml", ".yml"})
Format = Literal["json", "yaml"]


def read_document(path: str | Path) -> Any:
    """Read a document; the suffix says which format it has, on the standard input the first character."""
    file = Path(path)
    text = _text(file)
    is_json = text.lstrip().startswith("{") if file == STREAM else file.suffix not in YAML_SUFFIXES
    try:
        return copied(_from_json(text, file) if is_json else _from_yaml(text, file))
    except RecursionError as exc:  # in the copy, where every later walk would have it
        raise _unreadable(f"{file} is nested too deeply", file) from exc


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


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STREAM else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise _unreadable(f"{file} cannot be read: {exc}", file) from exc


def _from_json(text: str, file: Path) -> Any:
    try:
        source = parse_json(text, file)
    except ValueError as exc:
        line = exc.lineno if isinstance(exc, json.JSONDecodeError) else None
        raise _unreadable(f"{file} is not JSON: {exc}", file, line) from exc
    if source.repeated:
        places = source.repeated
        raise ExecutionDocumentGenerationError(_repeated(place) for place in places)
    return source.data


def _from_yaml(text: str, file: Path) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - made of the safe loader
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise _unreadable(f"{file} is not YAML: {exc}", file, line) from exc


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


def _repeated(place: Place) -> Problem:
    return Problem(
        code="CUR0501",
        message=f"{place.path} stands there twice",
        fix="remove one of the two; JSON readers would keep only the last",
        place=place,
    )


def _unreadable(
    message: str, file: Path, line: int | None = None
) -> ExecutionDocumentGenerationError:
    fix = "give the path of an execution document in JSON or YAML"
    place = Place(file=file, line=line)
    problem = Problem(code="CUR0501", message=message, fix=fix, place=place)
    return ExecutionDocumentGenerationError([problem])
