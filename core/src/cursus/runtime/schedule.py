"""Start each step as soon as the steps that it waits for have ended, several at once."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Ctrl-C does not end a wait once polars is imported: its signal handler lets system calls go on (SA_RESTART).
LONGEST_WAIT = 0.2


def run_in_order(
    dependencies: Mapping[str, Sequence[str]],
    run: Callable[[str], None],
    *,
    jobs: int,
    cancel: Callable[[], None],
) -> None:
    """Call `run` for each name once all that it depends on are done; at most `jobs` calls at a time.

    Names that are ready together start in the mapping's order. `run` raises nothing for a step that fails: it
    sees by itself whether the step can still run. What it raises, or Ctrl-C, calls `cancel` and is raised once
    the running calls have ended.
    """
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="step") as pool:
        try:
            _run_all(dependencies, run, pool)
        except BaseException:
            cancel()
            raise


def _run_all(
    dependencies: Mapping[str, Sequence[str]], run: Callable[[str], None], pool: ThreadPoolExecutor
) -> None:
    waiting = {name: set(needed) & dependencies.keys() for name, needed in dependencies.items()}
    running: dict[Future[None], str] = {}
    while waiting or running:
        for name in [name for name, needed in waiting.items() if not needed]:
            del waiting[name]
            running[pool.submit(run, name)] = name
        done, _ = wait(running, timeout=LONGEST_WAIT, return_when=FIRST_COMPLETED)
        for future in done:
            name = running.pop(future)
            future.result()
            for needed in waiting.values():
                needed.discard(name)
