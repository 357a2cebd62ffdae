"""What goes wrong in a mock because the test wants it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.faults import Fault, PendingFault, check_injection
from batchmock.mock.parts import Parts

if TYPE_CHECKING:
    from batchmock.observe.jobs.hosts import HostView
    from batchmock.observe.jobs.views import JobView


class Breaking(Parts):
    """Faults that befall requests, and mishaps of compute environments."""

    def inject(self, operation: str, fault: Fault, times: int = 1) -> None:
        """
        Let a fault befall the next requests of an operation; what is injected first comes first.

        A client's own retries run as ever, and each of its tries is a request.

        Args:
            operation: AWS's name of it, e.g. `SubmitJob`, or `*` for all of them.
            fault: what befalls them, e.g. `throttled()` or `lost_reply()`.
            times: how many requests.

        Raises:
            BatchMockError: there is no such operation, no such fault, or no such number.
        """
        from batchmock.interception.service import operation_names

        check_injection(operation, fault, times, operation_names())
        with self._lock:
            self._faults.add(operation, fault, times)

    @property
    def pending_faults(self) -> list[PendingFault]:
        """The injected faults that no request has met yet, with how many times each is still to come."""
        with self._lock:
            return list(self._faults.pending)

    def lose_host(self, host: HostView | JobView | str) -> None:
        """
        End an EC2 instance, and with it every attempt on it.

        The attempts end like those scripted with `terminate_host()`, and are retried as their retry
        strategies say. Use it to test what happens when several jobs are lost together.

        Args:
            host: one of `batch_mock.hosts`, a job on the instance or its id, or an instance id.

        Raises:
            BatchMockError: there is no such instance, or no job on one.
        """
        from batchmock.observe.jobs.hosts import host_of

        self._time.catch_up()
        with self._lock:
            found = host_of(host, self._simulation.hosts.live(), self._simulation.jobs)
            self._simulation.jobs.lose_hosts([found])

    def exhaust(self, compute_environment: str, *, region: str | None = None) -> None:
        """
        Let EC2 have no instances left for a compute environment: it starts no more jobs until `restore`.

        What runs there goes on. A job that waits at the head of its queue for nothing else shows
        `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY` after a while.

        Args:
            compute_environment: its name or ARN.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: there is no such compute environment.
        """
        from batchmock.operations.compute_environments.mishaps import exhaust

        with self._lock:
            exhaust(self._region(region), compute_environment)

    def invalidate(
        self,
        compute_environment: str,
        reason: str = "CLIENT_ERROR - Clusters can not be blank.",
        *,
        region: str | None = None,
    ) -> None:
        """
        Make a compute environment INVALID, as after a mistake in its roles: it starts no more jobs.

        An environment that is CREATING or UPDATING becomes INVALID at the end of that, and one that is
        still to be created fails to be created: it is INVALID without a cluster and `uuid`. An update of
        its role or its resources heals it; an update of its state or size does not.

        Args:
            compute_environment: its name, or its ARN if it exists.
            reason: the `statusReason` that it shows.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: it is DELETING, or the ARN is of none.
        """
        from batchmock.operations.compute_environments.mishaps import invalidate

        with self._lock:
            invalidate(self._region(region), compute_environment, reason)

    def restore(self, compute_environment: str, *, region: str | None = None) -> None:
        """
        Undo `exhaust` and `invalidate`: jobs that wait for the compute environment go on.

        Args:
            compute_environment: its name or ARN.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: there is no such compute environment.
        """
        from batchmock.operations.compute_environments.mishaps import restore

        with self._lock:
            restore(self._region(region), compute_environment)
