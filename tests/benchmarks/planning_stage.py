"""Read a config (`config`) or plan it (`plan`), and print the CPU seconds, wall seconds and peak MB of that alone."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from cursus.config import read_config_file
from cursus.dag import PipelineDAG
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins


def main(dag_file: Path, config_file: Path, stage: str) -> None:
    """Measure one stage; what comes before it is not counted."""
    plugins = load_plugins()
    dag = PipelineDAG.read_file(dag_file)
    cpu, wall = time.process_time(), time.perf_counter()
    configs = read_config_file(config_file, plugins.config_classes())
    if stage == "plan":
        cpu, wall = time.process_time(), time.perf_counter()
        make_plan(dag, configs, plugins)
    usage = {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(usage))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
