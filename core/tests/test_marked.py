"""Marked texts: equal exactly where two values of a definition mean the same."""

from __future__ import annotations

from typing import Any

import pytest
from cursus.pipeline.marked import marked, plain, shown, spelled
from hypothesis import given
from hypothesis import strategies as st

PREFIX = {"Get": "Parameters.PREFIX"}


def join(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


@given(st.text())
def test_text_is_never_taken_for_something_else(text: str) -> None:
    assert plain(marked(text)) == text
    assert marked(text) != marked(PREFIX)
    assert marked(join("", text, PREFIX)) != marked(join("", text, "{PREFIX}"))


@given(st.text(alphabet="\0{}=P"), st.text(alphabet="\0{}=P"))
def test_different_texts_have_different_marks(one: str, other: str) -> None:
    assert (marked(one) == marked(other)) == (one == other)
    assert (marked({"Get": one}) == marked({"Get": other})) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (join("/", PREFIX, "a", "b"), join("", PREFIX, "/", "a/b")),
        (join("/", join("/", PREFIX, "a"), "b"), join("/", PREFIX, "a", "b")),
        (join("-", "n", 1), "n-1"),
        (1, 1.0),
        ({"Std:JsonGet": {"Path": "a", "On": 1}}, {"Std:JsonGet": {"On": 1.0, "Path": "a"}}),
    ],
)
def test_values_that_mean_the_same_are_equal(one: Any, other: Any) -> None:
    assert marked(one) == marked(other)


def test_people_read_references_in_braces_and_literals_in_quotes_where_that_matters() -> None:
    assert shown(join("/", PREFIX, "{A}", {"Get": "Steps.S.x"})) == "{PREFIX}/{A}/{Steps.S.x}"
    assert spelled(marked(join("/", PREFIX, "{A}"))) == '{PREFIX} + "/{A}"'
    assert (spelled(marked("")), spelled(marked("1")), spelled(marked(1))) == ('""', '"1"', "1")
