"""Scripts stand alone, so the PyTorch ones repeat how rows become scores; what they repeat never drifts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "plugins/cursus-training/src/cursus_training/scripts/pytorch_training.py"
READERS = (
    ROOT / "plugins/cursus-processing/src/cursus_processing/scripts/pytorch_model_eval.py",
    ROOT / "plugins/cursus-registration/src/cursus_registration/scripts/pytorch_inference.py",
)
FUNCTIONS = {"encode", "as_floats", "risk_values", "as_category", "words_of", "predict", "Network"}
CONSTANTS = {"NARROW", "WIDE", "LARGEST", "LIMIT", "SCORED_ROWS"}


def definitions(path: Path) -> dict[str, str]:
    """Give the source of every function, class and constant by name."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.Assign):
            names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            found.update(dict.fromkeys(names & CONSTANTS, ast.unparse(node)))
    return found


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.stem)
def test_what_turns_rows_into_scores_is_that_of_training(path: Path) -> None:
    training, reader = definitions(TRAINING), definitions(path)
    assert set(training) >= FUNCTIONS | CONSTANTS
    repeated = {name: training[name] for name in sorted(FUNCTIONS | CONSTANTS)}
    assert {name: reader.get(name) for name in repeated} == repeated
