"""The Batch resources of one account in one region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from batchmock.operations.arns import partition_of
from batchmock.operations.client_tokens import UpdatesByToken
from batchmock.simulation.engine import Simulation
from batchmock.simulation.service_jobs.job import ServiceJob

Record = TypeVar("Record")


class Records(Generic[Record]):
    """
    The records of one kind that each region keeps, by name or ARN in the order of creation.

    A module of operations defines one for its resource, so that `Region` knows no resource. A module
    that needs less of another's records defines one of the same kind with a narrower type.

    Args:
        kind: the resource type in the ARNs of the resource, e.g. `job-queue`.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def of(self, region: Region) -> dict[str, Record]:
        """Return the records of a region, which the caller may change."""
        return region.records[self.kind]


class Region:
    """
    The resources of one account in one region. All regions share one simulation, which has the jobs.

    Args:
        account_id: twelve digits.
        name: e.g. `us-east-1`.
        simulation: the clock and the jobs.
        resource_ms: how long resources are CREATING, UPDATING and DELETING, in milliseconds.
    """

    def __init__(
        self, account_id: str, name: str, simulation: Simulation, resource_ms: int
    ) -> None:
        self.account_id = account_id
        self.name = name
        self.simulation = simulation
        #: The records of each kind of resource; `Records` has their types.
        self.records: dict[str, dict[str, Any]] = defaultdict(dict)
        self.consumable_resource_updates = UpdatesByToken()
        #: The configuration of every environment on Amazon EKS so far, by `cluster`, for attempts to show.
        self.eks_configurations: dict[str, dict[str, Any]] = {}
        #: Why compute environments that are not created yet will be INVALID, by name.
        self.failing_environments: dict[str, str] = {}
        #: The service jobs by their clientToken.
        self.service_job_tokens: dict[str, ServiceJob] = {}
        #: The tags of all resources except jobs, by ARN.
        self.tags: dict[str, dict[str, str]] = {}
        #: The tags of jobs by id, for jobs that have had any.
        self.job_tags: dict[str, dict[str, str]] = {}
        self._resource_ms = resource_ms
        #: The last number in the order of creation.
        self.last_sequence = 0
        #: The exported outputs of the templates that were loaded, by name.
        self.exports: dict[str, Any] = {}
        self._partition = partition_of(name)
        self._batch = f"arn:{self._partition}:batch:{name}:{account_id}:"
        #: The prefix of Amazon ECS ARNs in this region.
        self.ecs = self.foreign_arn("ecs", "")
        #: The prefix of the ARNs of jobs.
        self.job_arns = self.arn("job", "")

    def __repr__(self) -> str:
        return f"<Region {self.account_id} {self.name}>"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a Batch resource, e.g. `arn("job-queue", "q")`."""
        return f"{self._batch}{kind}/{name}"

    def foreign_arn(self, service: str, resource: str) -> str:
        """Return the ARN of another service's resource in this region, e.g. `("ecs", "cluster/c")`."""
        return f"arn:{self._partition}:{service}:{self.name}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """Return the ARN of an IAM resource of this account, e.g. `role/batch`."""
        return f"arn:{self._partition}:iam::{self.account_id}:{resource}"

    def new_tags(self, arn: str, request: Mapping[str, Any]) -> dict[str, str]:
        """Record the tags of a request for a new resource, and return the dict that stays current."""
        tags = self.tags[arn] = dict(request.get("tags", {}))
        return tags

    def drop_tags(self, arn: str) -> None:
        """Drop the tags of a resource that is gone."""
        self.tags.pop(arn, None)

    def next_sequence(self) -> int:
        """Return the next number in the order of creation."""
        self.last_sequence += 1
        return self.last_sequence

    def settle(self, action: Callable[[Any], None], resource: object) -> None:
        """Schedule the end of CREATING, UPDATING or DELETING, or run it at once if they take no time."""
        if self._resource_ms == 0:
            action(resource)
        else:
            self.simulation.after(self._resource_ms, action, resource)

    @contextmanager
    def settling_at_once(self) -> Iterator[None]:
        """Make resources that are created inside the block VALID at once."""
        resource_ms, self._resource_ms = self._resource_ms, 0
        try:
            yield
        finally:
            self._resource_ms = resource_ms


class Regions:
    """The regions of all accounts, created on first use."""

    def __init__(self, simulation: Simulation, resource_ms: int) -> None:
        self._simulation = simulation
        self._resource_ms = resource_ms
        self._regions: dict[tuple[str, str], Region] = {}

    def __iter__(self) -> Iterator[Region]:
        return iter(self._regions.values())

    def of(self, account_id: str, name: str) -> Region:
        """Return the region of an account."""
        key = (account_id, name)
        region = self._regions.get(key)
        if region is None:
            region = self._regions[key] = Region(*key, self._simulation, self._resource_ms)
        return region
