"""Determine whether the threads of the process are at rest, so that simulated time may move."""
