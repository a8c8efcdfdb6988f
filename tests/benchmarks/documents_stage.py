"""Make one document many times in one process, and print the CPU and wall seconds of all but the first.

Stages: `floor` loads the config file and validates it as plain data, `read` reads config and DAG anew for each
document, `fill` reads them once.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cursus import ExecutionDocumentGenerator, PipelineDAG, load_plugins


def main(dag_file: Path, config_file: Path, stage: str, count: int) -> None:
    """Measure one stage; the first document, which also loads the code, is not counted."""
    make = STAGES[stage](dag_file, config_file)
    make()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count - 1):
        make()
    usage = {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(usage))


def floor(_dag_file: Path, config_file: Path) -> Callable[[], object]:
    """Load and validate as plain data, and no more."""
    from floor_document import File

    return lambda: File.model_validate(json.loads(config_file.read_text("utf-8")))


def read(dag_file: Path, config_file: Path) -> Callable[[], object]:
    """Read both files and fill, with the plugins loaded once."""
    plugins = load_plugins()
    return lambda: ExecutionDocumentGenerator(config_file, plugins=plugins).fill_execution_document(
        PipelineDAG.from_file(dag_file)
    )


def fill(dag_file: Path, config_file: Path) -> Callable[[], object]:
    """Fill alone."""
    generator, dag = ExecutionDocumentGenerator(config_file), PipelineDAG.from_file(dag_file)
    return lambda: generator.fill_execution_document(dag)


STAGES = {"floor": floor, "read": read, "fill": fill}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
