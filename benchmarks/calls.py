"""
Measure the cost of API calls through boto3, relative to a floor.

The floor is a client whose `before-call.batch` hook runs first and returns a reply that the mock has prepared:
the least that any mock with this hook can cost. "In place" is the ratio to a client whose hook runs after
those of botocore, like the hook of batchmock.

Jobs and definitions accumulate in a mock, so each call uses its own mocks, with a new one every few rounds.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any, NamedTuple

from measure import HEAD, Effort, compared, print_table, samples
from mocks import SUBMIT, anew, canned_client, canned_last_client, provided, submit

from batchmock import hang

ROUNDS = 101
ROUNDS_PER_MOCK = 25
JOBS = 1_000
MANY_JOBS = 100_000
PAGE = 100

Request = dict[str, Any]

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
REGISTER = {
    "jobDefinitionName": "fit",
    "type": "container",
    "containerProperties": CONTAINER,
    "parameters": {"subject": "none"},
    "retryStrategy": RETRY,
    "timeout": {"attemptDurationSeconds": 3600},
    "tags": {"team": "imaging"},
}
LIST = {"jobQueue": "queue", "maxResults": PAGE}


def rich(ids: list[str]) -> Request:
    """Return a SubmitJob request with overrides, retry rules, tags and a dependency."""
    return {
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
        "dependsOn": [{"jobId": ids[0]}],
    }


class Call(NamedTuple):
    """
    A call to measure `times` times in a round, with a request made from the ids of running jobs.

    A repeated request about jobs is answered from a cache until something changes. `anew` simulates a
    change before each call, and `changes_all` a change of each job.
    """

    name: str
    method: str
    request: Any
    target: float
    times: int = 20
    jobs: int = JOBS
    anew: bool = True
    changes_all: bool = False


CALLS = (
    Call("SubmitJob, minimal", "submit_job", lambda _: SUBMIT, 1.3),
    Call("SubmitJob, rich", "submit_job", rich, 1.4),
    Call("DescribeJobs, 1 id, uncached", "describe_jobs", lambda ids: {"jobs": ids[:1]}, 1.3),
    Call("... changed", "describe_jobs", lambda ids: {"jobs": ids[:1]}, 1.3, changes_all=True),
    Call("... cached", "describe_jobs", lambda ids: {"jobs": ids[:1]}, 1.3, anew=False),
    Call(
        "DescribeJobs, 100 ids, uncached", "describe_jobs", lambda ids: {"jobs": ids[:PAGE]}, 6, 2
    ),
    Call(
        "... all changed", "describe_jobs", lambda ids: {"jobs": ids[:PAGE]}, 6, 2, changes_all=True
    ),
    Call("... cached", "describe_jobs", lambda ids: {"jobs": ids[:PAGE]}, 6, 2, anew=False),
    Call("RegisterJobDefinition, rich", "register_job_definition", lambda _: REGISTER, 1.5),
    Call("ListJobs, 100 of 1,000, uncached", "list_jobs", lambda _: LIST, 3, 2),
    Call("... cached", "list_jobs", lambda _: LIST, 3, 2, anew=False),
    Call("ListJobs, 100 of 100,000, uncached", "list_jobs", lambda _: LIST, 3, 2, MANY_JOBS),
)


def sampled(call: Call, jobs: int, rounds: int) -> list[list[float]]:
    """Return the seconds of the call on both floors and on a new mock with running jobs."""
    with provided() as (mock, client):
        mock.script("*", hang())
        ids = submit(client, jobs)
        mock.run()
        request = call.request(ids)
        method = getattr(client, call.method)
        reply = method(**request)
        on_mock = partial(method, **request)
        if call.anew:
            changed = request["jobs"] if call.changes_all else ()
            on_mock = anew(mock, on_mock, changed)
        on_canned = getattr(canned_client(reply), call.method)
        on_canned_last = getattr(canned_last_client(reply), call.method)
        return samples(
            [
                partial(on_canned, **request),
                partial(on_canned_last, **request),
                on_mock,
            ],
            rounds=rounds,
            times=call.times,
        )


def measured(call: Call, effort: Effort) -> list[float]:
    """Return the median seconds on both floors and on batchmock."""
    rounds = effort.rounds_or(ROUNDS)
    at_once = rounds if call.jobs == MANY_JOBS else ROUNDS_PER_MOCK
    all_taken: list[list[float]] = [[], [], []]
    for done in range(0, rounds, at_once):
        jobs = effort.size(call.jobs, least=PAGE)
        some = sampled(call, jobs, min(at_once, rounds - done))
        for taken, more in zip(all_taken, some, strict=True):
            taken += more
    return [median(taken) for taken in all_taken]


def run(effort: Effort) -> None:
    """Measure all calls and print the table."""
    rows = []
    for call in CALLS:
        floor, floor_in_place, taken = measured(call, effort)
        row = compared(call.name, floor, taken, call.target)
        rows.append([*row, f"{taken / floor_in_place:.2f}"])
    print_table(
        f"calls: API calls through boto3, medians of {effort.rounds_or(ROUNDS)} rounds",
        rows,
        [*HEAD, "in place"],
    )
