"""Simulated time: the clock, and the agenda of what is due."""
