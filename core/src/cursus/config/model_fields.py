"""What a config class declares: the names by which its fields are read, and the models nested in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The models that may stand at a place, in its list members, or in its object values.

    `plain` are the annotations that are none of these.
    """

    plain: tuple[Any, ...] = ()
    models: tuple[type[BaseModel], ...] = ()
    items: Shape | None = None
    values: Shape | None = None

    @property
    def is_number(self) -> bool:
        """Say whether a number may stand here, and no truth value: pydantic would take true for 1."""
        kinds = {*self.plain}
        return bool(kinds & {int, float}) and kinds <= NUMBER_OR_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A field: the names by which a file may give it, the first one that is there counts."""

    names: tuple[str, ...]
    shape: Shape


ANYTHING = Shape()
NUMBER_OR_TEXT = {int, float, str, type(None)}


@cache
def declared_fields(model: type[BaseModel]) -> Mapping[str, Declared]:
    """Give the fields of a model by their own name."""
    if any(field.annotation is None for field in model.model_fields.values()) or not getattr(
        model, "__pydantic_fields_complete__", True
    ):
        model.model_rebuild()
    return {
        name: Declared(names=_names(model, name, field), shape=shape_of(field.annotation))
        for name, field in model.model_fields.items()
    }


@cache
def plain_names(model: type[BaseModel]) -> frozenset[str]:
    """Give the fields that a file can give by their own name alone."""
    fields = declared_fields(model).items()
    return frozenset(name for name, declared in fields if declared.names == (name,))


def shape_of(annotation: Any) -> Shape:
    """Find the models in an annotation such as `tuple[DataSource, ...] | None`."""
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0])
    if origin in (Union, UnionType):
        return _merged([shape_of(argument) for argument in arguments])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_shape(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Shape(values=shape_of(arguments[1]))
    if isinstance(origin, type) and issubclass(origin, Iterable):
        members = [shape_of(argument) for argument in arguments if argument is not Ellipsis]
        return Shape(items=_merged(members))
    value = getattr(annotation, "__value__", None)  # a `type X = ...` alias of Python 3.12
    return Shape(plain=(annotation,)) if value is None else shape_of(value)


def _model_shape(model: type[BaseModel]) -> Shape:
    if issubclass(model, RootModel):
        return shape_of(model.model_fields["root"].annotation)
    return Shape(models=(model,))


def _merged(shapes: list[Shape]) -> Shape:
    return Shape(
        plain=tuple(kind for shape in shapes for kind in shape.plain),
        models=tuple(model for shape in shapes for model in shape.models),
        items=next((shape.items for shape in shapes if shape.items is not None), None),
        values=next((shape.values for shape in shapes if shape.values is not None), None),
    )


def _names(model: type[BaseModel], name: str, field: FieldInfo) -> tuple[str, ...]:
    alias = field.validation_alias
    if alias is None:
        return (name,)
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    names = [str(c.path[0]) if isinstance(c, AliasPath) else c for c in choices]
    config = model.model_config
    if config.get("populate_by_name") or config.get("validate_by_name"):
        names.append(name)
    return tuple(dict.fromkeys(names))
