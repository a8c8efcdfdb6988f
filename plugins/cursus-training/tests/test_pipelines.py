"""The eight pipelines of the catalog: their graphs, and configs that make a plan."""

from __future__ import annotations

import json

import pytest
from cursus.binding import source_text
from cursus.catalog import Catalog, CatalogEntry, read_catalog
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import Plugins, load_plugins
from cursus.runtime.synthesis.profile_file import make_profile
from cursus_training.pipeline_config import COLUMNS, config_file

SIZES = {
    "xgboost_simple": (5, 3),
    "xgboost_training_with_calibration": (6, 5),
    "xgboost_training_with_evaluation": (6, 5),
    "xgboost_complete_e2e": (10, 11),
    "pytorch_training": (6, 5),
    "pytorch_standard_e2e": (9, 9),
    "pytorch_complete_e2e": (10, 11),
    "dummy_e2e_basic": (4, 4),
}


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load_plugins()


@pytest.fixture(scope="module")
def catalog(plugins: Plugins) -> Catalog:
    return read_catalog(plugins)


def plan_of(entry: CatalogEntry, plugins: Plugins) -> Plan:
    text = entry.config_text()
    assert text is not None
    return make_plan(entry.dag(), read_config_text(text, plugins.config_classes()), plugins)


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_pipeline_has_the_size_that_users_know(
    catalog: Catalog, name: str, size: tuple[int, int]
) -> None:
    entry = catalog.find(name).entry
    assert (entry.node_count, entry.edge_count) == size
    assert set(entry.nodes) == {node for edge in entry.edges for node in edge}


@pytest.mark.parametrize("name", SIZES)
def test_its_config_plans_every_step_without_a_warning(
    catalog: Catalog, plugins: Plugins, name: str
) -> None:
    entry = catalog.find(name).entry
    plan = plan_of(entry, plugins)
    assert set(plan.steps) == set(entry.nodes)
    assert plan.warnings == ()


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("training", "pytorch_training"),
        ("standard_e2e", "pytorch_standard_e2e"),
        ("complete_e2e", "pytorch_complete_e2e"),
    ],
)
def test_newer_names_mean_the_same_pipeline(catalog: Catalog, alias: str, name: str) -> None:
    assert catalog.find(alias).entry.id == name


def test_the_complete_pipeline_has_the_edges_of_the_existing_system(catalog: Catalog) -> None:
    assert set(catalog.find("xgboost_complete_e2e").entry.edges) == {
        ("CradleDataLoading_training", "TabularPreprocessing_training"),
        ("TabularPreprocessing_training", "XGBoostTraining"),
        ("CradleDataLoading_calibration", "TabularPreprocessing_calibration"),
        ("XGBoostTraining", "XGBoostModelEval_calibration"),
        ("TabularPreprocessing_calibration", "XGBoostModelEval_calibration"),
        ("XGBoostModelEval_calibration", "ModelCalibration_calibration"),
        ("ModelCalibration_calibration", "Package"),
        ("XGBoostTraining", "Package"),
        ("XGBoostTraining", "Payload"),
        ("Package", "Registration"),
        ("Payload", "Registration"),
    }


@pytest.mark.parametrize(
    ("edges", "source"),
    [
        ([("XGBoostTraining", "DummyTraining")], "XGBoostTraining:model_output"),
        ([], "s3://demo-bucket/models/model.tar.gz"),
    ],
)
def test_a_model_over_an_edge_comes_before_the_pretrained_one(
    plugins: Plugins, edges: list[tuple[str, str]], source: str
) -> None:
    trained = [("TabularPreprocessing_training", "XGBoostTraining")]
    dag = PipelineDAG(
        ["DummyTraining"],
        [("CradleDataLoading_training", "TabularPreprocessing_training"), *trained, *edges],
    )
    text = json.dumps(config_file(dag.nodes, "xgboost"))
    plan = make_plan(dag, read_config_text(text, plugins.config_classes()), plugins)
    binding = plan.steps["DummyTraining"].bindings["model_artifacts_input"]
    assert source_text(binding.source) == source


def test_the_documents_order_is_that_of_the_existing_system(
    catalog: Catalog, plugins: Plugins
) -> None:
    plan = plan_of(catalog.find("xgboost_complete_e2e").entry, plugins)
    documented = [step.name for step in plan if step.step_type.document is not None]
    assert documented == [
        "CradleDataLoading-Training",
        "CradleDataLoading-Calibration",
        "XGBoostTraining",
        "Registration-NA",
    ]


@pytest.mark.parametrize("name", SIZES)
def test_the_profile_describes_every_column_that_the_config_names(
    catalog: Catalog, name: str
) -> None:
    entry = catalog.find(name).entry
    profile = make_profile(dict(entry.profile))
    assert list(profile.columns) == COLUMNS
    assert profile.columns["flight_id"].type == "id"
    assert profile.columns["late"].type == "label"
