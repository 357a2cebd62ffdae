"""
The common part of compute environments, job queues and service environments: state, status, look-up.

`state` is the caller's to set (ENABLED, DISABLED), `status` the service's (CREATING to DELETING).
Each resource's module has its members and its checks against other resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.arns import name_in
from batchmock.operations.pagination import (
    DEFAULT_PAGE_SIZE,
    make_token,
    position_of,
    take_page,
)
from batchmock.operations.quotas import Quota, check_quota
from batchmock.operations.region import Records, Region

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"

CREATING: Final = "CREATING"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"
VALID: Final = "VALID"
INVALID: Final = "INVALID"

# Captured.
ALREADY_EXISTS: Final = "Object already exists."
CANNOT_DELETE_WHILE_MODIFIED: Final = "Cannot delete, resource is being modified."
DOES_NOT_EXIST: Final = "{arn} does not exist"

# Documented: the resource must be DISABLED first. The text is assumed, in the form of the above.
CANNOT_DELETE_ENABLED: Final = "Cannot delete, resource is not in DISABLED state."

# Captured for deletes; assumed for updates.
CANNOT_UPDATE_WHILE_MODIFIED: Final = "Cannot update, resource is being modified."


class ResourceRecord:
    """
    A compute environment or job queue that exists (CREATING and DELETING included).

    Args:
        detail: the members that a Describe call shows, name and ARN included.
        sequence: its number in the order of creation.
    """

    __slots__ = ("arn", "detail", "name", "sequence")

    #: The members of the described item, in the service's order.
    MEMBERS: ClassVar[tuple[str, ...]]
    #: The members with the name and with the ARN.
    NAME_MEMBER: ClassVar[str]
    ARN_MEMBER: ClassVar[str]
    #: The statusReason while VALID.
    HEALTHY: ClassVar[str]

    def __init__(self, detail: dict[str, Any], sequence: int) -> None:
        self.detail = detail
        self.sequence = sequence
        self.name: str = detail[self.NAME_MEMBER]
        self.arn: str = detail[self.ARN_MEMBER]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.state} {self.status}>"

    @property
    def state(self) -> str:
        """ENABLED or DISABLED, as the caller sets it."""
        state: str = self.detail["state"]
        return state

    @property
    def status(self) -> str:
        """CREATING, UPDATING, DELETING, VALID or INVALID, as the service sets it."""
        status: str = self.detail["status"]
        return status

    def set_status(self, status: str, reason: str | None = None) -> None:
        """
        Set the status; without a reason the last one stays.

        Source: status of AWS Batch resources (captured: while UPDATING the reason may still be that
        of the VALID before, so it stays).
        """
        self.detail["status"] = status
        if reason is not None:
            self.detail["statusReason"] = reason

    def shown(self) -> dict[str, Any]:
        """Return a copy of the item that a Describe call shows."""
        detail = self.detail
        return {member: copy_of(detail[member]) for member in self.MEMBERS if member in detail}

    def named(self) -> dict[str, Any]:
        """Return the reply to Create and Update calls: the name and the ARN."""
        return {self.NAME_MEMBER: self.name, self.ARN_MEMBER: self.arn}


def name_taken() -> ServiceError:
    """
    Return the error for a name that exists already.

    Source: github.com/hashicorp/terraform-provider-aws#44644 (captured: a ClientException with HTTP
    status 409). That all kinds of resources have the same error is assumed.
    """
    return ServiceError(ALREADY_EXISTS, http_status=409)


Resource = TypeVar("Resource", bound=ResourceRecord)


class Resources(Records[Resource]):
    """
    The compute environments, job queues or service environments of each region, by name.

    Args:
        kind: the resource type in their ARNs.
        quota: how many a region can have.
    """

    def __init__(self, kind: str, quota: Quota) -> None:
        super().__init__(kind)
        self._quota = quota

    def find(self, region: Region, name_or_arn: str) -> Resource | None:
        """Return the resource with a name or ARN; None if it is unknown, gone, or of another region."""
        records = self.of(region)
        record = records.get(name_or_arn)
        if record is not None or not name_or_arn.startswith("arn:"):
            return record
        return records.get(name_in(name_or_arn, region.arn(self.kind, "")) or "")

    def existing(self, region: Region, name_or_arn: str) -> Resource:
        """
        Return the resource that an Update or Delete call names.

        Raises:
            ServiceError: `<arn> does not exist`; a name is expanded to an ARN.

        Source: captured for UpdateComputeEnvironment; assumed for the other calls.
        """
        record = self.find(region, name_or_arn)
        if record is None:
            is_arn = name_or_arn.startswith("arn:")
            arn = name_or_arn if is_arn else region.arn(self.kind, name_or_arn)
            raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
        return record

    def check_may_create(self, region: Region, name: str) -> None:
        """
        Check that a name is free and the quota is not reached; a resource that is DELETING keeps both.

        Raises:
            ServiceError: `Object already exists.` (captured text), or the quota is reached.

        Source: CreateComputeEnvironment and CreateJobQueue.
        """
        records = self.of(region)
        if name in records:
            raise name_taken()
        check_quota(records, self._quota)

    def described(self, region: Region, request: Mapping[str, Any], member: str) -> dict[str, Any]:
        """
        Return the reply to a Describe call: the resources that it names, or a page of all of them.

        Args:
            member: the member that holds the names in the request and the items in the reply.

        Source: DescribeComputeEnvironments and DescribeJobQueues (documented). Assumed: named
        resources come in the order of the request, each once; all come in order of creation; an empty list
        counts as absent.
        """
        names = request.get(member) or None
        question = [member, names]
        position = position_of(request.get("nextToken"), question)
        if names is not None:
            found = (self.find(region, name) for name in names)
            return {member: [record.shown() for record in _each_once(found)]}
        records = self.of(region).values()
        rest = [record for record in records if record.sequence > (position or 0)]
        page, more = take_page(rest, request.get("maxResults") or DEFAULT_PAGE_SIZE)
        reply: dict[str, Any] = {member: [record.shown() for record in page]}
        if more:
            reply["nextToken"] = make_token(question, page[-1].sequence)
        return reply


def _each_once(records: Iterable[Resource | None]) -> list[Resource]:
    return list(dict.fromkeys(record for record in records if record is not None))


def check_may_update(record: ResourceRecord) -> None:
    """
    Refuse an update while the resource is CREATING, UPDATING or DELETING.

    Source: assumed, by analogy with delete calls.
    """
    if record.status not in (VALID, INVALID):
        raise ServiceError(CANNOT_UPDATE_WHILE_MODIFIED)


def check_may_delete(record: ResourceRecord) -> None:
    """
    Refuse to delete a resource that is CREATING, UPDATING, DELETING or not DISABLED.

    Source: DeleteComputeEnvironment and DeleteJobQueue (documented; the first text is captured, the
    second and the order of the two checks are assumed).
    """
    if record.status not in (VALID, INVALID):
        raise ServiceError(CANNOT_DELETE_WHILE_MODIFIED)
    if record.state != DISABLED:
        raise ServiceError(CANNOT_DELETE_ENABLED)
