"""Notes on an AWS error: which resources exist instead of the requested one, and how to create it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from batchmock.nearest import did_you_mean, listed
from batchmock.operations.arns import partition_of
from batchmock.operations.job_definitions.definitions import JobDefinitionRevisions
from batchmock.operations.region import Region

JOB: Final = "job"
JOB_DEFINITION: Final = "job-definition"
QUOTA_SHARE: Final = "quota-share"

#: The kind of resource that a member of a request names.
KINDS: Final[Mapping[str, str]] = {
    "computeEnvironment": "compute-environment",
    "consumableResource": "consumable-resource",
    "jobDefinition": JOB_DEFINITION,
    "jobId": JOB,
    "jobQueue": "job-queue",
    "quotaShareArn": QUOTA_SHARE,
    "schedulingPolicyArn": "scheduling-policy",
    "serviceEnvironment": "service-environment",
}

#: The code that creates a resource of a kind in a test.
CREATED_BY: Final[Mapping[str, str]] = {
    "compute-environment": "batch_mock.provision(compute_environment={name!r})",
    "consumable-resource": "batch_mock.provision(consumable_resources={{{name!r}: 1}})",
    JOB_DEFINITION: "batch_mock.provision(job_definition={name!r})",
    "job-queue": "batch_mock.provision(job_queue={name!r})",
    QUOTA_SHARE: (
        "batch_mock.provision_service_jobs(quota_shares={{{name!r}: 1}}, instance_type='ml.m5.large')"
    ),
    "scheduling-policy": "client.create_scheduling_policy(name={name!r}, fairsharePolicy={{}})",
    "service-environment": "batch_mock.provision_service_jobs(service_environment={name!r})",
}


#: Members that only requests about service jobs have.
_OF_SERVICE_JOBS: Final = frozenset({"serviceJobType", "quotaShareName"})


class Reference(NamedTuple):
    """A resource that a request names, by its kind and by its name or ARN."""

    kind: str
    given: str

    @property
    def name(self) -> str:
        """The name, taken from the end of an ARN."""
        return self.given.rpartition("/")[2] if self.given.startswith("arn:") else self.given

    @property
    def title(self) -> str:
        """The kind in words."""
        return self.kind.replace("-", " ")


def notes_on(request: object, region: Region, regions: Iterable[Region]) -> tuple[str, ...]:
    """
    Return notes on the nonexistent resources named in a refused request.

    Args:
        request: the request, in AWS's shape.
        region: the region of the client.
        regions: all regions that the mock knows.
    """
    missing = [item for item in dict.fromkeys(_references(request)) if _is_missing(item, region)]
    elsewhere = list(regions)
    is_for_service_jobs = isinstance(request, dict) and not _OF_SERVICE_JOBS.isdisjoint(request)
    if (
        _is_empty(region)
        and any(item.kind in ("job-queue", JOB_DEFINITION) for item in missing)
        and not any(_places(item, region, elsewhere) for item in missing)
    ):
        return (_nothing_provisioned(missing, region, is_for_service_jobs),)
    return tuple(
        f"batchmock: {_note(item, region, elsewhere, is_for_service_jobs)}" for item in missing
    )


def _references(part: object) -> Iterator[Reference]:
    """Yield the resources named in a request, at any depth."""
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    if isinstance(part, dict):
        for member, value in part.items():
            if isinstance(value, str) and (kind := KINDS.get(member) or _kind_in(member, value)):
                yield Reference(kind, value)
            yield from _references(value)


def _kind_in(member: str, arn: str) -> str | None:
    """Return the kind of resource of a Batch ARN, e.g. in TagResource."""
    parts = arn.split(":", 5)
    if member not in ("arn", "resourceArn") or len(parts) < 6 or parts[2] != "batch":
        return None
    kind = parts[5].partition("/")[0]
    return kind if kind in CREATED_BY or kind == JOB else None


def _is_missing(reference: Reference, region: Region) -> bool:
    return not _exists(reference, region) or (
        reference.given.startswith("arn:") and not _is_local(reference, region)
    )


def _is_local(reference: Reference, region: Region) -> bool:
    prefix = f"arn:{partition_of(region.name)}:batch:{region.name}:{region.account_id}:"
    return reference.given.startswith(prefix)


def _exists(reference: Reference, region: Region) -> bool:
    if reference.kind == JOB:
        return _job_region(reference.name, region) is region
    records = region.records.get(reference.kind, {})
    if reference.kind == QUOTA_SHARE:
        return reference.given in records
    if reference.kind != JOB_DEFINITION:
        return reference.name in records
    name, _, revision = reference.name.partition(":")
    active = _active_revisions(records.get(name), region)
    return int(revision) in active if revision.isdecimal() else bool(active)


def _job_region(job_id: str, region: Region) -> Region | None:
    """Return the region of a job that the service still shows."""
    simulation = region.simulation
    job: Any = simulation.jobs.visible_job(job_id) or simulation.service_jobs.visible_job(job_id)
    return None if job is None else job.request.region


def _active_revisions(revisions: JobDefinitionRevisions | None, region: Region) -> list[int]:
    if revisions is None:
        return []
    found = revisions.newest_first(region.simulation.clock.epoch_ms)
    return sorted(item.revision for item in found if item.status == "ACTIVE")


def _is_empty(region: Region) -> bool:
    return not any(region.records.get(kind) for kind in ("job-queue", JOB_DEFINITION))


def _nothing_provisioned(
    missing: list[Reference], region: Region, is_for_service_jobs: bool
) -> str:
    arguments = {item.kind.replace("-", "_"): item.name.partition(":")[0] for item in missing}
    known = ("job_queue", "job_definition", "compute_environment")
    verb = "provision_service_jobs" if is_for_service_jobs else "provision"
    call = ", ".join(f"{name}={arguments[name]!r}" for name in known if name in arguments)
    return (
        f"batchmock: nothing is provisioned in {region.name}. Create the resources: "
        f"batch_mock.{verb}({call})."
    )


def _note(
    reference: Reference, region: Region, regions: list[Region], is_for_service_jobs: bool
) -> str:
    for place in _places(reference, region, regions):
        return (
            f"{reference.title} {reference.name!r} exists in {_named(place, region)}; this client is in "
            f"{_named(region, place)}."
        )
    if reference.kind == JOB:
        return _note_on_job(reference, region)
    name, _, _ = reference.name.partition(":")
    # Quota shares are found by ARN only.
    names = [key.rpartition("/")[2] for key in region.records.get(reference.kind, {})]
    if reference.kind == JOB_DEFINITION and name in names:
        return _note_on_revisions(name, region)
    form = CREATED_BY[reference.kind]
    if is_for_service_jobs:
        form = form.replace(".provision(job_queue", ".provision_service_jobs(job_queue")
    create = form.format(name=name)
    if not names:
        return f"no {reference.title} exists in {region.name}. Create it: {create}."
    suggestion = did_you_mean(name, names)
    exist = "" if suggestion and len(names) == 1 else f" It has {listed(names)}."
    return (
        f"{reference.title} {name!r} does not exist in {region.name}.{suggestion}{exist} "
        f"Create another: {create}."
    )


def _places(reference: Reference, region: Region, regions: list[Region]) -> list[Region]:
    """Return the other regions and accounts that have the resource."""
    return [other for other in regions if other is not region and _exists(reference, other)]


def _named(region: Region, other: Region) -> str:
    same_account = region.account_id == other.account_id
    return region.name if same_account else f"{region.name}, account {region.account_id}"


def _note_on_revisions(name: str, region: Region) -> str:
    revisions = region.records[JOB_DEFINITION][name]
    active = _active_revisions(revisions, region)
    if active:
        noun = "revision" if len(active) == 1 else "revisions"
        return f"job definition {name!r} has the ACTIVE {noun} {', '.join(map(str, active))}."
    create = CREATED_BY[JOB_DEFINITION].format(name=name)
    return (
        f"job definition {name!r} has only INACTIVE revisions, up to {revisions.last_revision}. "
        f"Register another: {create}."
    )


def _note_on_job(reference: Reference, region: Region) -> str:
    simulation = region.simulation
    jobs: dict[str, Any] = {**simulation.jobs, **simulation.service_jobs}
    if reference.name in jobs:
        return f"job {reference.name!r} ended longer ago than `retention`, and is no longer shown."
    named = [job.id for job in jobs.values() if job.name == reference.name]
    if named:
        return f"{reference.name!r} is the name of a job, not an id. Its id is {named[-1]!r}."
    if not jobs:
        return "no job was submitted to this mock."
    return f"no job of this mock has that id. The jobs are {listed(job.name for job in jobs.values())}."
