"""Data profiles: read with every fault and its line, written so that they can be edited, made of configs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cursus.kernel.plan import Plan
from cursus.runtime.synthesis.deriving import derive_profile
from cursus.runtime.synthesis.profile_file import (
    ProfileError,
    make_profile,
    profile_text,
    read_profile,
)
from cursus.runtime.synthesis.recipe import Wishes, make_recipe

COLUMNS = {
    "id": {"type": "id", "format": "F{}"},
    "late": {"type": "label", "shares": [0.75, 0.25], "depends_on": {"hour": 1, "note": -0.5}},
    "hour": {"type": "int", "minimum": 5, "maximum": 23, "distribution": "normal"},
    "fare": {"type": "float", "maximum": 500, "decimals": 2, "null_share": 0.1},
    "carrier": {"type": "category", "values": ["AA", "DL"], "weights": [3, 1]},
    "note": {"type": "text", "most": 4},
    "day": {"type": "date", "minimum": "2013-01-01", "maximum": "2013-12-31"},
    "direct": {"type": "bool", "share": 0.8},
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "profile.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_profile_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    profile = make_profile({"rows": 7, "format": "tsv", "columns": COLUMNS})
    assert read_profile(written(tmp_path, profile_text(profile))) == profile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: 5\nrow: 6\n", r"row is not a known field.*\n    at  .*profile.yaml:2 \$.row\n"),
        ("columns:\n  a:\n    type: int\n    minimun: 3\n", r"did you mean minimum\?\n.*:4 "),
        ("columns:\n  a:\n    typ: int\n", r"columns.a.*type"),
        ("columns:\n  a: {type: whole}\n", r"columns.a has the type 'whole'.*\n.*\n.*int, float"),
        ("columns:\n  a: 5\n", r"columns.a is 5; it should be an object"),
        ("columns:\n  '': {type: int}\n", r"columns. is '': String should have at least 1"),
        ("columns:\n  a: {type: int, minimum: 5.5}\n", r"columns.a.minimum is 5.5: it should be"),
        ("columns:\n  a: {type: int, minimum: 5, maximum: 4}\n", "minimum 5 is above maximum 4"),
        ("columns:\n  a: {type: category, values: [1, x]}\n", "of the types int and str"),
        ("columns:\n  a: {type: category, values: [x, x]}\n", "a value stands there twice"),
        ("columns:\n  a: {type: category, values: [x], weights: [1, 2]}\n", "1 values and 2"),
        ("columns:\n  a: {type: label, shares: [0, 0]}\n", "the shares are all 0"),
        ("columns:\n  a: {type: label, depends_on: {b: 1}}\n", "depends on b, which is no column"),
        ("columns:\n  a: {type: id, format: F}\n", "must hold {} once"),
        ("columns:\n  a: {type: date, format: '%q'}\n", r"columns.a.format is '%q'"),
        ("seed: -1\n", "seed is -1: it should be greater than or equal to 0"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_may_stand_there(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ProfileError, match=message) as caught:
        read_profile(written(tmp_path, text))
    assert [problem.code for problem in caught.value.problems] == ["CUR0721"]


def test_all_faults_come_together(tmp_path: Path) -> None:
    text = "rows: many\nshards: 0\ncolumns:\n  a: {type: int, x: 1}\n  b: {type: bool, share: 2}\n"
    with pytest.raises(ProfileError) as caught:
        read_profile(written(tmp_path, text))
    assert [problem.place.line for problem in caught.value.problems] == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "profile.yaml:2\n"),
        ("- 1\n", "holds no object"),
        ("a: 1\na: 2\n", "stands there twice"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message) as caught:
        read_profile(written(tmp_path, text))
    assert [problem.code for problem in caught.value.problems] == ["CUR0720"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        read_profile(tmp_path / "none.yaml")


def test_configs_without_columns_give_a_profile_without(plan_locally: Callable[..., Plan]) -> None:
    assert derive_profile(plan_locally([("Load", "Prepare")])).columns == {}


def test_wishes_count_before_the_profile_and_the_catalog_before_the_configs(
    plan_locally: Callable[..., Plan], tmp_path: Path
) -> None:
    plan = plan_locally([("Load", "Prepare")])
    catalog = {"rows": 3, "columns": {"a": {"type": "bool"}}}
    own = written(tmp_path, "rows: 4\ncolumns:\n  b: {type: bool}\n")

    from_catalog = make_recipe(plan, Wishes(size="medium", seed=9), catalog).profile
    from_file = make_recipe(plan, Wishes(profile=own), catalog).profile

    assert (from_catalog.rows, from_catalog.seed, list(from_catalog.columns)) == (50_000, 9, ["a"])
    assert (from_file.rows, list(from_file.columns)) == (4, ["b"])
