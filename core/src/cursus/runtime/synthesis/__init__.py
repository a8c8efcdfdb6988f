"""Synthetic data: a profile says what columns hold, and the same seed gives the same bytes."""
