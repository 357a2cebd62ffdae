"""The resources that a SubmitJob needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batchmock.operations.compute_environments.environments import create_compute_environment
from batchmock.operations.compute_environments.record import COMPUTE_ENVIRONMENTS
from batchmock.operations.consumable_resources import (
    CONSUMABLE_RESOURCES,
    create_consumable_resource,
)
from batchmock.operations.job_definitions.definitions import (
    JOB_DEFINITIONS,
    register_job_definition,
)
from batchmock.operations.job_queues.queues import JOB_QUEUES, create_job_queue
from batchmock.operations.job_queues.scheduling_policies import (
    SCHEDULING_POLICIES,
    create_scheduling_policy,
)
from batchmock.operations.region import Region
from batchmock.provisioning.job_checks import (
    DEFAULT_INSTANCE_TYPES,
    check_acceptable,
    check_has_policy,
    check_instance_types,
    check_quantities,
    check_shares,
    check_sizes,
)
from batchmock.provisioning.job_requests import (
    compute_environment_request,
    job_definition_request,
    job_queue_request,
    policy_request,
)
from batchmock.provisioning.names import check_names
from batchmock.provisioning.results import Provisioned


def provision(
    region: Region,
    *,
    job_queue: str,
    job_definition: str,
    compute_environment: str,
    max_vcpus: int,
    fargate: bool,
    vcpus: float,
    memory_mib: int,
    instance_types: Sequence[str],
    shares: Mapping[str, float] | None,
    consumable_resources: Mapping[str, int],
) -> Provisioned:
    """
    Create missing resources, VALID at once regardless of `resource_seconds`; keep existing ones.

    Raises:
        BatchMockError: AWS Batch would refuse a name or a size; nothing was created.
    """
    check_quantities(consumable_resources)
    names = (job_queue, job_definition, compute_environment, *consumable_resources)
    check_names("provision", names)
    check_sizes(max_vcpus, vcpus, memory_mib, fargate=fargate)
    check_instance_types(instance_types, fargate=fargate)
    check_shares(shares or {})
    environment = compute_environment_request(
        region, compute_environment, max_vcpus, fargate, instance_types
    )
    has_default_types = tuple(instance_types) == DEFAULT_INSTANCE_TYPES
    if not has_default_types:
        check_acceptable("CreateComputeEnvironment", environment)
    policy = None
    if shares is not None:
        policy = policy_request(job_queue, shares)
        check_acceptable("CreateSchedulingPolicy", policy)
    # First, because it raises for sizes that Fargate does not offer, before anything is created.
    new_definition = job_definition_request(region, job_definition, fargate, vcpus, memory_mib)
    if policy is not None:
        new_definition["schedulingPriority"] = 0
        check_has_policy(region, job_queue)
    _make_consumable_resources(region, consumable_resources)
    with region.settling_at_once():
        _make_environment(region, environment, cuts_hosts_to_size=has_default_types)
        if job_queue not in JOB_QUEUES.of(region):
            _create_queue(region, job_queue_request(job_queue, compute_environment), policy)
    return Provisioned(
        job_queue,
        region.arn("job-queue", job_queue),
        job_definition,
        _definition_arn(region, new_definition),
        compute_environment,
        region.arn("compute-environment", compute_environment),
    )


def _make_environment(region: Region, request: dict[str, Any], *, cuts_hosts_to_size: bool) -> None:
    """Create the compute environment unless it exists; without chosen types it has room for any size."""
    name = request["computeEnvironmentName"]
    if name not in COMPUTE_ENVIRONMENTS.of(region):
        create_compute_environment(region, request)
        # It stands for any kind of capacity.
        COMPUTE_ENVIRONMENTS.of(region)[name].simulated.is_on_demand = False
        if cuts_hosts_to_size:
            cut_hosts_to_size(region, name)


def _create_queue(region: Region, request: dict[str, Any], policy: dict[str, Any] | None) -> None:
    """Create a job queue, with a scheduling policy if there is one."""
    if policy is not None:
        request["schedulingPolicyArn"] = _policy_arn(region, policy)
    create_job_queue(region, request)


def cut_hosts_to_size(region: Region, compute_environment: str) -> None:
    """Make the vCPUs of an environment available to jobs of any size, as if hosts had just the right size."""
    pool = COMPUTE_ENVIRONMENTS.of(region)[compute_environment].simulated.pool
    if pool is not None:
        pool.cuts_to_size = True


def _make_consumable_resources(region: Region, quantities: Mapping[str, int]) -> None:
    for name, quantity in quantities.items():
        if name not in CONSUMABLE_RESOURCES.of(region):
            create_consumable_resource(
                region, {"consumableResourceName": name, "totalQuantity": quantity}
            )


def _definition_arn(region: Region, request: dict[str, Any]) -> str:
    """Return the ARN of the latest ACTIVE revision of a definition, registering one if needed."""
    revisions = JOB_DEFINITIONS.of(region).get(request["jobDefinitionName"])
    definition = revisions.latest_active() if revisions else None
    if definition is not None:
        return definition.arn
    arn: str = register_job_definition(region, request)["jobDefinitionArn"]
    return arn


def _policy_arn(region: Region, policy: dict[str, Any]) -> str:
    """Return the ARN of the scheduling policy of this name, creating it if needed."""
    name: str = policy["name"]
    if name not in SCHEDULING_POLICIES.of(region):
        create_scheduling_policy(region, policy)
    return SCHEDULING_POLICIES.of(region)[name].arn
