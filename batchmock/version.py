"""The version of batchmock."""

from __future__ import annotations


def version() -> str:
    """Return the version of the installed distribution, e.g. `0.1.0`."""
    from importlib.metadata import version as installed_version

    return installed_version("batchmock")
