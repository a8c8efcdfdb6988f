"""Cursus plugin: processing."""
