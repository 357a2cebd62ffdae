"""Snapshots of a region, so that several resources are created together or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from batchmock.operations.job_definitions.definitions import JOB_DEFINITIONS
from batchmock.operations.job_queues.queues import JOB_QUEUES
from batchmock.operations.region import Region
from batchmock.operations.service_environments import SERVICE_ENVIRONMENTS


@contextmanager
def all_or_nothing(region: Region) -> Iterator[None]:
    """
    Undo every Create and Register call of the block if it raises.

    Only calls that add resources are undone, and deregistrations of revisions that the block registered.
    """
    snapshot = _Snapshot(region)
    try:
        yield
    except BaseException:
        snapshot.restore()
        raise


class _Snapshot:
    """The parts of a region that creating a resource changes."""

    def __init__(self, region: Region) -> None:
        self._region = region
        definitions = JOB_DEFINITIONS.of(region)
        self._definitions = {name: revisions.copy() for name, revisions in definitions.items()}
        self._records = {kind: dict(records) for kind, records in region.records.items()}
        self._tags = dict(region.tags)
        self._eks_configurations = dict(region.eks_configurations)
        self._failing_environments = dict(region.failing_environments)
        self._exports = dict(region.exports)
        self._last_sequence = region.last_sequence
        self._identifiers = region.simulation.identifiers.snapshot()
        #: Service environments know their queues, and queues their quota shares.
        self._queues = [
            (record.simulated, list(record.simulated.queues))
            for record in SERVICE_ENVIRONMENTS.of(region).values()
        ]
        self._quota_shares = [
            (queue.services, dict(queue.services.quota_shares))
            for queue in JOB_QUEUES.of(region).values()
            if queue.services is not None and queue.services.quota_shares is not None
        ]

    def restore(self) -> None:
        """Restore the region."""
        region = self._region
        records: defaultdict[str, dict[str, Any]] = defaultdict(dict, self._records)
        region.records = records
        JOB_DEFINITIONS.of(region).update(self._definitions)
        region.tags = self._tags
        region.eks_configurations = self._eks_configurations
        region.failing_environments = self._failing_environments
        region.exports = self._exports
        region.last_sequence = self._last_sequence
        region.simulation.identifiers.restore(self._identifiers)
        for environment, queues in self._queues:
            environment.queues = queues
        for services, shares in self._quota_shares:
            services.quota_shares = shares
