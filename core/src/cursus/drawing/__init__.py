"""Graphs of steps as drawings: places, boxes and curves, SVG and Mermaid text."""
