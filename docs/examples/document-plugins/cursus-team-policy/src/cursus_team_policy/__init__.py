"""Cursus plugin: what the flights team wants in every execution document."""
