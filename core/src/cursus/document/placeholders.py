"""Help texts that the platform's templates come with, which must not survive in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.document.layout import STEP_CONFIG, STEP_CONFIGS
from cursus.errors import Place, Problem
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cursus.json_file import Parts

TOKENS = frozenset(
    {
        "MDS_DATA_SET_NAME_IN_STRING",
        "MDS_ORG_UNIT_IN_STRING",
        "MDS_REGION/NA/EU/FE",
        "OUTPUT_FIELD_NAME",
        "image-uri-placeholder",
    }
)
SENTENCES = (
    "The domain to register ",
    "The objective to register ",
    "The region that your ",
    "The team id of ",
    "The image arn for ",
    "Provide a list ",
    "Provide a dictionary ",
    "Optional: ",
)


def placeholder_problems(document: Mapping[str, Any], *, file: Path | None = None) -> list[Problem]:
    """Name every step and key whose value is a help text of the template."""
    return [
        Problem(
            code="CUR0507",
            message=f"step {key} has the help text {value!r:.60} in {'.'.join(str(p) for p in parts)}",
            fix="write the value where the text comes from: the config that fills the step, else the template",
            place=Place(file=file, path=json_path((STEP_CONFIGS, key, STEP_CONFIG, *parts))),
        )
        for key, entry in document[STEP_CONFIGS].items()
        for parts, value in _texts(entry.get(STEP_CONFIG, {}))
        if value in TOKENS or value.startswith(SENTENCES)
    ]


def _texts(value: Any) -> Iterator[tuple[Parts, str]]:
    """Give every text in JSON data, in order; none where no help text is anywhere (documents are large)."""
    everything = repr(value)
    if not any(text in everything for text in (*TOKENS, *SENTENCES)):
        return
    waiting: list[tuple[Parts, Any]] = [((), value)]
    while waiting:
        parts, member = waiting.pop()
        if isinstance(member, str):
            yield parts, member
        elif isinstance(member, dict):
            waiting.extend(((*parts, name), inner) for name, inner in reversed(member.items()))
        elif isinstance(member, list):
            waiting.extend(((*parts, i), member[i]) for i in reversed(range(len(member))))
