"""What each scenario changes: the profile, the number of rows, the values, or the bytes of a shard."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, get_args

from cursus.errors import Problem
from cursus.runtime.synthesis.profile import (
    CategoryColumn,
    FloatColumn,
    IdColumn,
    IntColumn,
    LabelColumn,
    TextColumn,
)
from cursus.runtime.synthesis.profile_file import ProfileError

if TYPE_CHECKING:
    import polars as pl

    from cursus.runtime.synthesis.columns import Part
    from cursus.runtime.synthesis.profile import AnyColumn, Column, Profile

FIXED_ROWS: dict[str, int] = {"empty": 0, "one-row": 1}
NULL_SHARE = 0.3
LABEL_NULL_SHARE = 0.05
UNSEEN_IN_TRAINING, UNSEEN_LATER = 0.02, 0.3
EXTREME_SHARE = 0.02
# Letters beyond ASCII, right to left, composed, of four bytes, joined by zero width, and what CSV must quote.
UNICODE_MARKS = ("é", "漢字", "שלום", "e\u0301", "👩\u200d🚀", "ß, „x“", 'a "b"')
# Inside the range of 32-bit floats, in which boosters and networks compute.
EXTREME_FLOATS = (1e30, -1e30, 1e-30, 0.0)
EXTREME_INTEGERS = (2**31, -(2**31) - 1, 2**52, 0)


def changed_profile(profile: Profile, scenario: str) -> Profile:
    """Give the profile of a scenario; ProfileError where it would change nothing."""
    _check_applies(profile, scenario)
    changed = {name: _changed(column, scenario) for name, column in profile.columns.items()}
    return profile.model_copy(update={"columns": changed})


def changed_values(
    table: pl.DataFrame, profile: Profile, scenario: str, part: Part, *, trains: bool
) -> pl.DataFrame:
    """Change values of a table that a profile cannot describe."""
    loaded = profile.model_copy(update={"columns": {n: profile.columns[n] for n in table.columns}})
    if scenario == "unseen-categories":
        share = UNSEEN_IN_TRAINING if trains else UNSEEN_LATER
        names = _names(loaded, CategoryColumn)
        return table.with_columns(_with_unseen(table[name], part, share) for name in names)
    if scenario == "extreme-values":
        names = _names(loaded, IntColumn, FloatColumn)
        return table.with_columns(_with_extremes(table[name], part) for name in names)
    return table


NEEDED: dict[str, tuple[type[Column], ...]] = {
    "one-class": (LabelColumn,),
    "unseen-categories": (CategoryColumn,),
    "unicode": (CategoryColumn, TextColumn),
    "extreme-values": (IntColumn, FloatColumn),
}


def _check_applies(profile: Profile, scenario: str) -> None:
    needed = NEEDED.get(scenario, ())
    if not needed or _names(profile, *needed):
        return
    kinds = " or ".join(get_args(model.model_fields["type"].annotation)[0] for model in needed)
    message = f"the scenario {scenario} would change nothing: the profile has no open column of type {kinds}"
    fix = "add such a column to the profile, or choose another scenario"
    raise ProfileError([Problem(code="CUR0724", message=message, fix=fix)])


def _names(profile: Profile, *kinds: type[Column]) -> list[str]:
    """Name the columns of some types, but no codes that have to stay as they are."""
    return [
        name
        for name, column in profile.columns.items()
        if isinstance(column, kinds) and not getattr(column, "closed", False)
    ]


def _changed(column: AnyColumn, scenario: str) -> AnyColumn:
    if scenario == "nulls" and not isinstance(column, IdColumn):
        share = LABEL_NULL_SHARE if isinstance(column, LabelColumn) else NULL_SHARE
        return column.model_copy(update={"null_share": max(share, column.null_share)})
    if scenario == "one-class" and isinstance(column, LabelColumn):
        shares = column.shares or (1.0,) * len(column.classes)
        largest = shares.index(max(shares))
        only = tuple(float(index == largest) for index in range(len(shares)))
        return column.model_copy(update={"shares": only})
    if scenario == "unicode" and isinstance(column, CategoryColumn) and not column.closed:
        return column.model_copy(update={"values": _marked(column.values)})
    if scenario == "unicode" and isinstance(column, TextColumn):
        return column.model_copy(update={"words": _marked(column.words)})
    return column


def _marked(values: tuple[object, ...]) -> tuple[object, ...]:
    """Add a mark to each text; two texts stay different."""
    marks = cycle(UNICODE_MARKS)
    return tuple(
        f"{value} {mark}" if isinstance(value, str) else value
        for value, mark in zip(values, marks, strict=False)
    )


def _with_unseen(values: pl.Series, part: Part, share: float) -> pl.Series:
    """Replace a share of the categories by such as stand in no other row; there is no third truth value."""
    import polars as pl

    if values.dtype == pl.Boolean:
        return values
    replaced = part.draw(values.name, "unseen") < share
    rows = pl.int_range(len(values))
    if values.dtype == pl.String:
        unseen = pl.concat_str([pl.lit(f"unseen {part.name} "), rows])
    else:
        unseen = (rows + 10**9 + part.first_id % 10**9).cast(pl.Int64)
    chosen = pl.when(replaced & values.is_not_null()).then(unseen).otherwise(values)
    return pl.select(chosen.alias(values.name)).to_series()


def _with_extremes(values: pl.Series, part: Part) -> pl.Series:
    import polars as pl

    draws = part.draw(values.name, "extreme")
    chosen = EXTREME_FLOATS if values.dtype.is_float() else EXTREME_INTEGERS
    numbers = (draws / EXTREME_SHARE * len(chosen)).floor().cast(pl.Int64)
    extremes = pl.Series(chosen).gather(numbers % len(chosen))
    replaced = pl.when(draws < EXTREME_SHARE).then(extremes).otherwise(values)
    return pl.select(replaced.alias(values.name)).to_series()
