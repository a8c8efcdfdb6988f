"""Serve the model."""
