"""The data profile of a pipeline: its columns, what they hold and how the label depends on them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = (
    *("late", "early", "gate", "crew", "rain", "wind", "fuel", "belt", "seat", "desk", "bag"),
    *("queue", "delay", "calm", "clear", "night", "on", "at", "the", "and"),
)
MOST_CLASSES = 1000
EXACT = 2**52  # whole numbers up to here are exact while they are drawn as floating point

Format: TypeAlias = Literal["csv", "tsv", "parquet", "json", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
Distribution: TypeAlias = Literal["uniform", "normal", "skewed"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number: TypeAlias = Annotated[float, Field(ge=-1e300, le=1e300, allow_inf_nan=False)]
Whole: TypeAlias = Annotated[StrictInt, Field(ge=-EXACT, le=EXACT)]
Count: TypeAlias = Annotated[StrictInt, Field(ge=1, le=100)]
Value: TypeAlias = StrictBool | StrictInt | StrictFloat | StrictStr


def _of_one_kind(values: tuple[Value, ...]) -> tuple[Value, ...]:
    kinds = sorted({type(value).__name__ for value in values})
    if len(kinds) > 1:
        raise ValueError(f"its values are of the types {' and '.join(kinds)}; give them one")
    if len(set(values)) < len(values):
        raise ValueError("a value stands there twice")
    return values


def _with_one_gap(text: str) -> str:
    if text.replace("{}", "", 1).count("{") + text.count("}") - 1 or "{}" not in text:
        raise ValueError(f"{text!r} must hold {{}} once, where the number goes")
    return text


Values: TypeAlias = Annotated[
    tuple[Value, ...], Field(min_length=1, max_length=100_000), AfterValidator(_of_one_kind)
]


class Column(BaseModel):
    """What every column has."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    null_share: Share = 0.0


class IntColumn(Column):
    """Whole numbers between two bounds, both included."""

    type: Literal["int"]
    minimum: Whole = 0
    maximum: Whole = 100
    distribution: Distribution = "uniform"

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        _check_order(self.minimum, self.maximum)
        return self


class FloatColumn(Column):
    """Numbers between two bounds, rounded."""

    type: Literal["float"]
    minimum: Number = 0.0
    maximum: Number = 1.0
    distribution: Distribution = "uniform"
    decimals: Annotated[StrictInt, Field(ge=0, le=15)] = 4

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        _check_order(self.minimum, self.maximum)
        return self


class CategoryColumn(Column):
    """One of some values, each as often as its weight says; without weights, all alike.

    A closed one has no other values in any scenario: they are codes that a config knows.
    """

    type: Literal["category"]
    values: Values
    weights: tuple[Weight, ...] | None = None
    closed: StrictBool = False

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        _check_weights(self.values, self.weights, "weights")
        return self


class TextColumn(Column):
    """Some words, the first of which may tell the label."""

    type: Literal["text"]
    words: Annotated[tuple[StrictStr, ...], Field(min_length=1, max_length=10_000)] = WORDS
    fewest: Count = 3
    most: Count = 8

    @model_validator(mode="after")
    def _counts_are_in_order(self) -> Self:
        _check_order(self.fewest, self.most, ("fewest", "most"))
        return self


class DateColumn(Column):
    """Moments between two days, both included, as text of a format; a plain day by default."""

    type: Literal["date"]
    minimum: date = date(2024, 1, 1)
    maximum: date = date(2024, 12, 31)
    distribution: Distribution = "uniform"
    format: Annotated[str, Field(pattern=r"^(%[YymdHMSj]|[^%])+$")] = "%Y-%m-%d"

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        _check_order(self.minimum, self.maximum)
        return self


class BoolColumn(Column):
    """True or false; `share` is that of true."""

    type: Literal["bool"]
    share: Share = 0.5


class IdColumn(Column):
    """A key: another value in every row of the pipeline. With the format `{}` it is a number, else text."""

    type: Literal["id"]
    format: Annotated[str, AfterValidator(_with_one_gap)] = "{}"


class LabelColumn(Column):
    """Classes with their shares, and the columns from which they can be learned.

    Each row gets a score, the weighted sum of where its values stand in their columns plus `noise` (in standard
    deviations of that sum); the classes, as listed, take their shares from the lowest score up.
    """

    type: Literal["label"]
    classes: Annotated[Values, Field(min_length=2, max_length=MOST_CLASSES)] = (0, 1)
    shares: tuple[Weight, ...] | None = None
    depends_on: dict[str, Number] = Field(default_factory=dict)
    noise: Weight = 0.5

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        _check_weights(self.classes, self.shares, "shares")
        return self


AnyColumn: TypeAlias = (
    IntColumn
    | FloatColumn
    | CategoryColumn
    | TextColumn
    | DateColumn
    | BoolColumn
    | IdColumn
    | LabelColumn
)
Name: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$")]


class Profile(BaseModel):
    """What synthetic data of a pipeline looks like, in every step that loads some.

    Without `format`, each step's own config says how its files are written, else they are CSV.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rows: Annotated[StrictInt, Field(ge=0, le=1_000_000_000)] = 1000
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] = 42
    format: Format | None = None
    shards: Annotated[StrictInt, Field(ge=1, le=10_000)] = 2
    columns: dict[Name, Annotated[AnyColumn, Field(discriminator="type")]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _labels_depend_on_columns(self) -> Self:
        for name, column in self.columns.items():
            for other in column.depends_on if isinstance(column, LabelColumn) else ():
                found = self.columns.get(other)
                if found is None:
                    raise ValueError(f"{name} depends on {other}, which is no column")
                if found.type in ("id", "label"):
                    raise ValueError(f"{name} depends on {other}, of type {found.type}: no feature")
        return self


def _check_order(
    low: float | date, high: float | date, names: tuple[str, str] = ("minimum", "maximum")
) -> None:
    if low > high:  # type: ignore[operator]
        raise ValueError(f"{names[0]} {low} is above {names[1]} {high}")


def _check_weights(values: Sequence[Value], weights: Sequence[float] | None, name: str) -> None:
    if weights is None:
        return
    if len(weights) != len(values):
        raise ValueError(f"there are {len(values)} values and {len(weights)} {name}")
    if not sum(weights):
        raise ValueError(f"the {name} are all 0")
