"""The form of a job's id, as the operations on many jobs tell it apart."""

from __future__ import annotations

import pytest

from batchmock.validation import is_job_id, is_node_id

from .examples import JOB_ID


@pytest.mark.parametrize(
    ("text", "is_job", "is_node"),
    [
        (JOB_ID, True, False),
        (JOB_ID.upper(), True, False),
        (f"{JOB_ID}:0", True, False),
        (f"{JOB_ID}:12", True, False),
        (f"{JOB_ID}#0", True, True),
        (f"{JOB_ID}#", False, False),
        (f"{JOB_ID}:a", False, False),
        (f"{JOB_ID}:1#0", False, False),
        (f"{JOB_ID}\n", False, False),
        (f"arn:aws:batch:us-east-1:123456789012:job/{JOB_ID}", False, False),
        ("nightly", False, False),
        ("#0", False, False),
        ("", False, False),
    ],
)
def test_job_ids(text: str, is_job: bool, is_node: bool) -> None:
    """A job has a UUID, an array child an index after a colon, a node one after a number sign."""
    assert is_job_id(text) is is_job
    assert is_node_id(text) is is_node
