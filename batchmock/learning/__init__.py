"""
Learn outcomes from production: from `aws batch describe-jobs` output or an EventBridge archive.

`attempts` reads a dump, `texts` removes names, and `scripts` writes Python.
"""

from __future__ import annotations

from batchmock.errors import BatchMockError
from batchmock.learning.attempts import attempts_in
from batchmock.learning.scripts import script_of
from batchmock.loading.sources import Source, read

__all__ = ["learn"]


def learn(source: Source, *, keep_names: bool = False) -> str:
    """
    Return a Python module with the outcomes of the attempts in a dump.

    Args:
        source: a path, text or parsed JSON.
        keep_names: whether job definitions keep their names.

    Raises:
        BatchMockError: the source cannot be read, or has no attempts that have ended.
    """
    document = read(source, "learn")
    try:
        return script_of(attempts_in(document), keep_names=keep_names)
    except RecursionError as error:
        raise BatchMockError(
            f"batchmock: {document.file} contains itself, or is nested more deeply than Python can read."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BatchMockError(
            f"batchmock: {document.file} is not well-formed output of describe-jobs, nor events: "
            f"{type(error).__name__}: {error}."
        ) from error
