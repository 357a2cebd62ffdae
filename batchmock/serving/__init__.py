"""
A server on 127.0.0.1, for programs in other processes and languages.

`server` has the HTTP part, and `steering` the requests that move the clock. Nothing listens unless a test or
`python -m batchmock serve` starts it.
"""

from batchmock.serving.server import Server

__all__ = ["Server"]
