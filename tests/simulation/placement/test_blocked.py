"""Jobs that block their queue: the reason, when it appears, and the time limit."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, hang
from batchmock.simulation.placement.blocked import (
    ACTION_REQUIRED,
    BLOCKED_DETECTION_MS,
    COMPUTE_ENVIRONMENT_MAX_RESOURCE,
    JOB_RESOURCE_REQUIREMENT,
    UNDETERMINED,
    code_of,
)

from ...builders import START_MS, described, requirements, status_of, submit
from .builders import asks, make_environment, make_queue, order_of_starts

NOTICE_SECONDS = BLOCKED_DETECTION_MS // 1000
EXHAUSTED = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for "
    "instance type [{}]"
)
MAX_RESOURCE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"


def limit(reason: str, seconds: int = 600) -> dict[str, Any]:
    """Return the members of a queue that cancels jobs that block it for a reason."""
    action = {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
    return {"jobStateTimeLimitActions": [action]}


def reason_of(client: Any, job_id: str) -> str | None:
    """Return the statusReason of a job."""
    reason: str | None = described(client, job_id).get("statusReason")
    return reason


def test_shown_after_a_while(client: Any, batch_mock: BatchMock) -> None:
    """The reason appears some time after the job has become the head, in ListJobs too."""
    make_queue(client, make_environment(client, max_vcpus=2))
    job_id = submit(client, containerOverrides=asks(3))
    batch_mock.tick(2 + NOTICE_SECONDS - 1)
    assert reason_of(client, job_id) is None
    batch_mock.tick(1)
    assert reason_of(client, job_id) == COMPUTE_ENVIRONMENT_MAX_RESOURCE
    (summary,) = client.list_jobs(jobQueue="queue", jobStatus="RUNNABLE")["jobSummaryList"]
    assert summary["statusReason"] == COMPUTE_ENVIRONMENT_MAX_RESOURCE


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (asks(5), COMPUTE_ENVIRONMENT_MAX_RESOURCE),
        (asks(1, 999_999), JOB_RESOURCE_REQUIREMENT),
        (asks(5, 999_999), JOB_RESOURCE_REQUIREMENT),
        (asks(1, 128, gpus=1), JOB_RESOURCE_REQUIREMENT),
    ],
)
def test_too_large(client: Any, batch_mock: BatchMock, wanted: Any, expected: str) -> None:
    """A job larger than maxvCpus and one larger than all instance types have different reasons."""
    make_queue(client, make_environment(client, max_vcpus=4, instance_types=("m5",)))
    job_id = submit(client, containerOverrides=wanted)
    batch_mock.run()
    assert reason_of(client, job_id) == expected


@pytest.mark.parametrize(
    ("instance_types", "expected"),
    [(("m5",), "m5.large"), (("c5.9xlarge", "c5.4xlarge"), "c5.4xlarge"), (("u9",), "u9")],
)
def test_exhausted(
    client: Any, batch_mock: BatchMock, instance_types: tuple[str, ...], expected: str
) -> None:
    """Without EC2 capacity, the reason names the type, and after restore() the job starts."""
    make_queue(client, make_environment(client, max_vcpus=99, instance_types=instance_types))
    batch_mock.exhaust("ce")
    job_id = submit(client)
    batch_mock.run()
    assert reason_of(client, job_id) == EXHAUSTED.format(expected)
    batch_mock.restore("ce")
    batch_mock.tick(0)
    assert (status_of(client, job_id), reason_of(client, job_id)) == ("STARTING", None)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
            " - Your compute environment associated with this job queue has an unsupported instance type "
            "configuration.",
        ),
        (
            "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS",
            " \N{EN DASH} Batch service role has a permission issue.",
        ),
    ],
)
def test_other_launch_failures(client: Any, batch_mock: BatchMock, code: str, text: str) -> None:
    """Instances can fail to launch for reasons other than capacity."""
    make_queue(client, make_environment(client))
    batch_mock.exhaust("ce", code)
    job_id = submit(client)
    batch_mock.run()
    assert reason_of(client, job_id) == code + text
    assert "has no capacity: its " in batch_mock.job(job_id).explain()


def test_unknown_launch_failure(client: Any, batch_mock: BatchMock) -> None:
    """exhaust() accepts only the codes of failed launches."""
    make_environment(client)
    with pytest.raises(BatchMockError) as caught:
        batch_mock.exhaust("ce", "ACTION_REQUIRED")
    assert str(caught.value) == (
        "batchmock: exhaust() was given reason='ACTION_REQUIRED'. Pass the code of a reason for which "
        "instances cannot be launched: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', "
        "'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED', "
        "'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS'."
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED", "FAILED"),
        ("MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS", "RUNNABLE"),
    ],
)
def test_reasons_with_time_limits(
    client: Any, batch_mock: BatchMock, code: str, status: str
) -> None:
    """A time limit applies to the reasons that support one."""
    make_queue(client, make_environment(client), **limit(code))
    batch_mock.exhaust("ce", code)
    job_id = submit(client)
    batch_mock.run()
    assert status_of(client, job_id) == status


@pytest.mark.parametrize(
    ("code", "has_limit"),
    [
        ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", True),
        ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", True),
        ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", True),
        ("MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED", True),
        ("MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS", False),
        ("ACTION_REQUIRED", False),
        ("UNDETERMINED", False),
    ],
)
def test_every_documented_reason(
    client: Any, batch_mock: BatchMock, code: str, has_limit: bool
) -> None:
    """Each reason can be brought about, and its time limit acts if the service supports one."""
    make_queue(client, make_environment(client, instance_types=("m5",)), **limit(code))
    wanted: dict[str, Any] = {}
    if code.endswith("MAX_RESOURCE"):
        wanted = asks(5)
    elif code.endswith("RESOURCE_REQUIREMENT"):
        wanted = asks(1, 500_000)
    elif code == "ACTION_REQUIRED":
        batch_mock.invalidate("ce")
    elif code == "UNDETERMINED":
        client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    else:
        batch_mock.exhaust("ce", code)
    job_id = submit(client, containerOverrides=wanted)
    batch_mock.tick(2 + NOTICE_SECONDS)
    assert code_of(reason_of(client, job_id) or "") == code
    batch_mock.run()
    reason = f"Canceled by JobStateTimeLimit action due to reason: {code}"
    assert (reason_of(client, job_id) == reason) is has_limit
    assert status_of(client, job_id) == ("FAILED" if has_limit else "RUNNABLE")


def test_windows_on_fargate_spot(client: Any, batch_mock: BatchMock) -> None:
    """Windows containers cannot run on Fargate Spot, so such a job blocks its queue."""
    client.register_job_definition(
        jobDefinitionName="windows",
        type="container",
        platformCapabilities=["FARGATE"],
        containerProperties={
            "image": "servercore",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "resourceRequirements": requirements(1, 2048),
            "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2019_CORE"},
        },
    )
    spot = make_environment(client, "spot", resource_type="FARGATE_SPOT")
    make_queue(client, spot)
    job_id = submit(client, jobDefinition="windows")
    batch_mock.run()
    assert (status_of(client, job_id), reason_of(client, job_id)) == ("RUNNABLE", UNDETERMINED)
    assert batch_mock.job(job_id).explain().split("\n")[2:] == [
        "Compute environment 'spot' runs no Windows containers: Fargate Spot does not support them.",
        "To let it start: give its queue a compute environment of another type than FARGATE_SPOT.",
    ]


def test_hold_with_a_reason(client: Any, batch_mock: BatchMock) -> None:
    """A job held with a reason shows it until it is released."""
    make_queue(client, make_environment(client))
    batch_mock.hold("job", reason=EXHAUSTED.format("m5.large"))
    job_id = submit(client)
    batch_mock.tick(5)
    assert reason_of(client, job_id) == EXHAUSTED.format("m5.large")
    batch_mock.release("job")
    assert batch_mock.job(job_id).status_reason is None
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_hold_with_a_reason_elsewhere(batch_mock: BatchMock) -> None:
    """Only jobs held at RUNNABLE show a reason."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.hold("job", at="STARTING", reason="because")
    assert str(caught.value) == (
        "batchmock: hold() was given reason='because' and at='STARTING'. Only jobs held at RUNNABLE show a "
        "reason: pass a string, and at='RUNNABLE'."
    )


