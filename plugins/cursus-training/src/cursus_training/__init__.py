"""Cursus plugin: training."""
