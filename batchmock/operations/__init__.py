"""
The operations of AWS Batch: one handler each, and one module for each resource.

A handler takes the region and a validated request in AWS's shape, and returns the reply in AWS's shape.
Code below the handlers uses Python's names; camelCase ends here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from batchmock.operations.compute_environments.environments import (
    create_compute_environment,
    delete_compute_environment,
    describe_compute_environments,
    update_compute_environment,
)
from batchmock.operations.consumable_resources import (
    create_consumable_resource,
    delete_consumable_resource,
    describe_consumable_resource,
    list_consumable_resources,
    update_consumable_resource,
)
from batchmock.operations.job_definitions.definitions import (
    deregister_job_definition,
    describe_job_definitions,
    register_job_definition,
)
from batchmock.operations.job_queue_snapshots import get_job_queue_snapshot
from batchmock.operations.job_queues.queues import (
    create_job_queue,
    delete_job_queue,
    describe_job_queues,
    update_job_queue,
)
from batchmock.operations.job_queues.quota_shares import (
    create_quota_share,
    delete_quota_share,
    describe_quota_share,
    list_quota_shares,
    update_quota_share,
)
from batchmock.operations.job_queues.scheduling_policies import (
    create_scheduling_policy,
    delete_scheduling_policy,
    describe_scheduling_policies,
    list_scheduling_policies,
    update_scheduling_policy,
)
from batchmock.operations.jobs.by_consumable_resource import list_jobs_by_consumable_resource
from batchmock.operations.jobs.describe import describe_jobs, described_state
from batchmock.operations.jobs.listing import list_jobs
from batchmock.operations.jobs.stops import cancel_job, cancel_jobs, terminate_job, terminate_jobs
from batchmock.operations.jobs.submit import submit_job
from batchmock.operations.region import Region
from batchmock.operations.service_environments import (
    create_service_environment,
    delete_service_environment,
    describe_service_environments,
    update_service_environment,
)
from batchmock.operations.service_jobs.describe import describe_service_job
from batchmock.operations.service_jobs.listing import list_service_jobs
from batchmock.operations.service_jobs.stops import terminate_service_job, terminate_service_jobs
from batchmock.operations.service_jobs.submit import submit_service_job, update_service_job
from batchmock.operations.tags import list_tags_for_resource, tag_resource, untag_resource

Handler = Callable[[Region, Mapping[str, Any]], dict[str, Any]]

#: From the name of each operation to its handler.
HANDLERS: Final[dict[str, Handler]] = {
    "CancelJob": cancel_job,
    "CancelJobs": cancel_jobs,
    "CreateComputeEnvironment": create_compute_environment,
    "CreateConsumableResource": create_consumable_resource,
    "CreateJobQueue": create_job_queue,
    "CreateQuotaShare": create_quota_share,
    "CreateSchedulingPolicy": create_scheduling_policy,
    "CreateServiceEnvironment": create_service_environment,
    "DeleteComputeEnvironment": delete_compute_environment,
    "DeleteConsumableResource": delete_consumable_resource,
    "DeleteJobQueue": delete_job_queue,
    "DeleteQuotaShare": delete_quota_share,
    "DeleteSchedulingPolicy": delete_scheduling_policy,
    "DeleteServiceEnvironment": delete_service_environment,
    "DeregisterJobDefinition": deregister_job_definition,
    "DescribeComputeEnvironments": describe_compute_environments,
    "DescribeConsumableResource": describe_consumable_resource,
    "DescribeJobDefinitions": describe_job_definitions,
    "DescribeJobQueues": describe_job_queues,
    "DescribeJobs": describe_jobs,
    "DescribeQuotaShare": describe_quota_share,
    "DescribeSchedulingPolicies": describe_scheduling_policies,
    "DescribeServiceEnvironments": describe_service_environments,
    "DescribeServiceJob": describe_service_job,
    "GetJobQueueSnapshot": get_job_queue_snapshot,
    "ListConsumableResources": list_consumable_resources,
    "ListJobs": list_jobs,
    "ListJobsByConsumableResource": list_jobs_by_consumable_resource,
    "ListQuotaShares": list_quota_shares,
    "ListSchedulingPolicies": list_scheduling_policies,
    "ListServiceJobs": list_service_jobs,
    "ListTagsForResource": list_tags_for_resource,
    "RegisterJobDefinition": register_job_definition,
    "SubmitJob": submit_job,
    "SubmitServiceJob": submit_service_job,
    "TagResource": tag_resource,
    "TerminateJob": terminate_job,
    "TerminateJobs": terminate_jobs,
    "TerminateServiceJob": terminate_service_job,
    "TerminateServiceJobs": terminate_service_jobs,
    "UntagResource": untag_resource,
    "UpdateComputeEnvironment": update_compute_environment,
    "UpdateConsumableResource": update_consumable_resource,
    "UpdateJobQueue": update_job_queue,
    "UpdateQuotaShare": update_quota_share,
    "UpdateSchedulingPolicy": update_scheduling_policy,
    "UpdateServiceEnvironment": update_service_environment,
    "UpdateServiceJob": update_service_job,
}

#: Returns what the reply to a read-only request depends on, as a value that equals a later one only if the
#: replies are equal; None if that is not known.
StateReader = Callable[[Region, Mapping[str, Any]], object]

#: From the name of an operation to what its replies depend on, where that takes less time to read than the
#: reply takes to build.
STATES: Final[dict[str, StateReader]] = {"DescribeJobs": described_state}