def test_invalid(client: Any, batch_mock: BatchMock) -> None:
    """With only an INVALID environment the reason is ACTION_REQUIRED, and restore() makes it VALID."""
    make_queue(client, make_environment(client))
    batch_mock.invalidate("ce", "CLIENT_ERROR - broken")
    job_id = submit(client)
    batch_mock.run()
    (shown,) = client.describe_compute_environments()["computeEnvironments"]
    assert (shown["status"], shown["statusReason"]) == ("INVALID", "CLIENT_ERROR - broken")
    assert reason_of(client, job_id) == ACTION_REQUIRED
    batch_mock.restore("ce")
    batch_mock.run()
    (shown,) = client.describe_compute_environments()["computeEnvironments"]
    assert (shown["status"], shown["statusReason"]) == ("VALID", "ComputeEnvironment Healthy")
    assert status_of(client, job_id) == "SUCCEEDED"


def test_mishaps_of_what_there_is_not(batch_mock: BatchMock) -> None:
    """Only an existing environment can be exhausted or restored."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.exhaust("ce")
    assert str(caught.value) == (
        "batchmock: exhaust('ce') found no such compute environment in us-east-1. Compute "
        "environments there: none. Create it first, e.g. with provision()."
    )
    batch_mock.provision()
    with pytest.raises(BatchMockError, match=r"environments there: 'compute-environment'\."):
        batch_mock.restore("ce")


def test_disabled(client: Any, batch_mock: BatchMock) -> None:
    """With only disabled environments, the cause is undetermined."""
    make_queue(client, make_environment(client))
    client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    job_id = submit(client)
    batch_mock.run()
    assert reason_of(client, job_id) == UNDETERMINED


def test_busy_is_not_blocked(client: Any, batch_mock: BatchMock) -> None:
    """A job that only waits for others to end does not block its queue, however long it takes."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("long", hang())
    submit(client, "long")
    job_id = submit(client)
    batch_mock.tick(86400)
    assert reason_of(client, job_id) is None


