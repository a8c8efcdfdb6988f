"""Random numbers by position: row i of a stream is the same whatever else is drawn, on every machine."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from cursus.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

# SplitMix64 (Steele, Lea, Flood 2014): a counter with this step, mixed by two multiplications.
STEP, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
# Knots of the inverse normal distribution, between which a straight line is drawn.
KNOTS = 4096


def uniform(rows: int, *stream: str | int) -> pl.Series:
    """Draw numbers in the open interval from 0 to 1; `stream` names them, so that others change nothing."""
    import polars as pl

    start = int.from_bytes(sha256(repr(stream).encode()).digest()[:8], "little")
    counter = pl.int_range(rows, dtype=pl.UInt64) * _whole(STEP) + _whole(start)
    first = (counter ^ (counter // 2**30)) * _whole(FIRST)
    second = (first ^ (first // 2**27)) * _whole(SECOND)
    bits = (second ^ (second // 2**31)) // 2**12
    return pl.select(((bits.cast(pl.Float64) + 0.5) * 2.0**-52).alias("u")).to_series()


def normal(uniform_draws: pl.Series) -> pl.Series:
    """Turn uniform draws into those of the standard normal distribution, cut at 3.7, in the same order."""
    import polars as pl

    knots = _normal_knots()
    place = uniform_draws * KNOTS
    below = place.floor().cast(pl.Int64)
    low = pl.Series(knots[:-1]).gather(below)
    rise = pl.Series([after - before for before, after in pairwise(knots)]).gather(below)
    return low + (place - below) * rise


def choose(uniform_draws: pl.Series, weights: Sequence[float]) -> pl.Series:
    """Turn uniform draws into positions in a list, each as often as its weight says."""
    import polars as pl

    total = sum(weights)
    bounds = pl.Series([upto / total for upto in accumulate(weights)], dtype=pl.Float64)
    last = max(index for index, weight in enumerate(weights) if weight > 0)
    found = bounds.search_sorted(uniform_draws, side="right")
    return found.clip(upper_bound=last)


def need_polars() -> None:
    """Raise MissingExtraError, which says how to install it, where polars is missing."""
    try:
        import polars  # noqa: F401
    except ImportError as exc:
        raise MissingExtraError("polars", "runtime") from exc


def _whole(number: int) -> pl.Expr:
    import polars as pl

    return pl.lit(number, dtype=pl.UInt64)


@cache
def _normal_knots() -> tuple[float, ...]:
    """Give the inverse at each knot; the two ends, where it is infinite, half a knot further in."""
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    inner = (inverse(number / KNOTS) for number in range(1, KNOTS))
    return (inverse(0.5 / KNOTS), *inner, inverse(1 - 0.5 / KNOTS))
