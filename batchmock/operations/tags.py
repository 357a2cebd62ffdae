"""
TagResource, UntagResource, ListTagsForResource.

`Region.tags` has the tags of every resource by ARN, `Region.job_tags` those of jobs by id: a job has an
entry once it has tags.

Source: those operations (documented). The texts for unknown ARNs are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.jobs.find import find_job
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.request import find_service_job

#: The maximum number of tags of a resource (documented).
MAX_TAGS: Final = 50

# Documented: the ARN is that of a resource, and a resource has up to 50 tags. The texts are assumed.
UNKNOWN_ARN: Final = "{arn} does not exist"
NOT_AN_ARN: Final = "resourceArn {arn} is not a valid ARN of AWS Batch."
TOO_MANY_TAGS: Final = "A resource can have at most 50 tags, got {count}."
# Documented: child jobs and nodes cannot be tagged. The text is assumed.
NOT_TAGGABLE: Final = "{arn} cannot be tagged: child jobs are not supported."


def tag_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Add tags to a resource; an existing key gets the new value.

    Raises:
        ServiceError: there is no such resource, or it would have more than 50 tags.

    Source: TagResource (documented; texts assumed).
    """
    tags_of, key = _place_of(region, request["resourceArn"])
    merged = {**tags_of.get(key, {}), **request["tags"]}
    if len(merged) > MAX_TAGS:
        raise ServiceError(TOO_MANY_TAGS.format(count=len(merged)))
    if merged:
        tags_of.setdefault(key, {}).update(merged)
    return {}


def untag_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Remove tags by their keys; missing keys are ignored (assumed).

    Raises:
        ServiceError: there is no such resource.

    Source: UntagResource (documented).
    """
    tags_of, key = _place_of(region, request["resourceArn"])
    tags = tags_of.get(key, {})
    for name in request["tagKeys"]:
        tags.pop(name, None)
    return {}


def list_tags_for_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the tags of a resource; an empty map without any.

    Raises:
        ServiceError: there is no such resource.

    Source: ListTagsForResource (documented).
    """
    tags_of, key = _place_of(region, request["resourceArn"])
    return {"tags": dict(tags_of.get(key, {}))}


def _place_of(region: Region, arn: str) -> tuple[dict[str, dict[str, str]], str]:
    """Return the mapping that holds the tags of a resource, and its key there."""
    service_jobs = region.arn("service-job", "")
    if arn.startswith(region.arn("job", "")):
        job = find_job(region, arn)
        if job is None:
            raise ServiceError(UNKNOWN_ARN.format(arn=arn))
        if job.parent is not None:
            raise ServiceError(NOT_TAGGABLE.format(arn=arn))
        return region.job_tags, job.id
    if arn.startswith(service_jobs):
        if find_service_job(region, arn.removeprefix(service_jobs)) is None:
            raise ServiceError(UNKNOWN_ARN.format(arn=arn))
    elif arn not in region.tags:
        raise ServiceError((UNKNOWN_ARN if _is_arn(arn) else NOT_AN_ARN).format(arn=arn))
    return region.tags, arn


def _is_arn(text: str) -> bool:
    """Return whether text has the form of a Batch ARN: five parts, then kind and name."""
    parts = text.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "batch" and "/" in parts[5]
