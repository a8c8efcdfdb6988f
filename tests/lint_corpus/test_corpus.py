"""The corpus of the linter: what is found, and that every fix means the same."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from corpus import PARTS, Snippet, score, snippets
from cursus.lint import lint_text
from cursus.lint.fixing import fix
from measure import HEAD
from rendering import run_with_sdk, run_with_text

ROOT = Path(__file__).parents[2]
USE_OF_PAGE = """

class Config:
    job_type = "training"


def evaluate(parameter, step):
    builder = TabularPreprocessingBuilder(Config(), parameter("PREFIX", "s3://bucket/run"))
    return builder.destinations(["train", "test"])
"""
POSITIVE = [snippet for part in PARTS for snippet in snippets(part, "positive")]
FOUND = [snippet for snippet in POSITIVE if not Counter(snippet.expected) - snippet.found()]
FIXED = [snippet for snippet in FOUND if "def evaluate(" in snippet.text]
every_positive = pytest.mark.parametrize("snippet", POSITIVE, ids=lambda each: each.name)
every_found = pytest.mark.parametrize("snippet", FOUND, ids=lambda each: each.name)
every_fixed = pytest.mark.parametrize("snippet", FIXED, ids=lambda each: each.name)


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


@every_found
def test_what_is_marked_by_hand_stays_and_all_else_is_fixed(snippet: Snippet) -> None:
    after = fix(snippet.text).source
    left = Counter(code for _, code in _findings(snippet, after))
    assert sum(left.values()) == len(snippet.expected) - snippet.fixable


def test_the_page_has_the_table_that_the_command_prints() -> None:
    page = (ROOT / "docs" / "reference" / "lint.md").read_text("utf-8")
    assert "\n".join([HEAD, *(score(part).line() for part in PARTS)]) in page


def test_the_corpus_has_sixty_snippets_of_each_kind() -> None:
    for kind in ("positive", "negative"):
        assert sum(len(snippets(part, kind)) for part in PARTS) >= 60


def test_the_page_of_migration_shows_what_the_fix_makes() -> None:
    page = (ROOT / "docs" / "how-to" / "migrate-a-step-builder.md").read_text("utf-8")
    before, after = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert fix(before).source == after
    assert run_with_sdk(after + USE_OF_PAGE) == run_with_text(before + USE_OF_PAGE)


def test_silenced_places_of_the_page_are_silent() -> None:
    page = (ROOT / "docs" / "reference" / "lint.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert lint_text("execution_prefix = get()\n" + code, ROOT) == []
    assert len(lint_text("execution_prefix = get()\n" + code.replace("#", "# x"), ROOT)) == 2


def _findings(snippet: Snippet, text: str) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in lint_text(text, snippet.path)]
