"""Values of columns: within their bounds, in their shares, and the same for the same seed."""

from __future__ import annotations

import subprocess
import sys
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest
from cursus.runtime.synthesis.columns import Part, make_column
from cursus.runtime.synthesis.draws import normal, uniform
from cursus.runtime.synthesis.profile_file import make_profile
from hypothesis import given, settings
from hypothesis import strategies as st

ROWS = 2_000
NAMES = st.text("abc_ é.", min_size=1, max_size=6)
SHARES = st.sampled_from([0.0, 0.1, 0.5, 1.0])
DISTRIBUTIONS = st.sampled_from(["uniform", "normal", "skewed"])


@st.composite
def bounded(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    numbers = st.integers(-(2**40), 2**40) if kind == "int" else st.floats(-1e9, 1e9)
    low, high = sorted([draw(numbers), draw(numbers)])
    shape = {"distribution": draw(DISTRIBUTIONS), "null_share": draw(SHARES)}
    return {"type": kind, "minimum": low, "maximum": high, **shape}


@st.composite
def categories(draw: st.DrawFn) -> dict[str, Any]:
    values = draw(st.lists(st.text(max_size=5), min_size=1, max_size=9, unique=True))
    weights = draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    return {
        "type": "category", "values": values, "weights": weights, "null_share": draw(SHARES)
    }  # fmt: skip


FEATURES = st.one_of(
    bounded("int"),
    bounded("float"),
    categories(),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "date", "bool"]), "null_share": SHARES}
    ),
)


def made(columns: dict[str, Any], name: str, rows: int = ROWS, seed: int = 1) -> pl.Series:
    return make_column(
        name, make_profile({"columns": columns}), Part(name="n", rows=rows, seed=seed)
    )


@given(columns=st.dictionaries(NAMES, FEATURES, min_size=1, max_size=4), seed=st.integers(0, 2**62))
@settings(max_examples=40, deadline=None)
def test_a_column_depends_on_its_own_profile_and_the_seed_alone(
    columns: dict[str, Any], seed: int
) -> None:
    turned = dict(reversed(columns.items()))
    for name in columns:
        assert made(columns, name, 50, seed).equals(made(turned, name, 50, seed), null_equal=True)


@given(column=FEATURES)
@settings(max_examples=60, deadline=None)
def test_nulls_have_their_share(column: dict[str, Any]) -> None:
    nulls = made({"a": column}, "a").null_count()
    share = column["null_share"]
    assert abs(nulls / ROWS - share) <= 5 * (share * (1 - share) / ROWS) ** 0.5


@given(column=st.one_of(bounded("int"), bounded("float")))
@settings(max_examples=60, deadline=None)
def test_numbers_keep_their_bounds_and_type(column: dict[str, Any]) -> None:
    values = made({"a": column}, "a")
    assert values.dtype == (pl.Int64 if column["type"] == "int" else pl.Float64)
    found = values.drop_nulls()
    assert found.is_between(column["minimum"], column["maximum"]).all()


@given(column=categories())
@settings(max_examples=40, deadline=None)
def test_categories_come_as_often_as_their_weights_say(column: dict[str, Any]) -> None:
    values = made({"a": {**column, "null_share": 0}}, "a")
    assert set(values) <= set(column["values"])
    total = sum(column["weights"])
    for value, weight in zip(column["values"], column["weights"], strict=True):
        share = weight / total
        assert abs((values == value).mean() - share) <= 5 * (share / ROWS) ** 0.5


@given(weights=st.lists(st.integers(0, 5), min_size=2, max_size=5).filter(any))
@settings(max_examples=40, deadline=None)
def test_classes_have_exactly_their_shares(weights: list[int]) -> None:
    classes = [f"c{number}" for number in range(len(weights))]
    columns = {"y": {"type": "label", "classes": classes, "shares": weights}}
    values = made(columns, "y")
    for name, weight in zip(classes, weights, strict=True):
        assert abs((values == name).sum() - ROWS * weight / sum(weights)) <= 1


def test_a_label_can_be_learned_from_the_columns_on_which_it_depends() -> None:
    columns = {
        "y": {"type": "label", "depends_on": {"x": 1, "c": -1}},
        "x": {"type": "float"},
        "c": {"type": "category", "values": ["a", "b", "c", "d"]},
        "z": {"type": "float"},
    }
    late = made(columns, "y") == 1
    means = {name: made(columns, name).filter(late).mean() for name in ("x", "z")}
    first = (made(columns, "c").filter(late) == "a").mean()
    assert means["x"] > 0.6
    assert abs(means["z"] - 0.5) < 0.03
    assert first > 0.35


def test_ids_are_unique_and_follow_their_format() -> None:
    ids = made({"a": {"type": "id", "format": "F-{}!"}}, "a")
    assert ids.is_unique().all()
    assert ids[3] == "F-3!"
    assert made({"a": {"type": "id"}}, "a").dtype == pl.Int64


def test_dates_lie_in_their_days_in_their_format() -> None:
    column = {"type": "date", "minimum": "2024-02-28", "maximum": "2024-03-01", "format": "%d.%m."}
    assert set(made({"a": column}, "a")) == {"28.02.", "29.02.", "01.03."}


def test_texts_have_between_the_fewest_and_the_most_words() -> None:
    values = made({"a": {"type": "text", "fewest": 2, "most": 3, "words": ["x", "y"]}}, "a")
    assert set(values.str.split(" ").list.len()) == {2, 3}


def test_normal_draws_are_those_of_the_standard_distribution() -> None:
    draws = pl.Series([0.001, 0.1, 0.5, 0.77, 0.999])
    exact = [NormalDist().inv_cdf(draw) for draw in draws]
    assert normal(draws).to_list() == pytest.approx(exact, abs=1e-3)


def test_draws_are_those_of_the_published_generator_in_every_process() -> None:
    code = "from cursus.runtime.synthesis.draws import uniform; print(uniform(3, 7, 'a').to_list())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(uniform(9, 7, "a").head(3).to_list())
    assert uniform(3, 7, "a").to_list() == reference(3, 7, "a")


def reference(rows: int, *stream: str | int) -> list[float]:
    """Draw with whole numbers of Python, as SplitMix64 is published."""
    from hashlib import sha256

    mask = 2**64 - 1
    state = int.from_bytes(sha256(repr(stream).encode()).digest()[:8], "little")
    found = []
    for row in range(rows):
        mixed = (state + row * 0x9E3779B97F4A7C15) & mask
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        found.append((((mixed ^ (mixed >> 31)) >> 12) + 0.5) * 2.0**-52)
    return found
