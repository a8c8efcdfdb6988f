"""Documents joined and compared, member by member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cursus.document.layout import copied, layout_problems
from cursus.errors import ExecutionDocumentGenerationError, Place, Problem, raise_errors
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cursus.json_file import Parts

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A member that only one of two documents has, or that differs; None stands for a value that is not there."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        before, after = _shown(self.before), _shown(self.after)
        values = {"added": after, "removed": before, "changed": f"{before} -> {after}"}
        return f"{self.kind:8} {self.path}: {values[self.kind]}"

    def to_dict(self) -> dict[str, Any]:
        """Give the difference as JSON data."""
        return {"path": self.path, "kind": self.kind, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conflict:
    parts: Parts
    one: Any
    other: Any


def merge_documents(
    *documents: Mapping[str, Any], names: Sequence[str | Path] = ()
) -> dict[str, Any]:
    """Join documents: objects deeply, nothing dropped; every value that two give differently is an error.

    `names` are the files of the documents, one for each, by which problems call them.
    """
    files: list[Path | None] = [Path(name) for name in names] or [None] * len(documents)
    pairs = list(zip(documents, files, strict=True))
    problems = [p for d, file in pairs for p in layout_problems(d, file=file, is_template=True)]
    raise_errors(problems, ExecutionDocumentGenerationError)
    merged: dict[str, Any] = {}
    for index, (document, file) in enumerate(pairs):
        for conflict in _merge(merged, copied(document), ()):
            earlier = next(own for d, own in pairs[:index] if _has(d, conflict.parts))
            problems.append(_problem(conflict, earlier, file))
    raise_errors(problems, ExecutionDocumentGenerationError)
    return merged


def diff_documents(before: Any, after: Any) -> list[Difference]:
    """List what differs, by path; the order of an object's members does not count."""
    return list(_differences(before, after, ()))


def _merge(target: dict[str, Any], source: Mapping[str, Any], parts: Parts) -> Iterator[_Conflict]:
    for name, value in source.items():
        path = (*parts, name)
        if name not in target:
            target[name] = value
        elif isinstance(value, dict) and isinstance(target[name], dict):
            yield from _merge(target[name], value, path)
        elif not _same(target[name], value):
            yield _Conflict(parts=path, one=target[name], other=value)


def _has(document: Any, parts: Parts) -> bool:
    for part in parts:
        if not isinstance(document, Mapping) or part not in document:
            return False
        document = document[part]
    return True


def _problem(conflict: _Conflict, earlier: Path | None, later: Path | None) -> Problem:
    """Name the first member of a list in which the two differ; the lists as a whole would look the same."""
    first = next(_differences(conflict.one, conflict.other, conflict.parts))
    what = f"{_shown(first.before)} and {_shown(first.after)}"
    if first.kind == "added":
        what = f"only {later or 'a later one'} has {_shown(first.after)}"
    elif first.kind == "removed":
        what = f"only {earlier or 'an earlier one'} has {_shown(first.before)}"
    who = "the documents" if earlier is None else f"{earlier} and {later}"
    return Problem(
        code="CUR0512",
        message=f"{who} disagree on {first.path}: {what}",
        fix="make the two equal, or remove one of them",
        place=Place(file=later, path=json_path(conflict.parts)),
    )


def _differences(before: Any, after: Any, parts: Parts) -> Iterator[Difference]:
    path = json_path(parts)
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _member(before, after, (*parts, name))
    elif isinstance(before, list) and isinstance(after, list):
        one, other = dict(enumerate(before)), dict(enumerate(after))
        for index in range(max(len(one), len(other))):
            yield from _member(one, other, (*parts, index))
    elif not _same(before, after):
        yield Difference(path=path, kind="changed", before=before, after=after)


def _member(
    before: Mapping[Any, Any], after: Mapping[Any, Any], parts: Parts
) -> Iterator[Difference]:
    name = parts[-1]
    if name not in before:
        yield Difference(path=json_path(parts), kind="added", after=after[name])
    elif name not in after:
        yield Difference(path=json_path(parts), kind="removed", before=before[name])
    else:
        yield from _differences(before[name], after[name], parts)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON text, where true is not 1; members may stand in any order."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
