from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cursus.config import (
    BasePipelineConfig,
    ProcessingStepConfigBase,
    config_key,
    read_config_file,
    write_config_file,
)
from cursus.config.reading import read_config_text
from cursus.config.step_config import STEP_CONFIG
from cursus.config.written_file import config_file_data
from cursus.errors import ConfigError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

if TYPE_CHECKING:
    from pathlib import Path


class Part(BaseModel):
    model_config = STEP_CONFIG
    size: int
    names: frozenset[str] = frozenset()


class CutConfig(ProcessingStepConfigBase):
    job_type: str
    parts: tuple[Part, ...] = ()
    limit: int | None = 5
    notes: Any = None


class GlueStepConfig(BasePipelineConfig):
    mode: str | None = None


CLASSES: dict[str, type[BaseModel]] = {"CutConfig": CutConfig, "GlueStepConfig": GlueStepConfig}
COMMON = {
    "author": "ada",
    "bucket": "b",
    "role": "r",
    "region": "NA",
    "service_name": "s",
    "pipeline_version": "1",
    "current_date": "2020-02-02",
}
CREATED = datetime(2025, 1, 1, tzinfo=UTC)


def cut(job_type: str = "training", **fields: Any) -> CutConfig:
    return CutConfig.model_validate({**COMMON, "job_type": job_type, **fields})


def glue(**fields: Any) -> GlueStepConfig:
    return GlueStepConfig.model_validate({**COMMON, **fields})


def test_a_key_is_step_type_and_suffixes() -> None:
    assert config_key(cut("testing")) == "Cut_testing"
    assert config_key(glue()) == "Glue"
    assert config_key(glue(mode="fast")) == "Glue_fast"
    assert config_key(glue(step_name_override="Paste")) == "Paste"


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    parts = (Part(size=1, names=frozenset({"a", "b"})), Part(size=2))
    configs = [cut(parts=parts, limit=None, notes={"a": (1, 2)}), cut("testing"), glue()]
    path = write_config_file(tmp_path / "new" / "config.json", configs)
    file = read_config_file(path, CLASSES)
    assert file.all_problems() == []
    assert [entry.config for entry in file.entries.values()] == sorted(configs, key=config_key)


def test_the_file_has_shared_specific_classes_and_sources(tmp_path: Path) -> None:
    path = write_config_file(tmp_path / "c.json", [cut(), glue(author="bob")], created_at=CREATED)
    data = json.loads(path.read_text())
    assert data["configuration"]["shared"]["bucket"] == "b"
    assert "author" not in data["configuration"]["shared"]
    assert data["configuration"]["specific"]["Glue"] == {
        "__model_type__": "GlueStepConfig",
        "author": "bob",
    }
    assert data["metadata"]["config_types"] == {
        "Cut_training": "CutConfig",
        "Glue": "GlueStepConfig",
    }
    assert data["metadata"]["field_sources"]["author"] == ["Cut_training", "Glue"]
    assert data["metadata"]["created_at"] == "2025-01-01T00:00:00+00:00"


def test_keys_are_sorted_and_indented_by_two(tmp_path: Path) -> None:
    path = write_config_file(tmp_path / "c.json", [cut()], created_at=CREATED)
    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_true_and_one_are_not_shared() -> None:
    data = config_file_data({"A": cut(notes=True), "B": cut(notes=1)}, {})
    assert "notes" not in data["configuration"]["shared"]


def test_two_configs_with_one_key_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two configs come to the key Cut_training"):
        write_config_file(tmp_path / "c.json", [cut(), cut()])
    assert list(tmp_path.iterdir()) == []


def test_bindings_and_unknown_fields_can_be_written_along(tmp_path: Path) -> None:
    extra = {"Glue": {"bindings": {"data": "Cut_training:out"}, "colour": "red"}}
    path = write_config_file(
        tmp_path / "c.json", [glue(), cut()], extra=extra, node_configs={"N": "Glue"}
    )
    file = read_config_file(path, CLASSES)
    assert file.entries["Glue"].bindings == {"data": "Cut_training:out"}
    assert file.entries["Glue"].unknown == {"colour": "red"}
    assert file.node_configs == {"N": "Glue"}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(one=PLAIN, other=PLAIN)
def test_any_plain_value_reads_back_equal(one: Any, other: Any) -> None:
    configs = {"A": cut(notes=one), "B": cut(notes=other)}
    text = json.dumps(config_file_data(configs, {}), sort_keys=True)
    file = read_config_text(text, CLASSES)
    assert {key: entry.config for key, entry in file.entries.items()} == configs
