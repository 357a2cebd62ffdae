"""What is told of jobs and service jobs alike."""

from __future__ import annotations

from typing import TypeAlias

from batchmock.observe.jobs import explain as of_jobs
from batchmock.observe.jobs import service_views as of_service_jobs
from batchmock.simulation.jobs.job import Attempt, Job
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob

AnyJob: TypeAlias = "Job | ServiceJob"
AnyAttempt: TypeAlias = "Attempt | ServiceAttempt"


def explain(job: AnyJob) -> str:
    """Say in words why a job or service job is where it is."""
    if isinstance(job, ServiceJob):
        return of_service_jobs.explain(job)
    return of_jobs.explain(job)