def test_reason_goes_with_its_cause(client: Any, batch_mock: BatchMock) -> None:
    """A reason disappears with its cause, and another one appears after its own delay."""
    make_queue(client, make_environment(client, max_vcpus=2))
    job_id = submit(client, containerOverrides=asks(3))
    batch_mock.tick(2 + NOTICE_SECONDS)
    client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    batch_mock.tick(1)
    assert reason_of(client, job_id) is None
    batch_mock.tick(NOTICE_SECONDS)
    assert reason_of(client, job_id) == UNDETERMINED


@pytest.mark.parametrize("dash", ["-", "\N{EN DASH}"])
def test_code_of_a_reason(dash: str) -> None:
    """The code of a reason ends at its dash, which is an en dash in one documented text."""
    code = "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS"
    assert code_of(f"{code} {dash} Batch service role has a permission issue.") == code
    assert code_of(code) == code


@pytest.mark.parametrize("how", ["lower", "delete"])
def test_resource_that_will_not_suffice(client: Any, batch_mock: BatchMock, how: str) -> None:
    """A job that requests more of a resource than its total blocks its queue."""
    make_queue(client, make_environment(client))
    client.create_consumable_resource(consumableResourceName="licence", totalQuantity=2)
    batch_mock.script("holder", hang())
    for name in ("holder", "waiting"):
        wanted = {"consumableResource": "licence", "quantity": 2}
        properties = {"consumableResourceList": [wanted]}
        job_id = submit(client, name, consumableResourcePropertiesOverride=properties)
    batch_mock.tick(2 + NOTICE_SECONDS)
    assert reason_of(client, job_id) is None
    if how == "lower":
        client.update_consumable_resource(consumableResource="licence", quantity=1)
    else:
        client.delete_consumable_resource(consumableResource="licence")
    batch_mock.tick(NOTICE_SECONDS)
    assert reason_of(client, job_id) == UNDETERMINED


def test_event_of_a_blocked_queue(client: Any, batch_mock: BatchMock) -> None:
    """The event names the job and its queue, when DescribeJobs and ListJobs first show the reason."""
    make_queue(client, make_environment(client, max_vcpus=2))
    job_id = submit(client, containerOverrides=asks(3))
    batch_mock.tick(2 + NOTICE_SECONDS - 1)
    pattern = {"detail-type": ["Batch Job Queue Blocked"]}
    assert len(batch_mock.events.matching(pattern)) == 0
    batch_mock.tick(1)
    (event,) = batch_mock.events.matching(pattern)
    job = described(client, job_id)
    listed = client.list_jobs(jobQueue="queue", jobStatus="RUNNABLE")["jobSummaryList"][0]
    assert event["resources"] == [job["jobArn"], job["jobQueue"]]
    reasons = {event["detail"]["statusReason"], job["statusReason"], listed["statusReason"]}
    assert reasons == {COMPUTE_ENVIRONMENT_MAX_RESOURCE}


