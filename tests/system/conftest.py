"""The packages as users get them: pipelines of the catalog run on real flights, wheels in environments of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cursus.demo.flights import read_flights

CATALOG_COLUMNS = (
    *("flight_id", "late", "month", "hour", "distance", "sched_dep_time"),
    *("carrier", "origin", "dest"),
)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def install_wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Give a function that installs packages of the workspace from wheels, alone, and gives the path of `cursus`."""
    folders: list[Path] = []
    uv = str(shutil.which("uv"))

    def install(*packages: str) -> Path:
        folder = tmp_path_factory.mktemp("wheels")
        folders.append(folder)
        for package in packages:
            build = ["build", "--wheel", "--quiet", "--out-dir", str(folder / "dist")]
            output_of(uv, *build, str(ROOT / package))
        output_of(uv, "venv", "--quiet", "--python", sys.executable, str(folder / "env"))
        wheels = sorted((folder / "dist").glob("*.whl"))
        python = str(folder / "env" / "bin" / "python")
        output_of(uv, "pip", "install", "--quiet", "--python", python, *map(str, wheels))
        return folder / "env" / "bin" / "cursus"

    yield install
    for folder in folders:
        shutil.rmtree(folder)


def output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRun:
    """What a run of a catalog pipeline came to, and where its outputs are."""

    result: dict[str, Any]
    outputs: Path

    def step(self, node: str) -> dict[str, Any]:
        (found,) = [step for step in self.result["steps"] if step["node"] == node]
        return dict(found)

    def file(self, pattern: str) -> Path:
        (found,) = self.outputs.glob(pattern)
        return found


@pytest.fixture(scope="session")
def catalog_flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 12,000 flights as the catalog's configs name them: nine months to train, three to evaluate."""
    folder = tmp_path_factory.mktemp("catalog") / "flights"
    departure = (pl.col("hour") * 100 + pl.col("minute")).alias("sched_dep_time")
    flights = read_flights(12_000).with_columns(departure).select(CATALOG_COLUMNS)
    is_later = pl.col("month") > 9
    parts = {"training": ~is_later, "validation": is_later, "calibration": is_later}
    for job_type, chosen in parts.items():
        (folder / job_type).mkdir(parents=True)
        flights.filter(chosen).write_csv(folder / job_type / "part-00000.csv")
    return folder


@pytest.fixture(scope="session")
def run_catalog() -> Callable[..., CatalogRun]:
    """Export a pipeline into a folder, amend configs by node, and run it; every step must pass."""

    def run(name: str, folder: Path, data: Path, **fields: dict[str, Any]) -> CatalogRun:
        project = export(name, folder, **fields)
        words = ["runtime", "test-pipeline", *project, "--data", str(data), "--jobs", "2"]
        told = cursus(folder, *words, "--format", "json")
        (result,) = folder.glob("pipeline_testing/runs/*/result.json")
        assert json.loads(told)["status"] == "passed"
        return CatalogRun(result=json.loads(told), outputs=result.parent / "outputs")

    return run


@pytest.fixture(scope="session")
def compile_catalog() -> Callable[..., Path]:
    """Export a pipeline into a folder and compile it; give the folder of definition and bundles."""

    def run(name: str, folder: Path) -> Path:
        project = export(name, folder)
        cursus(folder, "compile", *project, "-o", str(folder / "build" / "definition.json"))
        return folder / "build"

    return run


def export(name: str, folder: Path, **fields: dict[str, Any]) -> list[str]:
    """Write DAG and config; give the arguments that name them."""
    dag, config = folder / "dag.json", folder / "config.json"
    cursus(folder, "catalog", "export", name, "--dag", str(dag), "--config", str(config))
    content = json.loads(config.read_text("utf-8"))
    for node, amended in fields.items():
        content["configuration"]["specific"][node].update(amended)
    config.write_text(json.dumps(content), "utf-8")
    return ["-d", str(dag), "-c", str(config)]


def cursus(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "cursus", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def unpack() -> Callable[[Path, Path], None]:
    """Unpack an archive of our own making; Python 3.11.2 has no filters yet."""

    def unpack_archive(archive: Path, folder: Path) -> None:
        options: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(archive) as packed:
            packed.extractall(folder, **options)  # noqa: S202 - filtered where Python can

    return unpack_archive
