"""Literal types for strings in tests: statuses, stages, operations, modes of the clock."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

#: What moves the clock.
Advance: TypeAlias = Literal["manual", "poll", "sleep", "wall"]

JobStatus: TypeAlias = Literal[
    "SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"
]

#: Only service jobs are SCHEDULED.
ServiceJobStatus: TypeAlias = Literal[
    "SUBMITTED",
    "PENDING",
    "RUNNABLE",
    "SCHEDULED",
    "STARTING",
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
]

#: A status at which a job can be held.
HoldStage: TypeAlias = Literal[
    "SUBMITTED", "PENDING", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"
]

#: An operation of AWS Batch, by AWS's name.
Operation: TypeAlias = Literal[
    "CancelJob",
    "CancelJobs",
    "CreateComputeEnvironment",
    "CreateConsumableResource",
    "CreateJobQueue",
    "CreateQuotaShare",
    "CreateSchedulingPolicy",
    "CreateServiceEnvironment",
    "DeleteComputeEnvironment",
    "DeleteConsumableResource",
    "DeleteJobQueue",
    "DeleteQuotaShare",
    "DeleteSchedulingPolicy",
    "DeleteServiceEnvironment",
    "DeregisterJobDefinition",
    "DescribeComputeEnvironments",
    "DescribeConsumableResource",
    "DescribeJobDefinitions",
    "DescribeJobQueues",
    "DescribeJobs",
    "DescribeQuotaShare",
    "DescribeSchedulingPolicies",
    "DescribeServiceEnvironments",
    "DescribeServiceJob",
    "GetJobQueueSnapshot",
    "ListConsumableResources",
    "ListJobs",
    "ListJobsByConsumableResource",
    "ListQuotaShares",
    "ListSchedulingPolicies",
    "ListServiceJobs",
    "ListTagsForResource",
    "RegisterJobDefinition",
    "SubmitJob",
    "SubmitServiceJob",
    "TagResource",
    "TerminateJob",
    "TerminateJobs",
    "TerminateServiceJob",
    "TerminateServiceJobs",
    "UntagResource",
    "UpdateComputeEnvironment",
    "UpdateConsumableResource",
    "UpdateJobQueue",
    "UpdateQuotaShare",
    "UpdateSchedulingPolicy",
    "UpdateServiceEnvironment",
    "UpdateServiceJob",
]

ADVANCES: Final[tuple[Advance, ...]] = get_args(Advance)
#: The operations of the newest botocore that this version knows.
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)
