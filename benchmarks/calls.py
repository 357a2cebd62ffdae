"""
What an API call costs, as a ratio to the floor: `python benchmarks/calls.py [rounds]`.

Targets: SubmitJob minimal 1.4, rich 1.6; DescribeJobs of one id 1.4.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import boto3
from measure import REGION, canned_client, medians, print_table, readable

from batchmock import BatchMock, BatchMockWarning, hang, mock_batch

Request = dict[str, Any]
Call = tuple[str, str, Request, float | None]

CONTAINER = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/fit:1.4",
    "command": ["fit", "--subject", "Ref::subject", "--threads", "4"],
    "jobRoleArn": "arn:aws:iam::123456789012:role/fit",
    "environment": [{"name": f"NAME_{number}", "value": "value"} for number in range(5)],
    "resourceRequirements": [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "8192"}],
    "mountPoints": [{"containerPath": "/data", "sourceVolume": "data", "readOnly": True}],
    "volumes": [{"name": "data", "host": {"sourcePath": "/mnt/data"}}],
    "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/batch/fit"}},
}
RETRY = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}
SUBMIT = {"jobName": "fit-sub-01", "jobQueue": "queue", "jobDefinition": "definition"}
SUBMIT_RICH = {
    **SUBMIT,
    "containerOverrides": {
        "command": ["fit", "--subject", "sub-01"],
        "environment": [{"name": f"NAME_{number}", "value": "other"} for number in range(4)],
        "resourceRequirements": [{"type": "MEMORY", "value": "16384"}],
    },
    "retryStrategy": RETRY,
    "timeout": {"attemptDurationSeconds": 3600},
    "tags": {"team": "imaging", "subject": "sub-01"},
    "parameters": {"subject": "sub-01"},
}
REGISTER = {
    "jobDefinitionName": "fit",
    "type": "container",
    "containerProperties": CONTAINER,
    "parameters": {"subject": "none"},
    "retryStrategy": RETRY,
    "timeout": {"attemptDurationSeconds": 3600},
    "tags": {"team": "imaging"},
}


def started(jobs: int) -> tuple[BatchMock, Any, list[str]]:
    """Start a mock with some running jobs; give it, a client, and their ids."""
    mock = mock_batch(region=REGION).start()
    mock.provision(job_queue="queue", job_definition="definition")
    mock.script("*", hang())
    client = boto3.client("batch", region_name=REGION)
    ids = [client.submit_job(**SUBMIT)["jobId"] for _ in range(jobs)]
    mock.run()
    return mock, client, ids


def compare(client: Any, method: str, request: Request, rounds: int, times: int) -> list[float]:
    """Give the medians of a call on the mock, and of the same call with a canned reply of the same."""
    on_mock: Callable[..., Any] = getattr(client, method)
    on_canned = getattr(canned_client(on_mock(**request)), method)
    return medians(
        [lambda: on_canned(**request), lambda: on_mock(**request)], rounds=rounds, times=times
    )


def main() -> None:
    """Measure all calls and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 101
    rows = []

    def measure(mock_client: Any, calls: list[Call], times: int) -> None:
        for name, method, request, target in calls:
            floor, taken = compare(mock_client, method, request, rounds, times)
            wanted = "" if target is None else f"{target}"
            rows.append((name, readable(floor), readable(taken), f"{taken / floor:.2f}", wanted))

    mock, client, ids = started(1000)
    page = {"jobQueue": "queue", "maxResults": 100}
    measure(
        client,
        [
            ("SubmitJob, minimal", "submit_job", SUBMIT, 1.4),
            ("SubmitJob, rich", "submit_job", SUBMIT_RICH, 1.6),
            ("DescribeJobs, 1 id", "describe_jobs", {"jobs": ids[:1]}, 1.4),
            ("RegisterJobDefinition, rich", "register_job_definition", REGISTER, None),
        ],
        times=20,
    )
    measure(
        client,
        [
            ("DescribeJobs, 100 ids", "describe_jobs", {"jobs": ids[:100]}, None),
            ("ListJobs, 100 of 1,000", "list_jobs", page, None),
        ],
        times=2,
    )
    mock.stop()
    mock, client, _ = started(100_000)
    measure(client, [("ListJobs, 100 of 100,000", "list_jobs", page, None)], times=2)
    mock.stop()
    print_table(
        f"API calls through boto3, medians of {rounds} rounds",
        ["call", "floor", "batchmock", "ratio", "target"],
        rows,
    )


if __name__ == "__main__":
    # Thousands of polls on a still clock are the point here.
    warnings.simplefilter("ignore", BatchMockWarning)
    main()
