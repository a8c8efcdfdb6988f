"""Texts cut to the room that a drawing has for them."""

from __future__ import annotations


def shortened(text: str, length: int) -> str:
    """Cut a text to a length with an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"
