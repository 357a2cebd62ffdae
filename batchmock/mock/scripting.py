"""Scripts and holds: how the jobs of a mock end, and where they wait."""

from __future__ import annotations

from batchmock.errors import BatchMockError
from batchmock.mock.arguments import LARGEST_ARRAY_INDEX, check_index, check_status, id_of
from batchmock.mock.new_scripts import make_override, make_script
from batchmock.mock.parts import Parts
from batchmock.names import HoldStage
from batchmock.nearest import did_you_mean, listed, suggests_parameters
from batchmock.observe.jobs.service_views import ServiceJobView
from batchmock.observe.jobs.views import JobView
from batchmock.outcomes import Outcome
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.holds import HOLDABLE, Hold
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob


class Scripting(Parts):
    """Scripts and holds."""

    @suggests_parameters
    def script(
        self,
        job_name: str | Outcome = "*",
        *outcomes: Outcome,
        job_queue: str | None = None,
        job_definition: str | None = None,
        array_index: int | None = None,
        node_index: int | None = None,
        compute_environment: str | None = None,
    ) -> None:
        """
        Script how the attempts of jobs end; the newest script that matches a job wins.

        Args:
            job_name: a name or a glob; pass an outcome instead to script all jobs.
            outcomes: one for each attempt; the last also applies to all later ones.
            job_queue: only jobs in queues of this name, glob or ARN.
            job_definition: only jobs of this definition: a name, `name:revision`, an ARN, or a glob of these.
            array_index: only this child of an array job.
            node_index: only this node of a multi-node job.
            compute_environment: only attempts placed in the compute environment of this name, glob or ARN, so
                no service jobs.

        Raises:
            BatchMockError: there is no outcome, an argument is not an outcome, a name is not text, an index is
            out of range, or an outcome for one compute environment has `runnable=`.
        """
        check_index(array_index, "array_index", "script", LARGEST_ARRAY_INDEX)
        check_index(node_index, "node_index", "script")
        script = make_script(
            job_name,
            outcomes,
            job_queue,
            job_definition,
            array_index,
            node_index,
            compute_environment,
        )
        self._time.catch_up()
        with self._lock:
            self._scripts.add(script)

    @suggests_parameters
    def override(self, job_name: str, outcome: Outcome, *, attempt: int | None = None) -> None:
        """
        Set how attempts end, whatever `script` says before or after.

        Use it to add a failure to a test that already has its scripts. The newest override that matches wins.

        Args:
            job_name: a name or a glob; array children and nodes have the name of their job.
            outcome: how the attempt ends.
            attempt: 1 for the first attempt of each job; by default every attempt.

        Raises:
            BatchMockError: `outcome` is not an outcome, or `attempt` is not a number of 1 or more.
        """
        override = make_override(job_name, outcome, attempt)
        self._time.catch_up()
        with self._lock:
            self._scripts.override(override)

    def hold(
        self,
        job: str | JobView | ServiceJobView,
        at: HoldStage = "RUNNABLE",
        reason: str | None = None,
    ) -> None:
        """
        Keep jobs at a status until they are released, including jobs submitted later.

        Args:
            job: a job id, a job name, a glob of names, or the view of a job. An array includes its children.
            at: SUBMITTED, PENDING, RUNNABLE, STARTING or RUNNING; for a service job also SCHEDULED.
            reason: the status reason that held jobs show, for `at="RUNNABLE"` only: that of a job that blocks
                its queue, e.g. `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - ...`.

        Raises:
            BatchMockError: jobs cannot be held at this status, or not with a reason, or the job is already past
            it.
        """
        job = id_of(job, "hold")
        self._time.catch_up()
        with self._lock:
            check_status(at, HOLDABLE)
            if reason is not None and (at != "RUNNABLE" or not isinstance(reason, str)):
                raise BatchMockError(
                    f"batchmock: hold() was given reason={reason!r} and at={at!r}. Only jobs held at RUNNABLE "
                    "show a reason: pass a string, and at='RUNNABLE'."
                )
            job = self._job_of_main_node(job)
            held = self._simulation.jobs.get(job) or self._simulation.service_jobs.get(job)
            if held is not None:
                _check_can_be(held, at)
            if held is not None and _is_past(held, at):
                raise BatchMockError(
                    f"batchmock: job {held.name!r} ({held.id}) can't be held at {at}: it is "
                    f"already {held.status}. Hold it earlier, or by its name before it is submitted."
                )
            hold = Hold(job, at, reason)
            self._simulation.hold(hold)
            self._given_holds.append(hold)

    def release(self, job: str | JobView | ServiceJobView) -> None:
        """
        Release held jobs: parked jobs continue at this instant, once time moves.

        Args:
            job: a job id, a job name, a glob of names, or the view of a job.

        Raises:
            BatchMockError: no hold matches.
        """
        job = id_of(job, "release")
        self._time.catch_up()
        with self._lock:
            job = self._job_of_main_node(job)
            lifted = self._simulation.holds.patterns()
            released = self._simulation.release(job)
            if not released and lifted == self._simulation.holds.patterns():
                exist = f"The holds are {listed(lifted)}." if lifted else "Nothing is held."
                raise BatchMockError(
                    f"batchmock: release({job!r}) found no hold to release.{did_you_mean(job, lifted)} "
                    f'{exist} Hold a job first: hold("train-*", at="RUNNABLE").'
                )

    def _job_of_main_node(self, job_id: str) -> str:
        """Return the id of a multi-node job for that of its main node, with which the job moves."""
        node = self._simulation.jobs.get(job_id)
        return node.parent.id if isinstance(node, Node) and node.is_main else job_id


def _check_can_be(job: Job | ServiceJob, status: str) -> None:
    """
    Check that a job of this kind can have a status.

    Raises:
        BatchMockError: only jobs of the other kind have it.
    """
    is_service_job = isinstance(job, ServiceJob)
    if status != ("PENDING" if is_service_job else "SCHEDULED"):
        return
    kind, other = ("service job", "jobs") if is_service_job else ("job", "service jobs")
    possible = [name for name in HOLDABLE if name != status]
    raise BatchMockError(
        f"batchmock: {kind} {job.name!r} ({job.id}) can't be held at {status}: only {other} have that "
        f"status. Use one of {', '.join(possible)}."
    )


def _is_past(job: Job | ServiceJob, status: str) -> bool:
    order = SERVICE_JOB_STATUSES
    return job.is_terminal or order.index(job.status) > order.index(status)
