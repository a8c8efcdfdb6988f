"""Cursus plugin: cradle."""
