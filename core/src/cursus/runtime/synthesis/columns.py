"""The values of one column, all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from cursus.runtime.synthesis.draws import choose, normal, uniform
from cursus.runtime.synthesis.profile import (
    BoolColumn,
    CategoryColumn,
    DateColumn,
    FloatColumn,
    IdColumn,
    IntColumn,
    LabelColumn,
    TextColumn,
)

if TYPE_CHECKING:
    import polars as pl

    from cursus.runtime.synthesis.profile import AnyColumn, Distribution, Profile

DAY_SECONDS = 86_400
SPREAD = 6  # standard deviations from the minimum to the maximum of a normal distribution
SKEW = 3  # the power of a uniform number that a skewed distribution is
UNIT = 12**0.5  # makes the standard deviation of uniform numbers 1
BELOW_ONE = 1 - 2**-53


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The data of one step: `name` makes it differ from that of others, as do its keys, which start at `first_id`."""

    name: str
    rows: int
    seed: int
    first_id: int = 0

    def draw(self, column: str, purpose: str) -> pl.Series:
        """Draw uniform numbers for a column."""
        return uniform(self.rows, self.seed, self.name, column, purpose)


def make_column(name: str, profile: Profile, part: Part) -> pl.Series:
    """Make a column of a profile, nulls included."""
    import polars as pl

    column = profile.columns[name]
    made = _values(name, column, part).alias(name)
    if not column.null_share:
        return made
    kept = part.draw(name, "null") >= column.null_share
    return pl.select(pl.when(kept).then(made).otherwise(None).alias(name)).to_series()


def _values(name: str, column: AnyColumn, part: Part) -> pl.Series:
    if isinstance(column, IdColumn):
        return _ids(column, part)
    if isinstance(column, LabelColumn):
        return _label(name, column, part)
    if isinstance(column, TextColumn):
        return _texts(name, column, part)
    return _drawn(column, part.draw(name, "value"))


def _drawn(
    column: IntColumn | FloatColumn | CategoryColumn | BoolColumn | DateColumn, draws: pl.Series
) -> pl.Series:
    if isinstance(column, IntColumn):
        return _integers(column, draws)
    if isinstance(column, FloatColumn):
        span = _shaped(draws, column.distribution) * (column.maximum - column.minimum)
        return (span + column.minimum).round(column.decimals).clip(column.minimum, column.maximum)
    if isinstance(column, CategoryColumn):
        return _chosen(column.values, column.weights, draws)
    if isinstance(column, BoolColumn):
        return draws > 1 - column.share
    return _dates(column, draws)


def _shaped(draws: pl.Series, distribution: Distribution) -> pl.Series:
    """Bring uniform draws into the shape of a distribution between 0 and 1, in the same order."""
    if distribution == "uniform":
        return draws
    shaped = draws**SKEW if distribution == "skewed" else normal(draws) / SPREAD + 0.5
    return shaped.clip(0, BELOW_ONE)


def _integers(column: IntColumn, draws: pl.Series) -> pl.Series:
    import polars as pl

    steps = (_shaped(draws, column.distribution) * (column.maximum - column.minimum + 1)).floor()
    return (steps.cast(pl.Int64) + column.minimum).clip(column.minimum, column.maximum)


def _chosen(
    values: tuple[object, ...], weights: tuple[float, ...] | None, draws: pl.Series
) -> pl.Series:
    import polars as pl

    return pl.Series(values).gather(choose(draws, weights or [1.0] * len(values)))


def _dates(column: DateColumn, draws: pl.Series) -> pl.Series:
    import polars as pl

    start = int(datetime.combine(column.minimum, time(), UTC).timestamp())
    seconds = ((column.maximum - column.minimum).days + 1) * DAY_SECONDS
    steps = (_shaped(draws, column.distribution) * seconds).floor().cast(pl.Int64)
    moments = pl.from_epoch(steps + start, time_unit="s")
    return moments.dt.strftime(column.format)


def _texts(name: str, column: TextColumn, part: Part) -> pl.Series:
    """Join words; every text has its own number of them, the first is drawn as any column's value is."""
    import polars as pl

    numbers = part.draw(name, "length") * (column.most - column.fewest + 1)
    length = numbers.floor().cast(pl.Int64) + column.fewest
    purposes = ["value", *(f"word {number}" for number in range(1, column.most))]
    words = [_chosen(column.words, None, part.draw(name, purpose)) for purpose in purposes]
    shown = [pl.when(length > place).then(word) for place, word in enumerate(words)]
    return pl.select(pl.concat_str(shown, separator=" ", ignore_nulls=True)).to_series()


def _ids(column: IdColumn, part: Part) -> pl.Series:
    import polars as pl

    numbers = pl.int_range(part.first_id, part.first_id + part.rows, eager=True)
    if column.format == "{}":
        return numbers
    before, _, after = column.format.partition("{}")
    return pl.select(pl.concat_str([pl.lit(before), numbers, pl.lit(after)])).to_series()


def _label(name: str, column: LabelColumn, part: Part) -> pl.Series:
    """Give each class its share of the rows, from the lowest score up."""
    import polars as pl

    size = sum(weight**2 for weight in column.depends_on.values()) ** 0.5 or 1.0
    noise = column.noise if any(column.depends_on.values()) else 1.0
    score = normal(part.draw(name, "noise")) * noise
    for feature, weight in column.depends_on.items():
        score += (part.draw(feature, "value") - 0.5) * (UNIT * weight / size)
    place = (score.rank("ordinal").cast(pl.Float64) - 0.5) / max(part.rows, 1)
    return _chosen(column.classes, column.shares, place)
