"""Why nothing will happen any more, in words."""

from __future__ import annotations

from typing import Final

from batchmock.observe.jobs.any_job import AnyJob, explain
from batchmock.simulation.engine import Simulation

#: So many jobs are explained; of more, only the number.
_EXPLAINED: Final = 3


def why_nothing_happens(simulation: Simulation) -> str:
    """Explain the jobs that have not ended, or name the last that have."""
    jobs: list[AnyJob] = [*simulation.submitted, *simulation.service_jobs.jobs.values()]
    if not jobs:
        return "No job was submitted."
    waiting = [job for job in jobs if not job.is_terminal]
    shown = waiting[:_EXPLAINED] or jobs[-_EXPLAINED:]
    lines = [explain(job) for job in shown]
    if not waiting:
        lines.insert(0, "All jobs have ended.")
    if len(waiting) > _EXPLAINED:
        lines.append(f"{len(waiting) - _EXPLAINED:,} more jobs have not ended.")
    return "\n".join(lines)
