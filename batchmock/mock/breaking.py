"""Faults of requests and mishaps of compute environments, caused by a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from batchmock.faults import Fault, PendingFault, check_injection
from batchmock.mock.parts import Mishap, Parts
from batchmock.names import Operation
from batchmock.nearest import suggests_parameters

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView
    from batchmock.observe.jobs.views import JobView


class Breaking(Parts):
    """Faults of requests, and mishaps of compute environments."""

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


def _name_in(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]
