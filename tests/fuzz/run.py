"""Mutate real cases, make their documents, and print what became of each kind of mutation; exit 1 for any fault."""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from fuzz_cases import Case, all_cases
from fuzz_graphs import GRAPH_KINDS
from fuzz_mutations import CONFIG_KINDS, trial
from fuzz_places import (
    LARGE_KINDS,
    input_makers,
    large_inputs,
    output_places,
    special_inputs,
    special_outputs,
)
from fuzz_texts import TEXT_KINDS
from fuzz_trial import Verdict, try_once

KINDS = {**CONFIG_KINDS, **TEXT_KINDS, **GRAPH_KINDS}
CHILDREN: dict[str, Callable[[Path, Case], Iterator[Verdict]]] = {
    "large inputs": large_inputs,
    "special inputs": special_inputs,
    "special outputs": special_outputs,
}
UNCHANGED = "unchanged"
FAULTS = ("traceback", "partial", "wrong", "unclear", "slow")
HEADER = ("mutation kind", "runs", "right", "refused", *FAULTS, "codes of the refused")
PROCESSES = 2
SHOWN = 5


def run_kind(kind: str, runs: int, seed: int) -> list[Verdict]:
    """Try one kind of mutation on cases in turn; the same seed gives the same trials."""
    quiet_sdk()
    rng, cases = random.Random(f"{seed}/{kind}"), all_cases()
    with tempfile.TemporaryDirectory() as folder:
        if kind == UNCHANGED:
            return [try_once(trial(kind, case, harmless=True), Path(folder)) for case in cases]
        made = (KINDS[kind](rng, cases[number % len(cases)]) for number in range(runs))
        return [try_once(one, Path(folder)) for one in made if one is not None]


def run_children(name: str) -> list[Verdict]:
    """Run the real command line as child processes."""
    quiet_sdk()
    with tempfile.TemporaryDirectory() as folder:
        return list(CHILDREN[name](Path(folder), all_cases()[0]))


def quiet_sdk() -> None:
    """Keep the SDK, which is asked for images, from talking."""
    os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
    logging.disable(logging.WARNING)


def verdicts(runs: int, seed: int, *, children: bool, processes: int = PROCESSES) -> list[Verdict]:
    """Run everything, the longest first."""
    each = max(1, runs // len(KINDS))
    tasks = [partial(run_children, name) for name in CHILDREN] if children else []
    tasks += [partial(run_kind, kind, each, seed) for kind in (UNCHANGED, *KINDS)]
    if processes == 1:
        return [verdict for task in tasks for verdict in task()]
    with ProcessPoolExecutor(processes) as pool:
        futures = [pool.submit(task) for task in tasks]
        return [verdict for future in futures for verdict in future.result()]


def all_kinds() -> list[str]:
    """Name every kind, in the order of the table."""
    return [*LARGE_KINDS, *input_makers(Path(), b""), *output_places(Path()), UNCHANGED, *KINDS]


def table(found: list[Verdict]) -> str:
    """Give the counts of each kind as a Markdown table."""
    rows = [HEADER, *(_row(kind, found) for kind in dict.fromkeys(v.kind for v in found))]
    total = Counter(verdict.result for verdict in found)
    counts = (str(total[result]) for result in ("right", "refused", *FAULTS))
    rows.append(("all", str(len(found)), *counts, ""))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = f"|---|{'---:|' * (len(HEADER) - 2)}---|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(kind: str, found: list[Verdict]) -> tuple[str, ...]:
    own = [verdict for verdict in found if verdict.kind == kind]
    results = Counter(verdict.result for verdict in own)
    codes = Counter(
        code for verdict in own if verdict.result == "refused" for code in verdict.codes
    )
    listed = ", ".join(f"{code} {codes[code]}" for code in sorted(codes))
    counts = (str(results[result]) for result in ("right", "refused", *FAULTS))
    return (kind, str(len(own)), *counts, listed)


def keep(found: list[Verdict], folder: Path) -> None:
    """Write the files of every faulty trial into a folder of its own."""
    for number, verdict in enumerate(found):
        own = folder / f"{number:03}-{verdict.kind.replace(' ', '-')}"
        own.mkdir(parents=True, exist_ok=True)
        (own / "verdict.txt").write_text(f"{verdict.result}\n{verdict.detail}\n", "utf-8")
        for name, content in verdict.trial.files.items() if verdict.trial else ():
            (own / name).write_bytes(content)


def main() -> int:
    """Run, print the table and the first faults; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="seed of all random choices")
    parser.add_argument(
        "--runs", type=int, default=1500, help="runs in this process, over all kinds"
    )
    parser.add_argument("--children", action=argparse.BooleanOptionalAction, default=True,
                        help="also run child processes: special files, full disks, inputs of 50 MB")  # fmt: skip
    parser.add_argument("--keep", type=Path, help="folder for the files of faulty runs")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="how many at a time")
    parser.add_argument("--list", action="store_true", help="name the kinds of mutation and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(all_kinds()))
        return 0
    found = verdicts(
        options.runs, options.seed, children=options.children, processes=options.processes
    )
    print(table(found))
    faulty = [verdict for verdict in found if verdict.result in FAULTS]
    for verdict in faulty[:SHOWN]:
        print(f"\n{verdict.kind}: {verdict.result}\n{verdict.detail}", file=sys.stderr)
    if options.keep is not None:
        keep(faulty, options.keep)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
