"""
The replies of Amazon EC2 about the instances of compute environments.

Source: DescribeInstances (documented); error codes as documented, and texts as captured unless marked
otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError, UnsupportedError
from batchmock.observe.neighbours.ec2_filters import (
    FILTERS,
    are_about,
    matches_all,
    unsupported,
)
from batchmock.observe.neighbours.ec2_instances import reservation
from batchmock.observe.neighbours.instances import Instance, Instances
from batchmock.observe.neighbours.pages import PageMembers, paged
from batchmock.operations.region import Region
from batchmock.simulation.time.clock import Clock

# Captured.
MALFORMED: Final = 'Invalid id: "{given}"'
NOT_FOUND: Final = "The instance ID '{ids}' does not exist"
NONE_FOUND: Final = "The instance IDs '{ids}' do not exist"
IDS_AND_PAGES: Final = "The parameter instancesSet cannot be used with the parameter maxResults"
DRY_RUN: Final = "Request would have succeeded, but DryRun flag is set."
# Assumed.
BAD_PAGE_SIZE: Final = (
    "Value ( {given} ) for parameter maxResults is invalid. Expecting a value from 5 to 1000."
)
BAD_TOKEN: Final = "Unable to parse pagination token"

_INSTANCE_ID: Final = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
_SIZES: Final = range(5, 1001)
_LARGEST_PAGE: Final = 1000
_DESCRIBE: Final = "DescribeInstances"

Request = Mapping[str, Any]
Reply = dict[str, Any]


class Ec2Requests:
    """
    Answers requests to Amazon EC2 about the instances of one mock.

    Args:
        instances: the instances.
        clock: the clock of the mock.
    """

    def __init__(self, instances: Instances, clock: Clock) -> None:
        self._instances = instances
        self._clock = clock

    def answer(self, operation: str, request: Request, region: Region) -> Reply | None:
        """
        Answer a request that is about instances of the mock alone.

        That is a DescribeInstances with ids of such instances, or with a filter for these ids or for the tag
        AWSBatchServiceTag.

        Args:
            operation: the name of an operation of Amazon EC2.
            request: the request in AWS's shape.
            region: the account and region of the client.

        Returns:
            The reply in AWS's shape; None if the request is also, or only, about other instances.

        Raises:
            ServiceError: the service would refuse the request.
        """
        if operation != _DESCRIBE:
            return None
        instances = self._instances.of(region)
        ids, filters = request.get("InstanceIds", []), request.get("Filters", [])
        known = {instance.host.instance_id for instance in instances}
        is_ours = known.issuperset(ids) if ids else are_about(filters, known)
        return self._describe(request, instances) if is_ours else None

    def answer_alone(self, operation: str, request: Request, region: Region) -> Reply | str | None:
        """
        Answer a request that `answer` did not, and that would otherwise go to AWS.

        Returns:
            The reply; a message for the author of the test if it is not simulated; None to send the request.

        Raises:
            ServiceError: the service would refuse the request.
        """
        instances = self._instances.of(region)
        if operation == _DESCRIBE:
            return self._describe(request, instances)
        known = {instance.host.instance_id for instance in instances}
        if known.isdisjoint(request.get("InstanceIds", ())):
            return None
        return (
            f"batchmock: a request to Amazon EC2 was about to leave the process: {operation}, about an "
            f"instance of a compute environment. Of that service batchmock answers {_DESCRIBE}. End an "
            "instance with batch_mock.lose_host()."
        )

    def _describe(self, request: Request, instances: list[Instance]) -> Reply:
        ids, filters = request.get("InstanceIds", []), request.get("Filters", [])
        _check(request, ids)
        _check_filters(filters)
        known = {instance.host.instance_id for instance in instances}
        unknown = [given for given in ids if given not in known]
        if unknown:
            text = NOT_FOUND if len(unknown) == 1 else NONE_FOUND
            raise _refused("InvalidInstanceID.NotFound", text.format(ids=", ".join(unknown)))
        members = PageMembers(
            "MaxResults", "NextToken", _refused("InvalidParameterValue", BAD_TOKEN)
        )
        page, token = paged(
            _DESCRIBE,
            request,
            self._selected(instances, ids, filters),
            place=lambda instance: instance.place,
            members=members,
            default_size=_LARGEST_PAGE,
        )
        now_ms = self._clock.epoch_ms
        return {"Reservations": [reservation(instance, now_ms) for instance in page], **token}

    def _selected(
        self, instances: list[Instance], ids: list[str], filters: list[Any]
    ) -> list[Instance]:
        now_ms = self._clock.epoch_ms
        return [
            instance
            for instance in instances
            if (not ids or instance.host.instance_id in ids)
            and matches_all(instance, filters, now_ms)
        ]


def _check(request: Request, ids: list[str]) -> None:
    """Check ids and page size."""
    for given in ids:
        if _INSTANCE_ID.fullmatch(given) is None:
            raise _refused("InvalidInstanceID.Malformed", MALFORMED.format(given=given))
    if "MaxResults" in request:
        if ids:
            raise _refused("InvalidParameterCombination", IDS_AND_PAGES)
        if request["MaxResults"] not in _SIZES:
            text = BAD_PAGE_SIZE.format(given=request["MaxResults"])
            raise _refused("InvalidParameterValue", text)
    if request.get("DryRun"):
        raise ServiceError(DRY_RUN, code="DryRunOperation", http_status=412)


def _check_filters(filters: list[Any]) -> None:
    for name in unsupported(filters):
        raise UnsupportedError(
            f"batchmock: DescribeInstances has a filter {name!r}, which is not simulated. "
            f"Simulated are {', '.join(FILTERS)} and tag:<key>."
        )


def _refused(code: str, text: str) -> ServiceError:
    return ServiceError(text, code=code)
