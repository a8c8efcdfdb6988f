"""What holds for every valid config: it is read as it is written, in any order of its members."""

from __future__ import annotations

import json
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config_strategies import config_files
from cursus.config import ConfigFile, read_config_text, write_config_file
from cursus.kernel.plugins import load_plugins
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSES = load_plugins().config_classes()


def read(data: dict[str, Any]) -> ConfigFile:
    found = read_config_text(json.dumps(data), CLASSES)
    assert found.all_problems() == []
    return found


def configs_of(found: ConfigFile) -> dict[str, Any]:
    return {key: entry.config for key, entry in found.entries.items()}


def shuffled(data: Any, rng: random.Random) -> Any:
    if isinstance(data, list):
        return [shuffled(member, rng) for member in data]
    if not isinstance(data, dict):
        return data
    names = list(data)
    rng.shuffle(names)
    return {name: shuffled(data[name], rng) for name in names}


@settings(max_examples=30, deadline=None)
@given(data=config_files())
def test_a_config_that_is_written_reads_back_equal(data: dict[str, Any]) -> None:
    configs = configs_of(read(data))
    with TemporaryDirectory() as folder:
        path = write_config_file(Path(folder) / "config.json", configs)
        again = configs_of(read(json.loads(path.read_text("utf-8"))))
        once = path.read_text("utf-8").partition('"created_at"')[0]
        write_config_file(path, again)
        assert path.read_text("utf-8").partition('"created_at"')[0] == once
    assert again == configs
    assert {key: type(config) for key, config in again.items()} == {
        key: type(config) for key, config in configs.items()
    }


@settings(max_examples=30, deadline=None)
@given(data=config_files(), rng=st.randoms(use_true_random=False))
def test_the_order_of_members_and_sections_does_not_count(
    data: dict[str, Any], rng: random.Random
) -> None:
    other = shuffled(data, rng)
    assert configs_of(read(other)) == configs_of(read(data))


@settings(max_examples=20, deadline=None)
@given(data=config_files())
def test_sharing_equal_fields_changes_nothing(data: dict[str, Any]) -> None:
    specific, shared = data["configuration"]["specific"], data["configuration"]["shared"]
    apart = {key: {**shared, **fields} for key, fields in specific.items()}
    spread = {"shared": {}, "specific": apart, "metadata": data["metadata"]}
    assert configs_of(read(spread)) == configs_of(read(data))
