"""Help texts that the platform's templates come with, which must not survive in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.config.help_texts import SENTENCES, TOKENS, is_help_text
from cursus.document.layout import STEP_CONFIG, STEP_CONFIGS
from cursus.errors import Place, Problem
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cursus.json_file import Parts


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
        for parts, value in help_texts_in(entry.get(STEP_CONFIG, {}))
    ]


def help_texts_in(value: Any) -> Iterator[tuple[Parts, str]]:
    """Give every help text in JSON data with its place, in order; large data without any is not walked through."""
    everything = repr(value)
    if not any(text in everything for text in (*TOKENS, *SENTENCES)):
        return
    waiting: list[tuple[Parts, Any]] = [((), value)]
    while waiting:
        parts, member = waiting.pop()
        if isinstance(member, str) and is_help_text(member):
            yield parts, member
        elif isinstance(member, dict):
            waiting.extend(((*parts, name), inner) for name, inner in reversed(member.items()))
        elif isinstance(member, (list, tuple)):
            waiting.extend(((*parts, i), member[i]) for i in reversed(range(len(member))))
