"""The page of config fields is that of the code, and its rules are really asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from config_fields_page import BASES, nested, page, rule_of, validators
from cursus import load_plugins
from cursus.config.model_fields import declared_fields
from page_runs import DOCS
from pydantic import BaseModel, ValidationError


def test_the_page_of_config_fields_is_that_of_the_code() -> None:
    written = (DOCS / "reference" / "config-fields.md").read_text("utf-8")
    assert written == page(), (
        "run: uv run python tests/architecture/config_fields_page.py > docs/reference/config-fields.md"
    )


def checked_fields() -> Iterator[tuple[type[BaseModel], str, str]]:
    """Give every field that a validator checks, with the validator."""
    steps = [step_type.config for step_type in load_plugins().step_types.values()]
    models: list[type[BaseModel]] = [*BASES.values(), *steps]
    models += [model for step in steps for model in nested(step)]
    for model in dict.fromkeys(models):
        declared_fields(model)  # completes a class whose annotations are text
        for name in model.model_fields:
            yield from ((model, name, validator) for validator in validators(model, name))


@pytest.mark.parametrize(
    ("model", "name", "validator"),
    list(checked_fields()),
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_value_against_a_rule_of_the_page_is_refused(
    model: type[BaseModel], name: str, validator: str
) -> None:
    _, value = rule_of(validator)
    with pytest.raises(ValidationError) as caught:
        model.model_validate({name: value})
    errors = [error for error in caught.value.errors() if error["type"] != "missing"]
    found = {place for error in errors for place in error["loc"][:1]}
    assert found & {name, *map(str, aliases(model, name))}


def aliases(model: type[BaseModel], name: str) -> list[Any]:
    """Give the other names under which a field is read; an error bears the first."""
    alias = model.model_fields[name].validation_alias
    return [] if alias is None else list(getattr(alias, "choices", [alias]))
