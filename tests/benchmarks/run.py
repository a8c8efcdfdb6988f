"""Print every promised figure beside a floor of the same run; name benchmarks to run only those."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inputs import write_pipelines, write_wide_config
from measure import Usage, run_in_turn, run_once

PYTHON = sys.executable
CURSUS = [str(Path(PYTHON).with_name("cursus"))]
HERE = Path(__file__).parent
CASE = HERE.parents[2] / "shared" / "cases" / "xgboost_complete_e2e_2025_09"
CONFIG_BYTES = 635_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, its usage, and the floor's where there is one."""

    name: str
    usage: Usage
    floor: Usage | None = None

    def __str__(self) -> str:
        text = f"{self.name:<66}{self.usage.cpu:8.3f} s{self.usage.wall:8.3f} s{self.usage.peak_mb:7.0f} MB"
        if self.floor is None:
            return text
        return f"{text}{self.floor.cpu:9.3f} s{self.usage.cpu / self.floor.cpu:8.2f} x"


HEADER = f"{'':<66}{'CPU':>10}{'wall':>10}{'peak':>10}{'floor':>11}{'ratio':>10}"


def start(runs: int, _folder: Path) -> Iterator[Row]:
    """Compare `cursus --help` with a bare interpreter that imports what the command line is made of."""
    floor = [PYTHON, "-c", "import click, pluggy"]
    usage, bare = run_in_turn(runs, [*CURSUS, "--help"], floor)
    yield Row(name="cursus --help / import click, pluggy", usage=usage, floor=bare)


def planning(_runs: int, folder: Path) -> Iterator[Row]:
    """Plan ever more steps in a process each; the floor reads and validates the same config file."""
    for steps in (10, 100, 1_000, 10_000):
        dag, config = write_pipelines(folder / f"plan{steps}", steps)
        floor, usage = (
            run_in_child("planning", dag, config, stage) for stage in ("config", "plan")
        )
        yield Row(name=f"plan of {steps:,} steps / reading their config", usage=usage, floor=floor)


def document(runs: int, folder: Path) -> Iterator[Row]:
    """Make execution documents; the floor loads the same file and validates it as plain data."""
    dag, config = write_wide_config(folder / "wide", CONFIG_BYTES)
    cases = {f"exec-doc of a {config.stat().st_size // 1000} KB config": (dag, config)}
    if CASE.is_dir():
        cases["exec-doc of the larger shared case"] = (CASE / "dag.json", CASE / "config.json")
    for name, (dag_file, config_file) in cases.items():
        out = str(folder / "document.json")
        command = [
            *CURSUS,
            "exec-doc",
            "generate",
            "-d",
            str(dag_file),
            "-c",
            str(config_file),
            "-o",
            out,
        ]
        floor = [PYTHON, str(HERE / "floor_document.py"), str(config_file)]
        usage, bare = run_in_turn(runs, command, floor)
        yield Row(name=f"{name} / json + pydantic", usage=usage, floor=bare)


def documents(_runs: int, folder: Path) -> Iterator[Row]:
    """Make 1,000 documents in one process; the floor loads and validates the same config file as often."""
    count = 1_000
    cases = {
        "demonstration": write_pipelines(folder / "many", 10),
        "641 KB config": write_wide_config(folder / "manywide", CONFIG_BYTES),
    }
    if CASE.is_dir():
        cases["larger shared case"] = (CASE / "dag.json", CASE / "config.json")
    for name, inputs in cases.items():
        floor, read, fill = (
            run_in_child("documents", *inputs, stage, count) for stage in ("floor", "read", "fill")
        )
        for what, usage in (("read and fill", read), ("fill", fill)):
            each = usage.cpu / (count - 1) * 1000
            title = f"{count:,} documents, {what}, {name}: {each:.1f} ms each"
            yield Row(name=title, usage=usage, floor=floor)


def compiling(runs: int, folder: Path) -> Iterator[Row]:
    """Compile 10 and 500 steps; the floor writes as many steps by hand with the SageMaker SDK."""
    for steps in (10, 500):
        dag, config = write_pipelines(folder / f"compile{steps}", steps)
        out = str(folder / "definition.json")
        command = [*CURSUS, "compile", "-d", str(dag), "-c", str(config), "-o", out]
        floor = [PYTHON, str(HERE / "floor_compile.py"), str(steps)]
        usage, bare = run_in_turn(runs if steps == 10 else 1, command, floor)
        yield Row(name=f"compile {steps} steps / the SDK by hand", usage=usage, floor=bare)


