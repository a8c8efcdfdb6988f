"""The PyTorch pipelines of the catalog on synthetic data."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.catalog import read_catalog
from cursus.kernel.plugins import load_plugins
from cursus.runtime import PipelineExecutor

pytest.importorskip("torch", reason="PyTorch is not installed; `nox -s torch` runs this")
pytestmark = [pytest.mark.torch, pytest.mark.slow]


@pytest.mark.parametrize(
    "name", ["pytorch_complete_e2e", "pytorch_standard_e2e", "pytorch_training"]
)
def test_a_pytorch_pipeline_passes(name: str, tmp_path: Path) -> None:
    dag = read_catalog(load_plugins()).find(name).entry.dag()
    assert PipelineExecutor(tmp_path).execute_pipeline(dag).error is None
