"""Simulated time: the clock and the agenda."""
