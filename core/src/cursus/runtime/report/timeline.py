"""The run over time: one bar for each step that started, and how many ran at once.

Places are in per cent of the axis, so that the chart fits any width while its text keeps its size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

from cursus.runtime.report.wording import memory, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.runtime.report.facts import Run, Step

ROW, TOP = 30, 8
MOST_TICKS = 8
AFTER, MORE_TO_COME = 1.02, 1.2
# Changes shorter than this share of the axis cannot be seen.
FINEST = 0.4
ROOM_AFTER, ROOM_INSIDE = 80.0, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A step's time; `label_at` is where its duration is written, `anchor` how."""

    step: Step
    start: float
    length: float
    y: int
    label: str
    label_at: float
    anchor: Literal["start", "end"]
    is_inside: bool
    is_open: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A stretch of time in which the same number of steps ran."""

    start: float
    length: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole chart: bars in the order of their start, ticks as (place, text)."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    levels: tuple[Level, ...]
    most_at_once: int
    height: int
    summary: str


def draw_timeline(run: Run) -> Timeline:
    """Give the chart of the steps that started; without any, there are no bars."""
    steps = sorted((s for s in run.steps if s.started is not None), key=lambda s: s.started or 0.0)
    last = max([run.wall_seconds or 0.0, *(_end(step) for step in steps)])
    end = last * (MORE_TO_COME if any(s.wall_seconds is None for s in steps) else AFTER) or 1.0
    bars = tuple(_bar(number, step, end) for number, step in enumerate(steps))
    levels = _levels(steps, end)
    most = max((level.number for level in levels), default=0)
    return Timeline(
        bars=bars,
        ticks=tuple((100 * at / end, seconds_tick(at)) for at in find_ticks(end)),
        levels=levels,
        most_at_once=most,
        height=TOP + ROW * len(bars),
        summary=f"{len(bars)} steps over {seconds(last)}, at most {most} at the same time",
    )


def find_ticks(end: float) -> list[float]:
    """Give round times from nought to the end, at most eight."""
    step = 10.0 ** floor(log10(end / MOST_TICKS))
    for factor in (1, 2, 5, 10):
        if end / (step * factor) <= MOST_TICKS:
            step *= factor
            break
    if step > 10:  # noqa: PLR2004 - beyond ten seconds, minutes and their halves are round
        rounds = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
        step = next(
            (r for r in rounds if end / r <= MOST_TICKS), 3600.0 * ceil(end / 3600 / MOST_TICKS)
        )
    return [index * step for index in range(int(end / step) + 1)]


def seconds_tick(at: float) -> str:
    """Give the text of a tick: `0`, `2.5 s`, `3 min`, `1:30 h`."""
    if at == 0:
        return "0"
    if at < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{at:.3g} s"
    minutes, rest = divmod(round(at), 60)
    if minutes >= 60:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes // 60}:{minutes % 60:02} h"
    return f"{minutes} min" if not rest else f"{minutes}:{rest:02} min"


def _end(step: Step) -> float:
    return (step.started or 0.0) + (step.wall_seconds or 0.0)


def _bar(number: int, step: Step, end: float) -> Bar:
    start, is_open = 100 * (step.started or 0.0) / end, step.wall_seconds is None
    stop = 100.0 if is_open else 100 * _end(step) / end
    anchor: Literal["start", "end"] = "start" if stop <= ROOM_AFTER else "end"
    is_inside = anchor == "end" and stop - start >= ROOM_INSIDE
    return Bar(
        step=step,
        start=start,
        length=max(stop - start, 0.2),
        y=TOP + ROW * number,
        label="not finished" if is_open else seconds(step.wall_seconds),
        label_at=stop if anchor == "start" or is_inside else start,
        anchor=anchor,
        is_inside=is_inside,
        is_open=is_open,
        title=_title(step),
    )


def _title(step: Step) -> str:
    lines = [f"{step.node}: {step.status}", f"starts at {seconds(step.started)}"]
    lines.append(f"takes {seconds(step.wall_seconds)}, CPU {seconds(step.cpu_seconds)}")
    return "\n".join([*lines, f"peak memory {memory(step.peak_memory_mb)}"])


def _levels(steps: Sequence[Step], end: float) -> tuple[Level, ...]:
    timed = [step for step in steps if step.wall_seconds is not None]
    found: list[Level] = []
    moments = sorted({m for step in timed for m in (step.started or 0.0, _end(step))})
    for start, stop in pairwise(moments):
        number = sum((s.started or 0.0) <= start and _end(s) >= stop for s in timed)
        length = 100 * (stop - start) / end
        if found and (length < FINEST or found[-1].number == number):
            found[-1] = replace(found[-1], length=100 * stop / end - found[-1].start)
        else:
            found.append(Level(start=100 * start / end, length=length, number=number))
    return tuple(level for level in found if level.number)
