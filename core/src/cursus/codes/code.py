"""What a problem code is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A problem code: its title, and what it means and how to mend it in two or three sentences."""

    title: str
    meaning: str
