"""The corpus of the linter: what is found, and that every fix means the same."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from corpus import HALVES, Snippet, snippets
from cursus.lint.fixing import fix
from rendering import run_with_sdk, run_with_text

POSITIVE = [snippet for half in HALVES for snippet in snippets(half, "positive")]
NEGATIVE = [snippet for half in HALVES for snippet in snippets(half, "negative")]
FIXED = [snippet for snippet in POSITIVE if "def evaluate(" in snippet.text]
every_positive = pytest.mark.parametrize("snippet", POSITIVE, ids=lambda each: each.name)
every_fixed = pytest.mark.parametrize("snippet", FIXED, ids=lambda each: each.name)


def left_after_fix(snippet: Snippet) -> int:
    return sum(snippet.found().values()) - snippet.fixable


@every_positive
def test_a_fix_compiles_and_a_second_run_changes_nothing(snippet: Snippet) -> None:
    once = fix(snippet.text)
    ast.parse(once.source)
    assert fix(once.source).source == once.source


@every_positive
def test_a_fix_keeps_all_comments(snippet: Snippet) -> None:
    before, after = (text.count("#") for text in (snippet.text, fix(snippet.text).source))
    assert before == after


@every_fixed
def test_a_fixed_snippet_gives_the_same_locations_with_parameters_as_before_with_text(
    snippet: Snippet,
) -> None:
    before = run_with_text(snippet.text)
    assert before
    assert run_with_sdk(fix(snippet.text).source) == before


@every_fixed
def test_a_snippet_fails_with_parameters_before_its_fix(snippet: Snippet) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        run_with_sdk(snippet.text)


@every_positive
def test_what_is_marked_by_hand_stays_and_all_else_is_fixed(snippet: Snippet) -> None:
    after = fix(snippet.text).source
    left = Counter(code for _, code in _findings(snippet, after))
    assert sum(left.values()) == len(snippet.expected) - snippet.fixable


def _findings(snippet: Snippet, text: str) -> list[tuple[int, str]]:
    from cursus.lint import lint_text

    return [(each.line, each.code) for each in lint_text(text, snippet.path)]