def test_announced_once(client: Any, batch_mock: BatchMock) -> None:
    """Listeners are called once for each job and reason."""
    told: list[tuple[str, str, str, int]] = []
    batch_mock._simulation.jobs.blocked_listeners.append(
        lambda job, queue, reason, at_ms: told.append((job.name, queue.name, reason, at_ms))
    )
    make_queue(client, make_environment(client, max_vcpus=2))
    submit(client, containerOverrides=asks(3))
    batch_mock.run()
    for state in ("DISABLED", "ENABLED"):
        client.update_compute_environment(computeEnvironment="ce", state=state)
        batch_mock.run()
    first_ms = START_MS + 2000 + BLOCKED_DETECTION_MS
    assert told == [
        ("job", "queue", COMPUTE_ENVIRONMENT_MAX_RESOURCE, first_ms),
        ("job", "queue", UNDETERMINED, first_ms + BLOCKED_DETECTION_MS),
    ]


def test_time_limit(client: Any, batch_mock: BatchMock) -> None:
    """A job that exceeds the time limit is cancelled and not retried, and the next job starts."""
    make_queue(client, make_environment(client, max_vcpus=2), **limit(MAX_RESOURCE))
    job_id = submit(client, containerOverrides=asks(3), retryStrategy={"attempts": 3})
    submit(client, "next")
    batch_mock.tick(2 + NOTICE_SECONDS + 599)
    assert status_of(client, job_id) == "RUNNABLE"
    batch_mock.tick(1)
    job = described(client, job_id)
    assert (job["status"], job["statusReason"], job["isCancelled"], job["attempts"]) == (
        "FAILED",
        f"Canceled by JobStateTimeLimit action due to reason: {MAX_RESOURCE}",
        True,
        [],
    )
    assert order_of_starts(batch_mock) == ["next"]


def test_own_clock_of_the_next(client: Any, batch_mock: BatchMock) -> None:
    """The time limit of the next job starts when it becomes the head."""
    make_queue(client, make_environment(client, max_vcpus=2), **limit(MAX_RESOURCE))
    for name in ("a", "b"):
        submit(client, name, containerOverrides=asks(3))
    batch_mock.run()
    ends = [(batch_mock.job(move.job_id).name, move.at_ms) for move in batch_mock.transitions[2:]]
    each_ms = BLOCKED_DETECTION_MS + 600_000
    assert ends == [("a", START_MS + 2000 + each_ms), ("b", START_MS + 2000 + 2 * each_ms)]


def test_limit_for_another_reason(client: Any, batch_mock: BatchMock) -> None:
    """A limit applies only to its own reason."""
    code = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    make_queue(client, make_environment(client, max_vcpus=2), **limit(code))
    job_id = submit(client, containerOverrides=asks(3))
    batch_mock.run()
    assert status_of(client, job_id) == "RUNNABLE"


def test_limit_that_comes_later(client: Any, batch_mock: BatchMock) -> None:
    """A limit set while the queue is blocked counts from when the reason appeared."""
    make_queue(client, make_environment(client, max_vcpus=2))
    job_id = submit(client, containerOverrides=asks(3))
    batch_mock.tick(2 + NOTICE_SECONDS + 300)
    client.update_job_queue(jobQueue="queue", **limit(MAX_RESOURCE))
    batch_mock.tick(299)
    assert status_of(client, job_id) == "RUNNABLE"
    batch_mock.tick(1)
    assert status_of(client, job_id) == "FAILED"


def test_child_of_an_array(client: Any, batch_mock: BatchMock) -> None:
    """The children of an array become the head and are cancelled one by one."""
    make_queue(client, make_environment(client, max_vcpus=2), **limit(MAX_RESOURCE))
    job_id = submit(client, containerOverrides=asks(3), arrayProperties={"size": 2})
    batch_mock.tick(2 + NOTICE_SECONDS)
    assert reason_of(client, f"{job_id}:0") == COMPUTE_ENVIRONMENT_MAX_RESOURCE
    assert (reason_of(client, f"{job_id}:1"), reason_of(client, job_id)) == (None, None)
    batch_mock.run()
    assert described(client, job_id)["arrayProperties"]["statusSummary"]["FAILED"] == 2
