"""`Loaded`: the result of `batch_mock.load`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, Generic, NamedTuple, TypeVar

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError
from batchmock.loading.findings import CheckFinding

Item = TypeVar("Item")

#: The default limit of `check` for the total time of all attempts of a job.
LONGEST: Final = timedelta(days=14)


class LoadedResource(NamedTuple):
    """
    The name in Batch, and the ARN, of a resource that was loaded.

    The ARN of a job definition includes the revision.
    """

    name: str
    arn: str


class ByName(Mapping[str, Item], Generic[Item]):
    """
    Resources by their names in the file.

    Other names, such as the name in Batch, are also found, but not iterated over.
    """

    __slots__ = ("_aliases", "_items", "_what")

    def __init__(self, what: str) -> None:
        self._what = what
        self._items: dict[str, Item] = {}
        self._aliases: dict[str, Item] = {}

    def add(self, name: str, item: Item, aliases: tuple[str, ...] = ()) -> None:
        """Add a resource with its aliases."""
        self._items[name] = item
        for alias in aliases:
            self._aliases[alias] = item

    def __getitem__(self, name: str) -> Item:
        if name in self._items:
            return self._items[name]
        if name in self._aliases:
            return self._aliases[name]
        known = ", ".join(map(repr, self._items)) or "none"
        raise KeyError(f"no {self._what} {name!r} was loaded; loaded: {known}")

    def __contains__(self, name: object) -> bool:
        return name in self._items or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"{self._items!r}"

    def only(self) -> Item:
        """
        Return the only resource of its kind.

        Raises:
            BatchMockError: there are none or several.
        """
        if len(self._items) != 1:
            names = ", ".join(map(repr, self._items)) or "none"
            raise BatchMockError(
                f"batchmock: only() needs exactly one {self._what}, and the file has {names}. "
                "Use its name instead, as in loaded.queues['Queue']."
            )
        return next(iter(self._items.values()))


class Loaded:
    """
    The resources of a file, by their names there.

    CloudFormation's names are logical ids, Terraform's are addresses, and those of `describe-*` output are
    the names in Batch.
    """

    def __init__(self, checker: Callable[[Iterable[str], float], tuple[CheckFinding, ...]]) -> None:
        self._checker = checker
        #: The job queues.
        self.queues: ByName[LoadedResource] = ByName("job queue")
        #: The job definitions; of several revisions, a name finds the last.
        self.definitions: ByName[LoadedResource] = ByName("job definition")
        #: The compute environments.
        self.compute_environments: ByName[LoadedResource] = ByName("compute environment")
        #: The scheduling policies.
        self.scheduling_policies: ByName[LoadedResource] = ByName("scheduling policy")
        #: The consumable resources.
        self.consumable_resources: ByName[LoadedResource] = ByName("consumable resource")
        #: The service environments.
        self.service_environments: ByName[LoadedResource] = ByName("service environment")
        #: The quota shares.
        self.quota_shares: ByName[LoadedResource] = ByName("quota share")
        #: The event patterns of EventBridge rules about Batch, for `subscribe`.
        self.event_patterns: ByName[dict[str, Any]] = ByName("event pattern")
        #: The names of Step Functions state machines that submit jobs. batchmock does not run them.
        self.state_machines: tuple[str, ...] = ()
        #: The names of all resources of other services.
        self.ignored: tuple[str, ...] = ()

    def check(
        self, *, waive: Iterable[str] = (), longest: Duration = LONGEST
    ) -> tuple[CheckFinding, ...]:
        """
        Return mistakes in the job definitions that AWS Batch accepts.

        The simulation finds them by trying jobs of each definition in a copy of the region, in each queue of
        the file. Use it in a test, as `assert not loaded.check()`.

        Args:
            waive: findings to ignore: ids of rules such as `no-timeout`, or `no-timeout:Report` for one
                resource. A template can waive findings itself, in the `Metadata` of a resource or in the tag
                `batchmock:waive` of a job definition.
            longest: how long all attempts of a job may take together.

        Raises:
            BatchMockError: a rule does not exist, or the duration is invalid.
        """
        return self._checker(waive, milliseconds(longest, "longest") / 1000)

    def __repr__(self) -> str:
        found = " ".join(f"{name}={list(items)}" for name, items in self._kinds() if items)
        return f"<Loaded {found or 'nothing'}>"

    def _kinds(self) -> list[tuple[str, ByName[Any]]]:
        return [(name, value) for name, value in vars(self).items() if isinstance(value, ByName)]

    def resources_of(self, operation: str) -> ByName[LoadedResource]:
        """Return the resources that an operation creates."""
        return {
            "CreateComputeEnvironment": self.compute_environments,
            "CreateServiceEnvironment": self.service_environments,
            "CreateSchedulingPolicy": self.scheduling_policies,
            "CreateConsumableResource": self.consumable_resources,
            "CreateJobQueue": self.queues,
            "CreateQuotaShare": self.quota_shares,
            "RegisterJobDefinition": self.definitions,
        }[operation]
