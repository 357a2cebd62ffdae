"""Run the same code again and again in one process, with constant pauses of clients and quick new clients."""
