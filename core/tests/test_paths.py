"""Locations as data: rendered as Join, as text, as a local folder; never formatted by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.errors import RunTimeValueError
from cursus.paths import OutputPath, Parameter, StepProperty, to_json
from hypothesis import given
from hypothesis import strategies as st

PREFIX = Parameter(name="EXECUTION_S3_PREFIX")
MODEL = StepProperty(step="XGBoostTraining", path="ModelArtifacts.S3ModelArtifacts")


def test_a_path_under_a_parameter_renders_as_join() -> None:
    path = OutputPath(base=PREFIX) / "tabular_preprocessing" / "training" / "processed_data"
    values = [
        {"Get": "Parameters.EXECUTION_S3_PREFIX"},
        "tabular_preprocessing",
        "training",
        "processed_data",
    ]
    assert path.to_json() == {"Std:Join": {"On": "/", "Values": values}}
    assert path.parameters() == (PREFIX,)


def test_a_known_path_renders_as_text_without_double_slashes() -> None:
    path = OutputPath(base="s3://bucket/run/") / "/a/" / "b/c"
    assert path.to_json() == "s3://bucket/run/a/b/c"
    assert f"{path}" == str(path) == "s3://bucket/run/a/b/c"


def test_a_bare_parameter_renders_as_its_reference() -> None:
    assert OutputPath(base=PREFIX).to_json() == {"Get": "Parameters.EXECUTION_S3_PREFIX"}


def test_start_time_values_fill_a_path() -> None:
    path = OutputPath(base=PREFIX) / "package"
    assert path.uri({"EXECUTION_S3_PREFIX": "s3://b/x/"}) == "s3://b/x/package"


def test_a_parameters_default_counts_where_no_value_is_given() -> None:
    parameter = Parameter(name="DATA", default="s3://b/d")
    assert (OutputPath(base=parameter) / "x").uri() == "s3://b/d/x"


def test_a_path_has_a_local_folder(tmp_path: Path) -> None:
    assert (OutputPath(base=PREFIX) / "a" / "b").local(tmp_path) == tmp_path / "a" / "b"


@pytest.mark.parametrize(
    "value", [PREFIX, MODEL, OutputPath(base=PREFIX) / "a", OutputPath(base=MODEL)]
)
def test_formatting_a_run_time_value_says_to_use_the_slash(value: object) -> None:
    percent, braces = "%s/x", "{}/x"
    forms = (
        lambda: f"{value}/x",
        lambda: str(value),
        lambda: percent % value,
        lambda: braces.format(value),
    )
    for form in forms:
        with pytest.raises(RunTimeValueError, match="with `/` on an OutputPath"):
            form()


def test_run_time_values_render_anywhere_inside_data() -> None:
    data = {"a": [PREFIX, {"b": MODEL}], "c": 1}
    model = {"Get": "Steps.XGBoostTraining.ModelArtifacts.S3ModelArtifacts"}
    assert to_json(data) == {"a": [{"Get": "Parameters.EXECUTION_S3_PREFIX"}, {"b": model}], "c": 1}


@given(st.lists(st.text("ab/", min_size=1).filter(lambda s: s.strip("/")), max_size=4))
def test_no_rendering_holds_a_double_slash(parts: list[str]) -> None:
    path = OutputPath(base="s3://bucket//")
    for part in parts:
        path = path / part
    assert "//" not in path.uri().removeprefix("s3://")
