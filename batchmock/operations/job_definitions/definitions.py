"""
RegisterJobDefinition, DescribeJobDefinitions, DeregisterJobDefinition.

Source: those operations (documented); shapes as captured from DescribeJobDefinitions, texts as
captured from SubmitJob unless a constant is marked otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.arns import name_in
from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.nodes import NodesContents, member_contents
from batchmock.operations.job_definitions.retry_strategies import shown_strategy, simulated_strategy
from batchmock.operations.pagination import make_token, position_of, take_page
from batchmock.operations.region import Records, Region
from batchmock.simulation.jobs.retry import RetryStrategy

ACTIVE: Final = "ACTIVE"
INACTIVE: Final = "INACTIVE"
PAGE_SIZE: Final = 100

#: How long a deregistered revision can still be described (documented: 180 days).
PURGED_AFTER_MS: Final = 180 * 86_400_000

# Captured.
NO_ACTIVE_REVISION: Final = "JobDefinition name {name} does not exist or is not in ACTIVE status"
NOT_FOUND: Final = "JobDefinition {arn} not found."
NOT_ACTIVE: Final = "JobDefinition {arn} is not in ACTIVE status"
# Documented: the request names name:revision or an ARN. The text is assumed.
REVISION_REQUIRED: Final = "Job definition {given} must be given as name:revision or as an ARN."

_ECHOED: Final = (
    "schedulingPriority",
    "propagateTags",
    "timeout",
    "platformCapabilities",
    "consumableResourceProperties",
)


class JobDefinition:
    """One revision of a job definition. `shown` is its DescribeJobDefinitions item without the status."""

    __slots__ = (
        "arn",
        "as_registered",
        "contents",
        "deregistered_at_ms",
        "label",
        "name",
        "retry",
        "revision",
        "shown",
    )

    def __init__(
        self,
        name: str,
        revision: int,
        arn: str,
        shown: dict[str, Any],
        contents: Contents,
        retry: RetryStrategy | None,
    ) -> None:
        self.name = name
        self.revision = revision
        self.arn = arn
        self.shown = shown
        self.contents = contents
        #: Its retryStrategy, if it has one.
        self.retry = retry
        self.deregistered_at_ms: int | None = None
        #: The revision as `name:revision`.
        self.label = f"{name}:{revision}"
        #: The JobRequest that all jobs without overrides share, once there is one.
        self.as_registered: object = None

    @property
    def status(self) -> str:
        """ACTIVE, or INACTIVE after it was deregistered."""
        return ACTIVE if self.deregistered_at_ms is None else INACTIVE

    def detail(self) -> dict[str, Any]:
        """Return a copy of the definition as DescribeJobDefinitions shows it."""
        detail: dict[str, Any] = {
            "jobDefinitionName": self.name,
            "jobDefinitionArn": self.arn,
            "revision": self.revision,
            "status": self.status,
        }
        detail.update(copy_of(self.shown))
        return detail


class JobDefinitionRevisions:
    """All revisions of one name. A revision number is never reused."""

    __slots__ = ("_newest", "_revisions", "last_revision")

    def __init__(self) -> None:
        self.last_revision = 0
        self._revisions: dict[int, JobDefinition] = {}
        self._newest: JobDefinition | None = None

    def copy(self) -> JobDefinitionRevisions:
        """Return a copy, to which revisions can be added independently."""
        copied = JobDefinitionRevisions()
        copied.last_revision = self.last_revision
        copied._revisions = dict(self._revisions)
        copied._newest = self._newest
        return copied

    def add(self, definition: JobDefinition) -> None:
        """Add a revision, which is usually the newest."""
        self._revisions[definition.revision] = definition
        if definition.revision > self.last_revision:
            self._newest = definition
            self.last_revision = definition.revision

    def has(self, revision: int) -> bool:
        """Return whether a revision exists, or existed."""
        return revision in self._revisions

    def newest_first(self, now_ms: int) -> Iterator[JobDefinition]:
        """Yield the revisions that are not purged at an instant, newest first."""
        for revision in sorted(self._revisions, reverse=True):
            definition = self.get(revision, now_ms)
            if definition is not None:
                yield definition

    def get(self, revision: int, now_ms: int) -> JobDefinition | None:
        """Return one revision unless it is purged at an instant."""
        definition = self._revisions.get(revision)
        if definition is None or definition.deregistered_at_ms is None:
            return definition
        return definition if now_ms - definition.deregistered_at_ms < PURGED_AFTER_MS else None

    def latest_active(self) -> JobDefinition | None:
        """Return the highest ACTIVE revision."""
        if self._newest is not None and self._newest.deregistered_at_ms is None:
            return self._newest
        for revision in sorted(self._revisions, reverse=True):
            if self._revisions[revision].status == ACTIVE:
                return self._revisions[revision]
        return None


#: The revisions of each job definition of a region, by name.
JOB_DEFINITIONS: Final = Records[JobDefinitionRevisions]("job-definition")


def register_job_definition(
    region: Region, request: Mapping[str, Any], revision: int | None = None
) -> dict[str, Any]:
    """
    Register the next revision of a job definition. Every call makes one, even with an equal body.

    Args:
        region: the region of the client.
        request: a validated RegisterJobDefinitionRequest.
        revision: a number that no revision has, to recreate an existing one; None for the next number.

    Returns:
        Its name, ARN and revision.

    Source:
        RegisterJobDefinition (documented).
    """
    name = request["jobDefinitionName"]
    revisions = JOB_DEFINITIONS.of(region).get(name, JobDefinitionRevisions())
    revision = revision or revisions.last_revision + 1
    arn = region.arn("job-definition", f"{name}:{revision}")
    contents = _contents(request)
    shown = _shown(request, contents, region.new_tags(arn, request))
    retry = None
    if "retryStrategy" in request:
        retry = simulated_strategy(request["retryStrategy"])
        shown["retryStrategy"] = shown_strategy(retry)
    revisions.add(JobDefinition(name, revision, arn, shown, contents, retry))
    JOB_DEFINITIONS.of(region)[name] = revisions
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision}


def _contents(request: Mapping[str, Any]) -> Contents:
    name = request["jobDefinitionName"]
    if "nodeProperties" in request:
        return NodesContents.registered(request["nodeProperties"], name)
    return member_contents(request, name, request.get("platformCapabilities", ["EC2"])[0])


def _shown(request: Mapping[str, Any], contents: Contents, tags: dict[str, str]) -> dict[str, Any]:
    shown = {
        "type": request["type"],
        "parameters": request.get("parameters", {}),
        contents.member: contents.properties,
        "tags": tags,
        "containerOrchestrationType": "EKS" if contents.capability == "EKS" else "ECS",
    }
    shown.update((name, request[name]) for name in _ECHOED if name in request)
    return shown


def deregister_job_definition(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Make a revision INACTIVE at once. Jobs that use it continue.

    Raises:
        ServiceError: the revision is missing from the request, or does not exist.

    Source:
        DeregisterJobDefinition (documented). That a second call succeeds is assumed.
    """
    given = request["jobDefinition"]
    name, revision = _name_and_revision(region, given)
    if name is not None and revision is None:
        raise ServiceError(REVISION_REQUIRED.format(given=given))
    definition = _revision(region, name, revision)
    if definition is None:
        raise ServiceError(NOT_FOUND.format(arn=_as_arn(region, given)))
    if definition.deregistered_at_ms is None:
        definition.deregistered_at_ms = region.simulation.clock.epoch_ms
    return {}


