"""Cursus plugin: registration."""
