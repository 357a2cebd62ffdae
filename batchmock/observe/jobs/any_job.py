"""Jobs of either kind."""

from __future__ import annotations

from typing import TypeAlias

from batchmock.observe.jobs.explain import explain as explain
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob

AnyJob: TypeAlias = "Job | ServiceJob"
AnyAttempt: TypeAlias = "Attempt | ServiceAttempt"
