"""Which step of one definition is likely to be a step of another under a new name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cursus.pipeline.marked import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.pipeline.view import DefinitionView, StepView

LEAST_SHARE = 0.7


def likely_renames(before: DefinitionView, after: DefinitionView) -> dict[str, tuple[str, float]]:
    """Give the new name, and the share of values that stayed, for steps that are gone; the most alike first.

    A pair is of one type, and at least 70 % of the values of both are the same at the same place.
    """
    gone = [step for name, step in before.steps.items() if name not in after.steps]
    new = [step for name, step in after.steps.items() if name not in before.steps]
    shares = sorted(_shares(gone, new), key=lambda found: (-found[0], found[1], found[2]))
    renames: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for share, old_name, new_name in shares:
        if old_name not in renames and new_name not in taken:
            renames[old_name] = (new_name, share)
            taken.add(new_name)
    return renames


def _shares(gone: list[StepView], new: list[StepView]) -> Iterable[tuple[float, str, str]]:
    values = {step.name: _values(step) for step in (*gone, *new)}
    for old in gone:
        for step in new:
            one, other = values[old.name], values[step.name]
            share = len(one & other) / max(len(one | other), 1)
            if old.type == step.type and share >= LEAST_SHARE:
                yield share, old.name, step.name


def _values(step: StepView) -> frozenset[tuple[str, str]]:
    return frozenset((leaf.path, marked(leaf.value)) for leaf in step.leaves())
