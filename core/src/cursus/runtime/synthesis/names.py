"""The scenarios and sizes of synthetic data, by the names that users give."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Scenario: TypeAlias = Literal[
    "standard",
    "nulls",
    "empty",
    "one-row",
    "one-class",
    "unseen-categories",
    "unicode",
    "extreme-values",
    "malformed",
]
Size: TypeAlias = Literal["small", "medium", "large"]
SYNTHETIC = "synthetic"
STANDARD: Scenario = "standard"
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
SIZES: dict[Size, int] = {"small": 1_000, "medium": 50_000, "large": 1_000_000}
