"""One meaning, one SHA-256: a hundred compiles of the same pipeline, written down in a hundred orders."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cursus import PipelineDAG, PipelineDAGCompiler
from cursus.catalog import read_catalog
from cursus.kernel.plugins import load_plugins

IN_THIS_PROCESS = 92
PROGRAM = """
import sys
from hashlib import sha256
from cursus import PipelineDAG, PipelineDAGCompiler
for folder in sys.argv[1:]:
    compiler = PipelineDAGCompiler(f"{folder}/config.json")
    definition = compiler.compile(PipelineDAG.read_file(f"{folder}/dag.json"))
    print(sha256(definition.to_json().encode()).hexdigest())
"""


def shuffled(value: Any, chance: random.Random) -> Any:
    """Change the order of the members of every JSON object; lists keep theirs, which means something."""
    if isinstance(value, dict):
        items = chance.sample(list(value.items()), len(value))
        return {name: shuffled(member, chance) for name, member in items}
    return [shuffled(member, chance) for member in value] if isinstance(value, list) else value


def write_shuffled(folder: Path, dag: PipelineDAG, config: Any, seed: int) -> Path:
    """Write the pipeline with its nodes, edges and config members in another order."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    nodes = chance.sample(dag.nodes, len(dag.nodes))
    edges = chance.sample(dag.edges, len(dag.edges))
    folder.mkdir()
    PipelineDAG(nodes, edges).save(folder / "dag.json")
    (folder / "config.json").write_text(json.dumps(shuffled(config, chance)), "utf-8")
    return folder


def compiled_in_child(hash_seed: int, *folders: Path) -> list[str]:
    """Compile in a process of its own, whose sets and dictionaries hash differently."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, folders)],
        env={"PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_a_hundred_shuffled_compiles_give_one_sha256(tmp_path: Path) -> None:
    entry = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry
    hashes = []
    for seed in range(IN_THIS_PROCESS):
        folder = write_shuffled(tmp_path / str(seed), entry.dag(), entry.config, seed)
        definition = PipelineDAGCompiler(folder / "config.json").compile(
            PipelineDAG.read_file(folder / "dag.json")
        )
        hashes.append(sha256(definition.to_json().encode()).hexdigest())
    for hash_seed in range(4):
        folders = [tmp_path / str(2 * hash_seed), tmp_path / str(2 * hash_seed + 1)]
        hashes += compiled_in_child(hash_seed, *folders)
    texts = {(tmp_path / str(seed) / "config.json").read_text() for seed in range(IN_THIS_PROCESS)}
    assert len(texts) == IN_THIS_PROCESS
    assert len(hashes) == 100
    assert len(set(hashes)) == 1
