"""Values of the SDK become our data and go back; what no definition can hold is refused."""

from __future__ import annotations

from typing import Any

import pytest
from cursus.errors import RunTimeValueError
from cursus.paths import Expression, OutputPath, Parameter, to_json
from cursus.pipeline.parameters import UnusableParameterError
from cursus.pipeline.platform_steps import is_installed
from cursus.pipeline.sdk import from_sdk, to_sdk

PREFIX = Parameter(name="EXECUTION_S3_PREFIX", default="s3://b/p")
EXECUTION = {"Get": "Execution.PipelineExecutionId"}
MODEL = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


def join_of_all() -> Any:
    """Make a Join of every kind of value, one of them a Join."""
    from sagemaker.workflow.execution_variables import ExecutionVariables
    from sagemaker.workflow.functions import Join
    from sagemaker.workflow.parameters import ParameterString
    from sagemaker.workflow.properties import Properties

    model = Properties(step_name="Train", path="ModelArtifacts.S3ModelArtifacts")
    prefix = ParameterString(name="EXECUTION_S3_PREFIX", default_value="s3://b/p")
    inner = Join(on="", values=[prefix, "/runs/", ExecutionVariables.PIPELINE_EXECUTION_ID])
    return Join(on="/", values=[inner, model, 3])


def test_every_kind_of_value_becomes_data_with_parameters_as_objects() -> None:
    inner = {"Std:Join": {"On": "", "Values": [PREFIX, "/runs/", EXECUTION]}}
    assert from_sdk({"a": (join_of_all(),), "b": None}) == {
        "a": [{"Std:Join": {"On": "/", "Values": [inner, MODEL, 3]}}],
        "b": None,
    }


def test_the_data_says_what_the_sdk_says() -> None:
    assert to_json(from_sdk(join_of_all())) == join_of_all().expr


def test_an_expression_goes_back_to_the_sdk() -> None:
    expression = Expression(data=from_sdk(join_of_all()))
    given: Any = to_sdk(OutputPath(base=expression) / "model.tar.gz")
    assert [type(value).__name__ for value in given.values] == ["Join", "str"]
    assert given.values[0].expr == expression.to_json()
    assert given.values[0].values[0].values[0].default_value == "s3://b/p"


def test_an_expression_is_never_formatted_into_text() -> None:
    expression = Expression(data=MODEL)
    with pytest.raises(RunTimeValueError, match=r"the expression .*Train.* is known only at run"):
        str(expression)
    with pytest.raises(RunTimeValueError, match="known only at run time"):
        f"{expression}/model.tar.gz"
    with pytest.raises(RunTimeValueError, match="known only at run time"):
        (OutputPath(base=expression) / "model.tar.gz").uri()


def test_a_parameter_with_choices_is_refused() -> None:
    from sagemaker.workflow.parameters import ParameterString

    with pytest.raises(UnusableParameterError, match="enum_values cannot be kept"):
        from_sdk(ParameterString(name="Size", enum_values=["small", "large"]))


def test_what_no_definition_holds_is_refused() -> None:
    with pytest.raises(TypeError, match=r"b'bytes' \(bytes\) is no value of a definition"):
        from_sdk({"Environment": {"KEY": b"bytes"}})


def test_a_package_is_found_without_its_import() -> None:
    assert is_installed("sagemaker")
    assert not is_installed("no_such_package")
