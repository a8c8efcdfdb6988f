"""Did you mean: an unknown field that is a slip of the pen for a declared one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 2
LEGACY_NAMES = frozenset(
    {
        "ca_repository_arn",
        "full_script_path",
        "hyperparameter_file",
        "portable_processing_source_dir",
        "portable_script_path",
        "portable_source_dir",
        "script_path",
    }
)


def closest(name: str, declared: Iterable[str]) -> str | None:
    """Give the declared name that is meant, the nearest and then the first; None: no misspelling.

    Names at edit distance 1 or 2 are meant, and those that differ only by case or by the form of their letters.
    """
    if name in LEGACY_NAMES:
        return None
    folded = _folded(name)
    distances = {
        other: 1 if _folded(other) == folded else edit_distance(name, other) for other in declared
    }
    near = [other for other, distance in distances.items() if 0 < distance <= LIMIT]
    return min(near, key=lambda other: (distances[other], other), default=None)


def _folded(name: str) -> str:
    return (name if name.isascii() else normalize("NFKC", name)).casefold()


@lru_cache(maxsize=2**14)  # the same legacy names stand in every entry of a file
def edit_distance(one: str, other: str) -> int:
    """Count insertions, deletions and substitutions (Levenshtein 1966); above the limit, any larger number."""
    if abs(len(one) - len(other)) > LIMIT:
        return LIMIT + 1
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        above, row = row, [index]
        for column, target in enumerate(other, start=1):
            cost = above[column - 1] + (letter != target)
            row.append(min(cost, above[column] + 1, row[-1] + 1))
    return row[-1]
