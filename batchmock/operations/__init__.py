"""
The operations of AWS Batch: one handler for each, one module for each resource.

A handler is given the region and a validated request in AWS's shape, and gives the reply in AWS's
shape; camelCase ends here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from batchmock.operations.compute_environments import (
    create_compute_environment,
    delete_compute_environment,
    describe_compute_environments,
    update_compute_environment,
)
from batchmock.operations.job_definitions import (
    deregister_job_definition,
    describe_job_definitions,
    register_job_definition,
)
from batchmock.operations.job_details import describe_jobs
from batchmock.operations.job_lists import list_jobs
from batchmock.operations.job_queues import (
    create_job_queue,
    delete_job_queue,
    describe_job_queues,
    update_job_queue,
)
from batchmock.operations.jobs import submit_job
from batchmock.operations.region import Region
from batchmock.operations.stops import cancel_job, cancel_jobs, terminate_job, terminate_jobs

Handler = Callable[[Region, Mapping[str, Any]], dict[str, Any]]

#: From the name of each operation to its handler.
HANDLERS: Final[dict[str, Handler]] = {
    "CancelJob": cancel_job,
    "CancelJobs": cancel_jobs,
    "CreateComputeEnvironment": create_compute_environment,
    "CreateJobQueue": create_job_queue,
    "DeleteComputeEnvironment": delete_compute_environment,
    "DeleteJobQueue": delete_job_queue,
    "DeregisterJobDefinition": deregister_job_definition,
    "DescribeComputeEnvironments": describe_compute_environments,
    "DescribeJobDefinitions": describe_job_definitions,
    "DescribeJobQueues": describe_job_queues,
    "DescribeJobs": describe_jobs,
    "ListJobs": list_jobs,
    "RegisterJobDefinition": register_job_definition,
    "SubmitJob": submit_job,
    "TerminateJob": terminate_job,
    "TerminateJobs": terminate_jobs,
    "UpdateComputeEnvironment": update_compute_environment,
    "UpdateJobQueue": update_job_queue,
}
