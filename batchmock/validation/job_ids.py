"""
What a job's id looks like: a UUID, with `:<index>` for an array child, `#<index>` for a node.

The pattern is CancelJob's in constraints.json (assumed). Single calls refuse other ids as a whole;
of CancelJobs and TerminateJobs each bad id becomes an entry of `errors`, which `operations` makes.
"""

from __future__ import annotations

from batchmock.validation.constraints import constraints
from batchmock.validation.patterns import compiled


def is_job_id(text: str) -> bool:
    """Tell whether the text has the form of a job's id; a job's ARN has not."""
    return compiled(constraints()["CancelJob.jobId"]["pattern"]).search(text) is not None


def is_service_job_id(text: str) -> bool:
    """Tell whether the text has the form of a service job's id."""
    return compiled(constraints()["TerminateServiceJob.jobId"]["pattern"]).search(text) is not None


def is_node_id(text: str) -> bool:
    """Tell whether the text has the form of the id of a node, which cannot be ended by itself."""
    return "#" in text and is_job_id(text)
