"""Placement: which RUNNABLE job starts next, and in which compute environment."""
