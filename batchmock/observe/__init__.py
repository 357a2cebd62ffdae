"""Observe a run: calls, jobs, their timeline, and explanations of their statuses."""
