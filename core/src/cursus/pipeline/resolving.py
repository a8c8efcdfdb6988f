"""What a value of a definition becomes once the pipeline runs: Joins and references followed to the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.pipeline.marked import DATA, marked, pieces_of, reference
from cursus.pipeline.references import PART
from cursus.pipeline.service_model import is_run_time_value
from cursus.pipeline.view import item_names

if TYPE_CHECKING:
    from cursus.pipeline.view import DefinitionView

MODEL_ARTIFACTS = "ModelArtifacts.S3ModelArtifacts"
TRAINING_OUTPUT = "OutputDataConfig.S3OutputPath"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Resolves values with the given parameter values; what only the run knows stays marked.

    A chain such as Processing output -> next step's input -> its output is followed to its first location. The
    archive of a Training job is `<its output path>/<job>/output/model.tar.gz`, as the service names it.
    """

    definition: DefinitionView
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: object, seen: frozenset[str] = frozenset()) -> str:
        """Give a value as marked text; `seen` are the references that led here."""
        if not isinstance(value, Mapping) or not is_run_time_value(value):
            return marked(value)
        ((name, content),) = value.items()
        if name == "Get":
            return self._reference(str(content), seen)
        if name == "Std:Join" and isinstance(content, Mapping):
            pieces = [self.text(one, seen).removeprefix(DATA) for one in pieces_of(content)]
            return marked(str(content.get("On", ""))).join(pieces)
        return reference(name)

    def _reference(self, text: str, seen: frozenset[str]) -> str:
        area, _, rest = text.partition(".")
        if area == "Parameters":
            return self.values.get(rest, reference(text))
        step, _, path = rest.partition(".")
        if area != "Steps" or text in seen or step not in self.definition.steps:
            return reference(text)
        return self._property(step, path, seen | {text}) or reference(text)

    def _property(self, name: str, path: str, seen: frozenset[str]) -> str | None:
        """Give a property that follows from the step's own arguments; None where only the job knows it."""
        step = self.definition.steps[name]
        if step.type == "Training" and path == MODEL_ARTIFACTS:
            folder = self._property(name, TRAINING_OUTPUT, seen)
            return (
                None
                if folder is None
                else f"{folder}/{reference(f'job-of-{name}')}/output/model.tar.gz"
            )
        found: Any = step.arguments
        for part in PART.findall(path):
            found = _member(found, part)
        return None if found is None else self.text(found, seen)


def _member(value: Any, part: str) -> Any:
    """Follow one part of a property's path: a member, `['name']` of a list, or `[0]`."""
    if isinstance(value, Mapping):
        return value.get(part.strip("[]'"))
    if isinstance(value, list) and part.startswith("["):
        wanted = part.strip("[]'")
        names = item_names(value)
        if wanted in names:
            return value[names.index(wanted)]
        index = int(wanted) if wanted.isdigit() else len(value)
        return value[index] if index < len(value) else None
    return None
