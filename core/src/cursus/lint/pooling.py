"""Work that is shared between processes, with results in the order of what they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

Item = TypeVar("Item")
Result = TypeVar("Result")
FEWEST = 50  # starting processes costs what some fifty files do
CHUNK = 8


def in_order(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int
) -> Iterator[Result]:
    """Call a function of a module for every item, in up to `jobs` processes where that is worth it."""
    pool = _pool(min(jobs, len(items) // CHUNK)) if jobs > 1 and len(items) >= FEWEST else None
    if pool is None:
        yield from map(function, items)
        return
    with pool:
        yield from pool.map(function, items, chunksize=CHUNK)


def _pool(jobs: int) -> Executor | None:
    """Make the processes; None where the machine allows none, as functions without servers do."""
    from concurrent.futures import ProcessPoolExecutor

    try:
        return ProcessPoolExecutor(jobs)
    except (OSError, ImportError, NotImplementedError):
        return None
