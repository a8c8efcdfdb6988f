"""Rules over several members of a model, asked also where other members are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic_core import ErrorDetails

    Rule: TypeAlias = Callable[[Mapping[str, Any]], Iterator[str]]

M = TypeVar("M", bound=BaseModel)


def validated_with(rule: Rule, value: Any, validate: Callable[[Any], M], *, field: str = "") -> M:
    """Validate in a `mode="wrap"` validator, and raise what the rule says together with all other faults.

    The rule gets the members of the model, or where some are refused, the raw ones; it says nothing of those that it
    cannot judge. Its faults are said of `field`, or of the whole model.
    """
    try:
        model = validate(value)
    except ValidationError as exc:
        raw = value if isinstance(value, Mapping) else {}
        _raise(exc.title, [_again(detail) for detail in exc.errors()], rule(raw), value, field)
        raise
    _raise(type(model).__name__, [], rule({**dict(model)}), value, field)
    return model


def member(value: Any, name: str) -> Any:
    """Give a member of an object that is raw or already a model; None where there is none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _raise(
    title: str, known: list[InitErrorDetails], told: Iterator[str], value: Any, field: str
) -> None:
    found = [
        InitErrorDetails(
            type=PydanticCustomError("value_error", "Value error, {error}", {"error": text}),
            loc=(field,) if field else (),
            input=member(value, field) if field else value,
        )
        for text in told
    ]
    if found:
        raise ValidationError.from_exception_data(title, [*known, *found])


def _again(detail: ErrorDetails) -> InitErrorDetails:
    return InitErrorDetails(
        type=detail["type"], loc=detail["loc"], input=detail["input"], ctx=detail.get("ctx", {})
    )
