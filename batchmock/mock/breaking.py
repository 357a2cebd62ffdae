"""Adversities that a test causes: faults of requests, late and vanishing jobs, mishaps of environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError
from batchmock.faults import Fault, PendingFault, check_injection
from batchmock.mock.arguments import id_of
from batchmock.mock.parts import Mishap, Parts
from batchmock.names import Operation
from batchmock.nearest import suggests_parameters
from batchmock.observe.events.delays import Delay
from batchmock.observe.events.patterns import EventPattern
from batchmock.observe.events.subscriptions import Disturbance
from batchmock.observe.jobs.service_views import ServiceJobView
from batchmock.observe.jobs.views import JobView
from batchmock.simulation.tracking.records import TrackedJob

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView


class Breaking(Parts):
    """Faults of requests, jobs that are shown late or forgotten, and mishaps of compute environments."""

    @suggests_parameters
    def inject(
        self, operation: Operation | Literal["*"], fault: Fault, times: int = 1, skip: int = 0
    ) -> None:
        """
        Inject a fault into the next requests of an operation; faults come in the order of injection.

        The client's own retries work as usual, and each of its tries is a request.

        Args:
            operation: AWS's name, e.g. `SubmitJob`, or `*` for all operations.
            fault: e.g. `throttled()` or `lost_reply()`.
            times: the number of requests that fail.
            skip: the number of requests that succeed first.

        Raises:
            BatchMockError: the operation or the fault does not exist, or a number is out of range.
        """
        from batchmock.interception.service import operation_names

        check_injection(operation, fault, times, skip, operation_names())
        with self._lock:
            self._faults.add(operation, fault, times, skip)

    @property
    def pending_faults(self) -> list[PendingFault]:
        """The pending faults, each with the number of requests that will fail."""
        with self._lock:
            return [
                PendingFault(item.operation, item.fault, item.times)
                for item in self._faults.pending
            ]

    @suggests_parameters
    def lag(self, job: str | JobView | ServiceJobView, seconds: Duration) -> None:
        """
        Hide jobs from Describe and List operations for some time after their submission.

        Use it for code that looks for a job right after it has submitted it. Jobs submitted later are included,
        and so are the children of an array job and the nodes of a multi-node job. A hidden job runs as usual,
        and can be stopped and depended on. The newest lag that covers a job decides; `visibility_lag` is for
        all others.

        Args:
            job: a job id, a job name, a glob of names, or the view of a job.
            seconds: the time after the submission, in seconds or as a `timedelta`.

        Raises:
            BatchMockError: the time is negative or not a length of time, or `job` is not a job.
        """
        pattern, lag_ms = id_of(job, "lag"), milliseconds(seconds, "lag(seconds=)")
        self._time.catch_up()
        with self._lock:
            self._simulation.lag(pattern, lag_ms)
            self._simulation.changes += 1

    @suggests_parameters
    def expire(self, job: str | JobView | ServiceJobView, after: Duration = 0.0) -> None:
        """
        Make the service forget finished jobs, as it does when the `retention` of a job is over.

        Use it for code that waits for a job and must notice that the job is gone. Jobs submitted later are
        included; each expires some time after its end. Views such as `batch_mock.job(id)` keep it.

        Args:
            job: a job id, a job name, a glob of names, or the view of a job.
            after: the time after the end of each job, in seconds or as a `timedelta`.

        Raises:
            BatchMockError: `job` is the id of an unfinished job and `after` is 0, or the id of a child or node;
            the time is negative or not a length of time; or `job` is not a job.
        """
        pattern, after_ms = id_of(job, "expire"), milliseconds(after, "expire(after=)")
        self._time.catch_up()
        with self._lock:
            known = self._simulation.jobs.get(pattern) or self._simulation.service_jobs.get(pattern)
            if known is not None:
                _check_may_expire(known, after_ms)
            self._simulation.expire(pattern, after_ms)

    @suggests_parameters
    def disturb_events(
        self,
        pattern: EventPattern | None = None,
        *,
        duplicates: bool = False,
        delay: Delay = 0.0,
    ) -> None:
        """
        Deliver events twice or late from now on, to all subscriptions, including those to come.

        Use it to disturb a test without changing its `subscribe` and `forward_events`. What several calls and a
        subscription say about an event adds up: it comes twice if one of them says so, and late by the sum of
        all delays. `events` stays as it is.

        Args:
            pattern: the pattern of an EventBridge rule, as a dict or JSON; by default it matches all events.
            duplicates: whether each event is delivered twice.
            delay: how late each event arrives, as for `subscribe`.

        Raises:
            BatchMockError: EventBridge would refuse the pattern, or the delay is negative.
        """
        disturbance = Disturbance(pattern, duplicates=duplicates, delay=delay)
        self._time.catch_up()
        with self._lock:
            self._events.disturbances.append(disturbance)

    def lose_host(self, host: HostView | JobView | str) -> None:
        """
        End an EC2 instance, and with it every attempt on it.

        The attempts end like those scripted with `terminate_host()`, and are retried as their retry
        strategies say. Use it to test what happens when several jobs are lost together.

        Args:
            host: one of `batch_mock.hosts`, a job on the instance or its id, or an instance id.

        Raises:
            BatchMockError: there is no such instance, or the job is on none.
        """
        from batchmock.observe.jobs.hosts import host_of

        self._time.catch_up()
        with self._lock:
            found = host_of(host, self._simulation.hosts.live(), self._simulation.jobs)
            self._simulation.jobs.lose_hosts([found])

    def exhaust(
        self,
        compute_environment: str,
        reason: str = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        *,
        region: str | None = None,
    ) -> None:
        """
        Exhaust the EC2 capacity of a compute environment: it starts no more jobs until `restore`.

        Running jobs continue. After a while, the job at the head of its queue shows the reason if it waits only
        for this.

        Args:
            compute_environment: its name or ARN.
            reason: the code of the reason: `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY`,
                `MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED`, or
                `MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS`.
            region: its region, by default that of the mock.

        Raises:
            BatchMockError: the compute environment does not exist, or the reason is none of these.
        """
        from batchmock.operations.compute_environments.mishaps import exhaust

        with self._lock:
            exhaust(self._region(region), compute_environment, reason)
            self._mishaps.append(
                Mishap("exhaust", _name_in(compute_environment), self._time.now_ms)
            )

    def invalidate(
        self,
        compute_environment: str,
        reason: str = "CLIENT_ERROR - Clusters can not be blank.",
        *,
        region: str | None = None,
    ) -> None:
        """
        Make a compute environment INVALID, as after a mistake in its roles: it starts no more jobs.

        An environment that is CREATING or UPDATING becomes INVALID when that ends. One that does not exist yet
        fails to be created: it becomes INVALID without a cluster and `uuid`. An update of its role or its
        resources repairs it; an update of its state or size does not.

        Args:
            compute_environment: its name, or its ARN if it exists.
            reason: the `statusReason` that it shows.
            region: its region, by default that of the mock.

        Raises:
            BatchMockError: the environment is DELETING, or no environment has this ARN.
        """
        from batchmock.operations.compute_environments.mishaps import invalidate

        with self._lock:
            invalidate(self._region(region), compute_environment, reason)
            self._mishaps.append(
                Mishap("invalidate", _name_in(compute_environment), self._time.now_ms)
            )

    def restore(self, compute_environment: str, *, region: str | None = None) -> None:
        """
        Undo `exhaust` and `invalidate`: jobs that wait for the compute environment go on.

        Args:
            compute_environment: its name or ARN.
            region: its region, by default that of the mock.

        Raises:
            BatchMockError: the compute environment does not exist.
        """
        from batchmock.operations.compute_environments.mishaps import restore

        with self._lock:
            restore(self._region(region), compute_environment)
            name = _name_in(compute_environment)
            self._mishaps = [
                item.ended(self._time.now_ms) if item.environment == name else item
                for item in self._mishaps
            ]


def _check_may_expire(job: TrackedJob, after_ms: int) -> None:
    if job.parent is not None:
        raise BatchMockError(
            f"batchmock: expire({job.id!r}) got the id of a part of job {job.name!r}, which the service "
            f"forgets as a whole. Pass the id of the job: expire({job.parent.id!r})."
        )
    if not job.is_terminal and not after_ms:
        raise BatchMockError(
            f"batchmock: job {job.name!r} ({job.id}) can't expire: it is {job.status}, and the service forgets "
            "finished jobs only. Call expire() after its end, or pass its name to have it expire as soon as it "
            f"ends: expire({job.name!r})."
        )


def _name_in(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]
