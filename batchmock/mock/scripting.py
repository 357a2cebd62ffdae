"""How the jobs of a mock end, and where they wait: what a test says beforehand."""

from __future__ import annotations

from batchmock.errors import BatchMockError
from batchmock.mock.parts import Parts
from batchmock.mock.statuses import check_status
from batchmock.outcomes import Outcome
from batchmock.scripts import make_script
from batchmock.simulation.jobs.holds import HOLDABLE
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob


class Scripting(Parts):
    """Scripts and holds."""

    def script(
        self,
        job_name: str | Outcome = "*",
        *outcomes: Outcome,
        job_queue: str | None = None,
        job_definition: str | None = None,
        array_index: int | None = None,
        node_index: int | None = None,
    ) -> None:
        """
        Say how the attempts of jobs end; the newest script that matches a job wins.

        Args:
            job_name: a name or a glob; an outcome here is one for all jobs.
            outcomes: one for each attempt, the last for all later ones.
            job_queue: only jobs in queues of this name or glob.
            job_definition: only jobs of this definition: a name, `name:revision`, or a glob of either.
            array_index: only this child of an array job.
            node_index: only this node of a multi-node job.

        Raises:
            BatchMockError: there is no outcome, or something that is none.
        """
        script = make_script(job_name, outcomes, job_queue, job_definition, array_index, node_index)
        self._time.catch_up()
        with self._lock:
            self._scripts.add(script)

    def hold(self, job: str, at: str = "RUNNABLE") -> None:
        """
        Keep jobs at a status until they are released, jobs still to be submitted included.

        Args:
            job: a job id, a job name, or a glob of names.
            at: SUBMITTED, PENDING, RUNNABLE, STARTING or RUNNING; of a service job SCHEDULED too.

        Raises:
            BatchMockError: no job can be kept there, or the job has that status behind it.
        """
        self._time.catch_up()
        with self._lock:
            check_status(at, HOLDABLE)
            held = self._simulation.jobs.get(job) or self._simulation.service_jobs.get(job)
            if held is not None and _is_past(held, at):
                raise BatchMockError(
                    f"batchmock: job {held.name!r} ({held.id}) can't be held at {at}: it is "
                    f"{held.status} already. Hold it before it gets there, or by its name before it is "
                    "submitted."
                )
            self._simulation.hold(job, at)

    def release(self, job: str) -> None:
        """
        Let held jobs go on: those parked do at this very instant, once time is moved.

        Args:
            job: a job id, a job name, or a glob of names.

        Raises:
            BatchMockError: nothing so named is held.
        """
        self._time.catch_up()
        with self._lock:
            lifted = self._simulation.holds.patterns()
            released = self._simulation.release(job)
            if not released and lifted == self._simulation.holds.patterns():
                exists = ", ".join(repr(pattern) for pattern in lifted) or "nothing"
                raise BatchMockError(
                    f"batchmock: release({job!r}) found nothing to release. Held are: {exists}. "
                    'Hold a job first: hold("train-*", at="RUNNABLE").'
                )


def _is_past(job: Job | ServiceJob, status: str) -> bool:
    order = SERVICE_JOB_STATUSES
    return job.is_terminal or order.index(job.status) > order.index(status)
