"""Drawings with a row for each host, as text and as SVG."""