def describe_job_definitions(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe revisions: by ARN or label, by name, or all of them, in one status or both.

    Returns:
        `jobDefinitions`, by name and revision, both descending (as captured), and `nextToken` if
        there are more than `maxResults` (1 to 100, by default 100). Unknown entries are left out; a
        bare name in `jobDefinitions` matches nothing (captured).

    Raises:
        ServiceError: the token belongs to a different request.

    Source:
        DescribeJobDefinitions (documented).
    """
    status = request.get("status")
    question = [
        "DescribeJobDefinitions",
        request.get("jobDefinitionName"),
        status,
        request.get("jobDefinitions"),
    ]
    position = position_of(request.get("nextToken"), question)
    found: Iterator[JobDefinition] = (
        definition
        for definition in _asked_for(region, request)
        if status is None or definition.status == status
    )
    if position is not None:
        found = _behind(found, position)
    page, more = take_page(found, request.get("maxResults", PAGE_SIZE))
    reply: dict[str, Any] = {"jobDefinitions": [definition.detail() for definition in page]}
    if more:
        reply["nextToken"] = make_token(question, [page[-1].name, page[-1].revision])
    return reply


def _asked_for(region: Region, request: Mapping[str, Any]) -> Iterator[JobDefinition]:
    now_ms = region.simulation.clock.epoch_ms
    if request.get("jobDefinitions"):
        for given in dict.fromkeys(request["jobDefinitions"]):
            definition = _revision(region, *_name_and_revision(region, given))
            if definition is not None:
                yield definition
        return
    only = request.get("jobDefinitionName")
    names: Iterable[str] = JOB_DEFINITIONS.of(region) if only is None else (only,)
    for name in sorted(names, reverse=True):
        if name in JOB_DEFINITIONS.of(region):
            yield from JOB_DEFINITIONS.of(region)[name].newest_first(now_ms)


def _behind(definitions: Iterable[JobDefinition], position: list[Any]) -> Iterator[JobDefinition]:
    """Skip the revisions of earlier pages, even if others were registered or purged since."""
    last = (position[0], position[1])
    return (item for item in definitions if (item.name, item.revision) < last)


def find_definition_to_run(region: Region, given: str) -> JobDefinition:
    """
    Return the job definition of a SubmitJob: `name`, `name:revision`, or an ARN with or without revision.

    Raises:
        ServiceError: it does not exist or is not ACTIVE.
    """
    revisions = JOB_DEFINITIONS.of(region).get(given)
    # Most often a bare name, which is the only form without a colon.
    latest = revisions.latest_active() if revisions else None
    if latest is not None:
        return latest
    name, revision = _name_and_revision(region, given)
    if name is not None and revision is None:
        revisions = JOB_DEFINITIONS.of(region).get(name)
        latest = revisions.latest_active() if revisions else None
        if latest is None and given == name:
            raise ServiceError(NO_ACTIVE_REVISION.format(name=name))
    else:
        latest = _revision(region, name, revision)
    if latest is None:
        raise ServiceError(NOT_FOUND.format(arn=_as_arn(region, given)))
    if latest.status != ACTIVE:
        raise ServiceError(NOT_ACTIVE.format(arn=latest.arn))
    return latest


def _name_and_revision(region: Region, given: str) -> tuple[str | None, int | None]:
    name = name_in(given, region.arn("job-definition", ""))
    if name is None:
        return None, None
    name, colon, revision = name.partition(":")
    if not colon:
        return name, None
    return (name, int(revision)) if revision.isdecimal() else (None, None)


def _revision(region: Region, name: str | None, revision: int | None) -> JobDefinition | None:
    revisions = JOB_DEFINITIONS.of(region).get(name or "")
    if revisions is None or revision is None:
        return None
    return revisions.get(revision, region.simulation.clock.epoch_ms)


def _as_arn(region: Region, given: str) -> str:
    return given if given.startswith("arn:") else region.arn("job-definition", given)
