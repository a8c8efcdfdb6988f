"""Prepare the table."""
