"""The model that DummyTraining is given where data is synthetic: a trained one, or none."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime.synthesis.data_folder import write_data
from cursus.runtime.synthesis.profile_file import ProfileError
from cursus.runtime.synthesis.recipe import make_recipe
from cursus_training.dummy_training import DUMMY_TRAINING


def plan_of(**fields: str) -> Plan:
    entry = {**DUMMY_TRAINING.example, **fields}
    types = {"DummyTraining": "DummyTrainingConfig"}
    data = {"shared": {}, "specific": {"DummyTraining": entry}, "metadata": {"config_types": types}}
    plugins = load_plugins()
    configs = read_config_text(json.dumps(data), plugins.config_classes())
    return make_plan(PipelineDAG(["DummyTraining"]), configs, plugins)


@pytest.mark.slow
def test_it_is_really_trained_by_a_pipeline_of_the_catalog(tmp_path: Path) -> None:
    plan = plan_of(model_class="xgboost")
    write_data(plan, load_plugins(), make_recipe(plan), tmp_path / "data")
    place = tmp_path / "data" / "DummyTraining" / "model_artifacts_input"
    with tarfile.open(place / "model.tar.gz") as archive:
        booster = archive.extractfile("xgboost_model.json")
        assert booster is not None
        trees = json.load(booster)["learner"]["gradient_booster"]["model"]["trees"]
    assert trees
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_framework_that_no_pipeline_trains_is_told(tmp_path: Path) -> None:
    plan = plan_of(model_class="lightgbm")
    with pytest.raises(ProfileError, match=r"CUR0725 .*model_class 'lightgbm'"):
        write_data(plan, load_plugins(), make_recipe(plan), tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_local_model_is_the_users_own(tmp_path: Path) -> None:
    plan = plan_of(pretrained_model_path=str(tmp_path / "model.tar.gz"))
    write_data(plan, load_plugins(), make_recipe(plan), tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["profile.yaml"]
