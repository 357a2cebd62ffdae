"""Send the requests of a file to the same checks and handlers as those of a client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any

from batchmock.errors import BatchMockError, ServiceError
from batchmock.interception.service import request_shape, service_model
from batchmock.interception.wire import decoded
from batchmock.loading.creations import KINDS, NAME_MEMBERS, Creation
from batchmock.loading.loaded import LoadedResource
from batchmock.loading.refused_members import member_in
from batchmock.operations import HANDLERS
from batchmock.operations.job_definitions.definitions import (
    JOB_DEFINITIONS,
    register_job_definition,
)
from batchmock.operations.region import Region
from batchmock.operations.snapshots import all_or_nothing
from batchmock.validation import validators_for


def carry_out(
    region: Region, creations: Iterable[Creation]
) -> list[tuple[Creation, LoadedResource]]:
    """
    Create all resources of a file, VALID at once, or none.

    Raises:
        BatchMockError: Batch refuses a request; nothing has been created.
    """
    made = []
    with all_or_nothing(region), region.settling_at_once():
        for creation in creations:
            reply = _sent(region, creation)
            if creation.operation in NAME_MEMBERS:
                made.append((creation, _resource(region, creation, reply)))
    return made


def _sent(region: Region, creation: Creation) -> dict[str, Any]:
    operation = creation.operation
    body = _body(creation)
    try:
        request = validators_for(service_model()).check(operation, decoded(body), len(body))
        if creation.kept_resources:
            request["computeResources"] |= creation.kept_resources
        if creation.revision is not None:
            return _numbered(region, creation, request, creation.revision)
        return HANDLERS[operation](region, _with_own_cluster(region, request))
    except ServiceError as refusal:
        raise BatchMockError(_refusal(creation, refusal)) from refusal


def _with_own_cluster(region: Region, request: dict[str, Any]) -> dict[str, Any]:
    """Return a request whose Amazon EKS cluster is in the mock's region; the file may be of another one."""
    if "eksConfiguration" not in request:
        return request
    configuration = request["eksConfiguration"]
    cluster = region.foreign_arn("eks", configuration["eksClusterArn"].split(":", 5)[5])
    return {**request, "eksConfiguration": {**configuration, "eksClusterArn": cluster}}


def _body(creation: Creation) -> bytes:
    """Return the body that a client would send."""
    try:
        return dumps(creation.request).encode()
    except (TypeError, ValueError) as error:
        raise BatchMockError(
            f"batchmock: {creation.origin} has a value that JSON cannot have: {error}."
        ) from error


def _numbered(
    region: Region, creation: Creation, request: Mapping[str, Any], revision: int
) -> dict[str, Any]:
    """Register a job definition with the revision that it has in the file."""
    name = request["jobDefinitionName"]
    revisions = JOB_DEFINITIONS.of(region).get(name)
    if revisions is not None and revisions.has(revision):
        raise BatchMockError(
            f"batchmock: {creation.origin} is revision {revision} of job definition {name!r}, which exists "
            "already. Nothing was loaded."
        )
    return register_job_definition(region, request, revision)


def _resource(region: Region, creation: Creation, reply: Mapping[str, Any]) -> LoadedResource:
    operation = creation.operation
    name = creation.request[NAME_MEMBERS[operation]]
    if operation == "RegisterJobDefinition":
        return LoadedResource(name, reply["jobDefinitionArn"])
    arns = [value for member, value in reply.items() if member.lower().endswith("arn")]
    return LoadedResource(name, arns[0] if arns else region.arn(KINDS[operation], name))


def _refusal(creation: Creation, refusal: ServiceError) -> str:
    shape = request_shape(creation.operation)
    member = member_in(refusal.message, creation.request, shape)
    where = f", member {member}" if member else ""
    words = refusal.message.rstrip(".")
    hint = " If it is in another file, load that file first." if _is_missing(words) else ""
    return (
        f"batchmock: {creation.origin}{where}: AWS Batch would refuse its {creation.operation}: "
        f"{words}. Nothing was loaded.{hint}"
    )


def _is_missing(words: str) -> bool:
    """Return whether a refusal says that another resource does not exist."""
    return words.endswith(("not found", "does not exist")) or words.startswith(
        "Compute Environments must be created"
    )
