"""
The output of `aws batch describe-*`: the resources of an account, as requests that create them.

One reply, several merged, a list, or documents one after another. ARNs of Batch resources get the region
and the account of the mock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.interception.service import request_shape, service_model
from batchmock.loading.creations import NAME_MEMBERS, Creation, Origin, Reading
from batchmock.loading.existing import recreated
from batchmock.loading.sources import Document
from batchmock.operations.region import Region

#: What files in this language are called.
NAME: Final = "output of describe commands"

#: The lists of a reply, with the operation that creates their items and the shape of an item.
_LISTS: Final = {
    "computeEnvironments": ("CreateComputeEnvironment", "ComputeEnvironmentDetail"),
    "serviceEnvironments": ("CreateServiceEnvironment", "ServiceEnvironmentDetail"),
    "schedulingPolicies": ("CreateSchedulingPolicy", "SchedulingPolicyDetail"),
    "consumableResources": ("CreateConsumableResource", "DescribeConsumableResourceResponse"),
    "jobQueues": ("CreateJobQueue", "JobQueueDetail"),
    "quotaShares": ("CreateQuotaShare", "QuotaShareDetail"),
    "jobDefinitions": ("RegisterJobDefinition", "JobDefinition"),
}

#: A reply that is a single resource, by the member that has its name.
_SINGLE: Final = {
    "consumableResourceName": "consumableResources",
    "quotaShareName": "quotaShares",
}

#: A list of a reply, and an item of it.
_Item = tuple[str, Mapping[str, Any]]

_BESIDE: Final = ("ResponseMetadata", "nextToken", "NextToken")

_GONE: Final = ("DELETING", "DELETED")

_BATCH_ARN: Final = re.compile(r"arn:[\w-]+:batch:[\w-]+:\d*:([\w-]+/.+)", re.ASCII)


def recognizes(contents: Any) -> bool:
    """Return whether a document is the output of a describe command."""
    if isinstance(contents, list):
        return bool(contents) and all(map(recognizes, contents))
    if not isinstance(contents, Mapping):
        return False
    return any(key in contents for key in (*_LISTS, *_SINGLE))


def reading(document: Document, region: Region, parameters: Mapping[str, Any]) -> Reading:
    """
    Return the requests that create the described resources.

    Raises:
        BatchMockError: an item has a member unknown to Batch, or parameters were passed.
    """
    if parameters:
        raise BatchMockError(
            f"batchmock: {document.file} is the output of describe commands, which has no parameters. "
            "Leave out parameters=."
        )
    found = Reading()
    for key, item in _latest(_items(document.contents, document.file)):
        _add(found, document.file, region, key, _moved(item, region))
    found.creations.sort(key=lambda creation: creation.revision or 0)
    return found


def _items(contents: Any, file: str) -> Iterator[_Item]:
    if isinstance(contents, list):
        for item in contents:
            yield from _items(item, file)
        return
    for member, key in _SINGLE.items():
        if member in contents:
            yield key, contents
            return
    for key, items in contents.items():
        if key in _LISTS:
            yield from ((key, item) for item in items if not _is_gone(item))
        elif key not in _BESIDE:
            raise BatchMockError(
                f"batchmock: {file} has {key!r} beside the output of describe commands. "
                f"load() knows {', '.join(map(repr, _LISTS))}."
            )


def _latest(items: Iterable[_Item]) -> list[_Item]:
    """Return the items of overlapping replies; of one that is there several times, the last counts."""
    found: dict[object, _Item] = {}
    for number, (key, item) in enumerate(items):
        found[_identity(key, item) or number] = (key, item)
    return list(found.values())


def _identity(key: str, item: Any) -> tuple[str, ...] | None:
    """Return what identifies an item: its ARN, or the name and revision of a job definition."""
    if not isinstance(item, Mapping):
        return None
    operation, _ = _LISTS[key]
    member = NAME_MEMBERS[operation]
    arn = item.get(member.replace("Name", "Arn").replace("name", "arn"))
    if isinstance(arn, str):
        return key, arn
    if operation == "RegisterJobDefinition" and "revision" in item:
        return key, str(item.get(member)), str(item["revision"])
    return None


def _is_gone(item: Any) -> bool:
    """Return whether an item is a resource that was deleted, which is still shown for a while."""
    return isinstance(item, Mapping) and item.get("status") in _GONE


def _moved(value: Any, region: Region) -> Any:
    """Return a value with the ARNs of Batch resources moved to the mock's region and account."""
    if isinstance(value, Mapping):
        return {name: _moved(item, region) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_moved(item, region) for item in value]
    return moved_arn(value, region)


def moved_arn(value: Any, region: Region) -> Any:
    """Return the ARN of a Batch resource in the mock's region and account; other values unchanged."""
    found = _BATCH_ARN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    kind, _, name = found[1].partition("/")
    return region.arn(kind, name)


def _add(found: Reading, file: str, region: Region, key: str, item: Mapping[str, Any]) -> None:
    operation, shape = _LISTS[key]
    name = _name_of(operation, item, file)
    origin = Origin(file, name)
    request = _request(operation, shape, item, origin)
    if operation == "CreateQuotaShare":
        request["jobQueue"] = item["jobQueueArn"]
    revision = item.get("revision") if operation == "RegisterJobDefinition" else None
    if revision is not None and (type(revision) is not int or revision < 1):
        raise TypeError(f"revision of {name!r} is {revision!r}")
    aliases = () if revision is None else (f"{name}:{revision}",)
    found.creations += recreated(Creation(operation, request, origin, aliases, revision))
    if revision is not None and item.get("status") == "INACTIVE":
        inactive = {"jobDefinition": f"{name}:{revision}"}
        found.creations.append(Creation("DeregisterJobDefinition", inactive, origin))


def _name_of(operation: str, item: Any, file: str) -> str:
    member = NAME_MEMBERS[operation]
    if not isinstance(item, Mapping) or not isinstance(item.get(member), str):
        raise BatchMockError(
            f"batchmock: {file} has an item without {member!r}, which describe commands always print: "
            f"{item!r}."
        )
    name: str = item[member]
    return name


def _request(operation: str, shape: str, item: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Return the members that can be sent; others must be members of the description."""
    model = service_model()
    sent = request_shape(operation).members
    shown = model.shape_for(shape).members if shape in model.shape_names else item
    unknown = [name for name in item if name not in sent and name not in shown]
    unknown = [name for name in unknown if name not in _BESIDE]
    if unknown:
        raise BatchMockError(
            f"batchmock: {origin} has a member {unknown[0]!r}, which {shape} does not have. "
            "Upgrade botocore if the member is new."
        )
    return _without_empty({name: value for name, value in item.items() if name in sent})


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """Return a description without the defaults of members that were not sent: empty lists and tags."""
    return {
        name: _without_empty(item) if isinstance(item, dict) else item
        for name, item in value.items()
        if item != [] and (name, item) != ("tags", {})
    }
