"""
TagResource, UntagResource, ListTagsForResource, and where every resource has its tags.

All tags are in `Region.tags`, by ARN. What is created calls `new_tags`, which makes its entry, and
shows the very dict that it gets; what is deleted calls `drop_tags`. A job has an entry once it has tags.

Source: those operations (documented). What the service says of an ARN it does not know: assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.find_jobs import find_job
from batchmock.operations.find_service_jobs import find_service_job

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: How many tags a resource can have (documented).
MAX_TAGS: Final = 50

# Assumed.
UNKNOWN_ARN: Final = "{arn} does not exist"
NOT_AN_ARN: Final = "resourceArn {arn} is not a valid ARN of AWS Batch."
TOO_MANY_TAGS: Final = "A resource can have at most 50 tags, got {count}."
# Assumed. Documented is that child jobs and nodes are not supported.
NOT_TAGGABLE: Final = "{arn} cannot be tagged: child jobs are not supported."


def new_tags(region: Region, arn: str, request: Mapping[str, Any]) -> dict[str, str]:
    """Take the tags of a request for something new, and give the dict that will always be current."""
    tags = region.tags[arn] = dict(request.get("tags", {}))
    return tags


def drop_tags(region: Region, arn: str) -> None:
    """Forget the tags of something that is deleted."""
    region.tags.pop(arn, None)


def tag_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Add tags to a resource; a key that it has gets the new value.

    Raises:
        ServiceError: there is no such resource, or it would have more than 50 tags.

    Source: TagResource (documented; texts assumed).
    """
    arn = request["resourceArn"]
    tags = _tags_of(region, arn)
    merged = {**tags, **request["tags"]}
    if len(merged) > MAX_TAGS:
        raise ServiceError(TOO_MANY_TAGS.format(count=len(merged)))
    tags.update(merged)
    if merged:
        region.tags[arn] = tags
    return {}


def untag_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Remove tags by their keys; keys that the resource does not have are ignored (assumed).

    Raises:
        ServiceError: there is no such resource.

    Source: UntagResource (documented).
    """
    tags = _tags_of(region, request["resourceArn"])
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give the tags of a resource; an empty map where it has none.

    Raises:
        ServiceError: there is no such resource.

    Source: ListTagsForResource (documented).
    """
    return {"tags": dict(_tags_of(region, request["resourceArn"]))}


def _tags_of(region: Region, arn: str) -> dict[str, str]:
    """Give the tags of what an ARN stands for: the dict that holds them, or a new one for a job."""
    tags = region.tags.get(arn)
    if arn.startswith(region.arn("service-job", "")):
        return _tags_of_service_job(region, arn)
    prefix = region.arn("job", "")
    if not arn.startswith(prefix):
        if tags is None:
            raise ServiceError((UNKNOWN_ARN if _is_arn(arn) else NOT_AN_ARN).format(arn=arn))
        return tags
    job = find_job(region, arn)
    if job is None:
        raise ServiceError(UNKNOWN_ARN.format(arn=arn))
    if job.parent is not None:
        raise ServiceError(NOT_TAGGABLE.format(arn=arn))
    return {} if tags is None else tags


def _tags_of_service_job(region: Region, arn: str) -> dict[str, str]:
    job_id = arn.removeprefix(region.arn("service-job", ""))
    if find_service_job(region, job_id) is None:
        raise ServiceError(UNKNOWN_ARN.format(arn=arn))
    return region.tags.get(arn, {})


def _is_arn(text: str) -> bool:
    """Say whether a text has the form of a Batch ARN: five parts, then kind and name."""
    parts = text.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "batch" and "/" in parts[5]