def imports(runs: int, _folder: Path) -> Iterator[Row]:
    """Import what renders a definition; the floor imports what the SageMaker SDK renders one with."""
    ours, theirs = ([PYTHON, "-c", f"import {name}"] for name in (
        "cursus.pipeline", "sagemaker.workflow.pipeline"
    ))  # fmt: skip
    usage, sdk = run_in_turn(runs, ours, theirs)
    yield Row(name="import cursus.pipeline / sagemaker.workflow.pipeline", usage=usage, floor=sdk)
    yield Row(name="  the SDK alone", usage=sdk)


def joins(runs: int, folder: Path) -> Iterator[Row]:
    """Compile 500 steps whose outputs are Joins; the floor is the same with a prefix that is text."""
    dag, config = write_pipelines(folder / "joins", 500)
    files = ["-d", str(dag), "-c", str(config), "-o", str(folder / "joins.json")]
    command = [*CURSUS, "compile", *files, "--parameters"]
    joined, fixed = run_in_turn(
        runs, [*command, "EXECUTION_S3_PREFIX"], [*command, "s3://bucket/run"]
    )
    yield Row(name="compile 500 steps, Join / fixed paths", usage=joined, floor=fixed)
    yield Row(name="  with fixed paths", usage=fixed)


def isolation(runs: int, folder: Path) -> Iterator[Row]:
    """Run a no-op script in isolation, many times in one process; the floor spawns bare processes."""
    script = folder / "no_op.py"
    script.write_text(
        "def main(input_paths, output_paths, environ_vars, job_args):\n    return 0\n", "utf-8"
    )
    count = 4 * runs
    program = [PYTHON, str(HERE / "isolated_steps.py"), str(script), str(count)]
    bare, isolated = run_in_turn(3, [*program, "bare"], [*program, "isolated"])
    yield Row(name=f"{count} isolated no-op steps / bare processes", usage=isolated, floor=bare)
    overhead = (isolated.wall - bare.wall) / count * 1000
    yield Row(name=f"  overhead of one isolated step: {overhead:.1f} ms", usage=isolated)


def demo(_runs: int, folder: Path) -> Iterator[Row]:
    """Run the demonstration once; the floor is the time of its scripts alone, as the run measured them."""
    usage = run_once([*CURSUS, "demo", "--folder", str(folder / "demo")])
    yield Row(
        name="cursus demo / its scripts alone", usage=usage, floor=scripts_of(folder / "demo")
    )


def scripts_of(folder: Path) -> Usage:
    """Add up what the scripts of the only run in a workspace took."""
    import json

    (result,) = (folder / "workspace" / "runs").glob("*/result.json")
    steps = json.loads(result.read_text("utf-8"))["steps"]
    cpu = sum(step["cpu_seconds"] or 0 for step in steps)
    wall = sum(step["wall_seconds"] or 0 for step in steps)
    return Usage(cpu=cpu, wall=wall, peak_mb=max(step["peak_memory_mb"] or 0 for step in steps))


def run_in_child(*args: object) -> Usage:
    """Run a stage in a process of its own that prints its CPU and wall seconds without start-up."""
    import json
    import subprocess

    name, *rest = args
    command = [PYTHON, str(HERE / f"{name}_stage.py"), *map(str, rest)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Usage(**json.loads(done.stdout))


BENCHMARKS: dict[str, Callable[[int, Path], Iterator[Row]]] = {
    "start": start,
    "planning": planning,
    "document": document,
    "documents": documents,
    "compile": compiling,
    "imports": imports,
    "joins": joins,
    "isolation": isolation,
    "demo": demo,
}


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=5, help="counted runs of short commands")
    options = parser.parse_args()
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        for name in options.names or BENCHMARKS:
            for row in BENCHMARKS[name](options.runs, Path(folder)):
                print(row, flush=True)


if __name__ == "__main__":
    main()
