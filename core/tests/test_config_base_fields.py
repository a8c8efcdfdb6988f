"""The fields that all configs share: defaults, limits and what is derived from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from cursus.config import BasePipelineConfig, ProcessingStepConfigBase
from cursus.config.step_config import BASE_EXAMPLE
from pydantic import ValidationError


def base(**fields: Any) -> BasePipelineConfig:
    return BasePipelineConfig(**{**BASE_EXAMPLE, **fields})


def processing(**fields: Any) -> ProcessingStepConfigBase:
    return ProcessingStepConfigBase(**{**BASE_EXAMPLE, **fields})


def test_defaults_are_those_of_the_specification() -> None:
    given = base().model_dump(exclude=set(BASE_EXAMPLE) | {"current_date"})
    assert {name: value for name, value in given.items() if value not in (None, ())} == {
        "model_class": "xgboost",
        "framework_version": "2.1.0",
        "py_version": "py310",
        "enable_caching": False,
        "use_secure_pypi": False,
        "max_runtime_seconds": 172800,
    }
    assert base().current_date == datetime.now().astimezone().strftime("%Y-%m-%d")


def test_defaults_of_a_processing_step_are_those_of_the_specification() -> None:
    given = processing().model_dump(exclude=set(BasePipelineConfig.model_fields))
    assert {name: value for name, value in given.items() if value not in (None, ())} == {
        "processing_instance_count": 1,
        "processing_volume_size": 500,
        "processing_instance_type_large": "ml.m5.4xlarge",
        "processing_instance_type_small": "ml.m5.2xlarge",
        "use_large_processing_instance": False,
        "processing_framework_version": "1.2-1",
    }


@pytest.mark.parametrize(
    ("region", "aws"), [("NA", "us-east-1"), ("eu", "eu-west-1"), ("Fe", "us-west-2")]
)
def test_names_and_places_are_derived(region: str, aws: str) -> None:
    config = base(author="ada", service_name="Flights", model_class="pytorch", region=region)
    code = region.upper()
    assert config.aws_region == aws
    assert config.pipeline_name == f"ada-Flights-pytorch-{code}"
    assert config.pipeline_description == f"Flights pytorch Model {code}"
    assert config.pipeline_s3_loc == f"s3://demo-bucket/MODS/ada-Flights-pytorch-{code}_1.0.0"


@pytest.mark.parametrize("name", BASE_EXAMPLE)
def test_a_required_field_is_missed(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        BasePipelineConfig(**{key: value for key, value in BASE_EXAMPLE.items() if key != name})


LIMITS = [
    ("max_runtime_seconds", 60, 432000),
    ("processing_instance_count", 1, 10),
    ("processing_volume_size", 10, 1000),
]


@pytest.mark.parametrize(("name", "least", "most"), LIMITS)
def test_a_number_has_its_limits(name: str, least: int, most: int) -> None:
    assert [getattr(processing(**{name: n}), name) for n in (least, most)] == [least, most]
    for wrong in (least - 1, most + 1):
        with pytest.raises(ValidationError, match=name):
            processing(**{name: wrong})


@pytest.mark.parametrize("region", ["US", "na ", "", None])
def test_another_region_is_refused(region: Any) -> None:
    with pytest.raises(ValidationError, match="region"):
        base(region=region)


@pytest.mark.parametrize(("large", "instance"), [(True, "ml.m5.4xlarge"), (False, "ml.m5.2xlarge")])
def test_the_flag_chooses_the_instance(large: bool, instance: str) -> None:  # noqa: FBT001 - a parameter of the test
    assert processing(use_large_processing_instance=large).effective_instance_type == instance


@pytest.mark.parametrize("entry_point", ["s3://b/run.py", "/home/me/run.py"])
def test_an_entry_point_is_relative(entry_point: str) -> None:
    with pytest.raises(ValidationError, match="must be relative"):
        processing(processing_entry_point=entry_point)
    assert processing(processing_entry_point="jobs/run.py").processing_entry_point == "jobs/run.py"


@pytest.mark.parametrize(
    ("fields", "folder"),
    [
        ({}, None),
        ({"source_dir": "a"}, "a"),
        ({"source_dir": "a", "processing_source_dir": "b"}, "b"),
    ],
)
def test_a_processing_steps_own_source_folder_counts_first(
    fields: dict[str, str], folder: str | None
) -> None:
    assert processing(**fields).effective_source_dir == folder
