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
CONSUMERS = {"training": "XGBoostTraining", "calibration": "XGBoostModelEval_calibration"}
# Objects that a user fills: short ones become environment variables, long ones files of the bundle.
RATES = {
    "training": {"USD": 1.0, "EUR": 0.9, "GBP": 0.8},
    "calibration": {f"C{number}": 1.0 + number for number in range(40)},
}
SHOPS = {"7": {"currency_code": "GBP", "name": "UK"}, "1": {"currency_code": "USD", "name": "US"}}
PROGRAM = """
import sys
from hashlib import sha256
from cursus import PipelineDAG, PipelineDAGCompiler
for folder in sys.argv[1:]:
    compiler = PipelineDAGCompiler(f"{folder}/config.json")
    definition = compiler.compile(PipelineDAG.read_file(f"{folder}/dag.json"))
    print(sha256(definition.to_json().encode()).hexdigest())
"""


def with_objects(dag: PipelineDAG, config: Any) -> tuple[PipelineDAG, Any]:
    """Add what holds objects: currency conversions, values of single fields, hyperparameters of any name."""
    config = json.loads(json.dumps(config))
    specific, types = config["configuration"]["specific"], config["metadata"]["config_types"]
    nodes, edges = [*dag.nodes, "DummyTraining"], list(dag.edges)
    for job_type, rates in RATES.items():
        node = f"CurrencyConversion_{job_type}"
        edge = (f"TabularPreprocessing_{job_type}", CONSUMERS[job_type])
        edges = [*(e for e in edges if e != edge), (edge[0], node), (node, edge[1])]
        types[node] = "CurrencyConversionConfig"
        specific[node] = {
            "job_type": job_type,
            "currency_conversion_vars": ["fare"],
            "currency_conversion_dict": rates,
            "marketplace_info": SHOPS,
            "marketplace_id_field": "shop",
        }
    types["DummyTraining"] = "DummyTrainingConfig"
    specific["DummyTraining"] = {
        "pretrained_model_path": "s3://lake/model.tar.gz",
        "hyperparameters": {"b": {"d": 1, "c": 2}, "a": 3},
    }
    specific["Payload"] |= {
        "field_defaults": {"dest": "JFK", "carrier": "UA", "place": {"y": 1, "x": 2}},
        "special_field_values": {"when": "2013", "tailnum": "N14228", "dest": "EWR"},
    }
    return PipelineDAG(nodes, edges), config


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
    dag, config = with_objects(entry.dag(), entry.config)
    hashes = []
    for seed in range(IN_THIS_PROCESS):
        folder = write_shuffled(tmp_path / str(seed), dag, config, seed)
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
