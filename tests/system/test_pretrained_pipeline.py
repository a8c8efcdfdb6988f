"""A pretrained model through the catalog's `dummy_e2e_basic`: passed on, packaged, served as its payload asks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pretrained")]

NAME = "dummy_e2e_basic"
SERVE = (
    "import sys, xgboost_inference as i; m = i.model_fn(sys.argv[1]);"
    "p = i.predict_fn(i.input_fn(sys.stdin.buffer.read(), 'text/csv'), m);"
    "print(p['scores'][0, 1])"
)


@pytest.fixture(scope="module")
def pretrained(
    run_catalog: Callable[..., Any], catalog_flights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Train a model on real flights with the catalog's `xgboost_simple`; give its archive."""
    trained = run_catalog("xgboost_simple", tmp_path_factory.mktemp("trained"), catalog_flights)
    archive: Path = trained.file("xgboost_training/*/output/model.tar.gz")
    return archive


@pytest.fixture(scope="module")
def executed(
    run_catalog: Callable[..., Any], pretrained: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """Run the pipeline with the model as the local copy of the config's S3 location."""
    folder = tmp_path_factory.mktemp("pretrained")
    place = folder / "data" / "DummyTraining" / "model_artifacts_input"
    place.mkdir(parents=True)
    shutil.copy(pretrained, place)
    return run_catalog(NAME, folder, folder / "data")


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as packed:
        files = {member.name: packed.extractfile(member) for member in packed.getmembers()}
        return {name: content.read() for name, content in files.items() if content}


def test_all_files_of_the_model_are_in_the_package(executed: Any, pretrained: Path) -> None:
    assert [step["status"] for step in executed.result["steps"]] == ["passed"] * 4
    packaged = members(executed.file("package/packaged_model/model.tar.gz"))
    own = members(pretrained)
    assert "xgboost_model.json" in own
    own.pop("hyperparameters.json")  # its layout is the script's, its values are the model's
    assert {name: packaged.get(name) for name in own} == own
    assert "code/xgboost_inference.py" in packaged


def test_the_package_answers_the_payload(
    executed: Any, unpack: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    unpack(executed.file("package/packaged_model/model.tar.gz"), tmp_path)
    payload = members(executed.file("payload/payload_sample/payload.tar.gz"))
    (sample,) = [content for name, content in payload.items() if name.endswith(".csv")]

    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path)],
        input=sample,
        capture_output=True,
        cwd=tmp_path / "code",
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()
    assert 0 < float(done.stdout.split()[-1]) < 1


def test_a_local_path_and_hyperparameters_of_the_config_are_used(
    run_catalog: Callable[..., Any], pretrained: Path, tmp_path: Path
) -> None:
    fields = {"pretrained_model_path": str(pretrained), "hyperparameters": {"team": "flights"}}

    done = run_catalog(NAME, tmp_path, pretrained.parent, DummyTraining=fields)

    passed_on = members(done.file("dummy_training/model_output/model.tar.gz"))
    own = json.loads(members(pretrained)["hyperparameters.json"])
    assert json.loads(passed_on["hyperparameters.json"]) == {**own, "team": "flights"}


def test_it_compiles_with_the_shipped_scripts(
    compile_catalog: Callable[..., Path], tmp_path: Path
) -> None:
    build = compile_catalog(NAME, tmp_path)

    definition = json.loads((build / "definition.json").read_text("utf-8"))
    (step,) = [step for step in definition["Steps"] if step["Name"] == "DummyTraining"]
    places = {i["InputName"]: i["S3Input"]["S3Uri"] for i in step["Arguments"]["ProcessingInputs"]}
    assert places["model_artifacts_input"] == "s3://demo-bucket/models/model.tar.gz"
    assert len(list(build.rglob("dummy_training.py"))) == 1
