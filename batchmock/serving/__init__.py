"""
A server on 127.0.0.1, for programs in other processes and languages.

`server` has the HTTP side, and `steering` what moves the clock from outside. Nothing listens unless a test
or `python -m batchmock serve` asks for it.
"""

from batchmock.serving.server import Server

__all__ = ["Server"]
