"""Numbers and times as a reader wants to see them; what is not known is a dash."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

UNKNOWN = "\N{EN DASH}"
MINUTE, HOUR = 60, 3600
THOUSAND = 1000
SHORTEST_TRUE_DIGITS = 0.0001


def seconds(value: float | None) -> str:
    """Give a duration: `0.42 s`, `12.3 s`, `2 min 05 s`, `1 h 04 min`."""
    if value is None:
        return UNKNOWN
    if value < MINUTE - 0.05:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    whole = round(value)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    minutes = whole // MINUTE
    return f"{minutes // MINUTE} h {minutes % MINUTE:02} min"


def size(value: float | None) -> str:
    """Give a number of bytes with its unit: `812 B`, `1.2 MB`."""
    if value is None:
        return UNKNOWN
    for unit in ("B", "kB", "MB", "GB"):
        if value < THOUSAND:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"  # noqa: PLR2004 - three digits
        value /= THOUSAND
    return f"{value:,.1f} TB"


def memory(megabytes: float | None) -> str:
    """Give a memory size that is counted in megabytes."""
    if megabytes is None:
        return UNKNOWN
    if megabytes >= THOUSAND:
        return f"{megabytes / THOUSAND:.2f} GB"
    return f"{megabytes:.0f} MB"


def count(value: int | None) -> str:
    """Give a number of things with thousands separated."""
    return UNKNOWN if value is None else f"{value:,}"


def short_count(value: int) -> str:
    """Give a number of things in at most five characters: `950`, `29.9k`, `1.2M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.1f}{unit}" if scaled < 100 else f"{scaled:.0f}{unit}"  # noqa: PLR2004 - three digits
    return f"{value:,}"


def metric(value: float) -> str:
    """Give a measured number: four decimals, whole numbers as they are, tiny ones as powers."""
    if value == int(value) if abs(value) < float("inf") else False:
        return f"{int(value):,}"
    if abs(value) < SHORTEST_TRUE_DIGITS:
        return f"{value:.2e}"
    return f"{value:,.4f}" if abs(value) < THOUSAND else f"{value:,.1f}"


def moment(time: datetime) -> str:
    """Give a time for people: `4 March 2025, 10:15:02 UTC`."""
    zone = time.strftime("%Z") if time.tzinfo else ""
    return f"{time.day} {time.strftime('%B %Y, %H:%M:%S')} {zone}".rstrip()


def plural(number: int, noun: str) -> str:
    """Give a number with its noun: `1 step`, `2 steps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
