"""The data profile that is made of configs: every column of the type for which a config names it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.config.step_config import BASE_EXAMPLE
from cursus.dag import PipelineDAG
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime.synthesis.deriving import derive_profile
from cursus.runtime.synthesis.profile import CategoryColumn, LabelColumn, Profile

ENTRIES: dict[str, dict[str, Any]] = {
    "DummyDataLoading": {"job_type": "training", "data_source": "s3://demo-bucket/flights"},
    "TabularPreprocessing": {
        "job_type": "training",
        "label_name": "late",
        "numerical_columns": ["hour", "fare"],
        "categorical_columns": ["carrier", "shop"],
        "text_columns": ["note"],
        "date_columns": ["day"],
    },
    "CurrencyConversion": {
        "currency_conversion_vars": ["fare"],
        "currency_conversion_dict": {"USD": 1.0, "EUR": 0.9},
        "marketplace_info": {"1": {"currency_code": "USD"}, "3": {"currency_code": "EUR"}},
        "marketplace_id_field": "shop",
    },
}


@pytest.fixture(scope="module")
def profile() -> Profile:
    nodes = list(ENTRIES)
    types = {node: f"{node}Config" for node in nodes}
    data = {"shared": BASE_EXAMPLE, "specific": ENTRIES, "metadata": {"config_types": types}}
    plugins = load_plugins()
    configs = read_config_text(json.dumps(data), plugins.config_classes())
    edges = list(pairwise(nodes))
    return derive_profile(make_plan(PipelineDAG(nodes, edges), configs, plugins))


def test_columns_have_the_types_for_which_configs_name_them(profile: Profile) -> None:
    types = {name: column.type for name, column in profile.columns.items()}
    assert types == {
        "late": "label",
        "shop": "category",
        "day": "date",
        "note": "text",
        "fare": "float",
        "carrier": "category",
        "hour": "float",
    }


def test_codes_are_those_that_the_config_converts(profile: Profile) -> None:
    shop = profile.columns["shop"]
    assert isinstance(shop, CategoryColumn)
    assert (shop.values, shop.closed) == (("1", "3"), True)


def test_the_label_depends_on_features(profile: Profile) -> None:
    label = profile.columns["late"]
    assert isinstance(label, LabelColumn)
    assert set(label.depends_on) == {"note", "carrier", "hour"}
    assert label.classes == (0, 1)
