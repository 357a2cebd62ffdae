from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, call, fail, hang, succeed

from ...builders import register, submit
from ...simulation.placement.builders import asks, make_environment, make_queue


@pytest.fixture
def client(client: Any) -> Any:
    """A client on a mock with the job definition `definition`, of 1 vCPU and 128 MiB."""
    register(client)
    return client


def said(batch_mock: BatchMock, job_id: str) -> list[str]:
    """Return the lines of a job's explanation after the first, which names it."""
    return batch_mock.job(job_id).explain().split("\n")[1:]


def test_full(client: Any, batch_mock: BatchMock) -> None:
    """The jobs that use the capacity are named, and so is the head of the queue."""
    make_queue(client, make_environment(client, max_vcpus=6))
    batch_mock.script(hang())
    submit(client, "map", arrayProperties={"size": 2})
    for name in "abc":
        submit(client, name)
    first, second = (submit(client, name, containerOverrides=asks(2)) for name in ("d", "e"))
    batch_mock.tick(5)
    full = (
        "Compute environment 'ce' has no room: 5 of 6 vCPUs are in use by 'map:0', 'map:1', "
        "'a' and 2 more, and the job asks for 2 vCPUs."
    )
    remedy = "To let it start: terminate 'map:0', which hangs"
    assert said(batch_mock, first) == ["It is the first in job queue 'queue'.", full, f"{remedy}."]
    assert said(batch_mock, second) == [
        f"It is number 2 in job queue 'queue'; the first is job 'd' ({first}), which asks for 2 vCPUs.",
        full,
        f"{remedy}; the job ahead of it starts first.",
    ]


def test_earliest_start(client: Any, batch_mock: BatchMock) -> None:
    """If it is known when jobs end, the explanation states when a waiting job starts at the earliest."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script("a", fail(1, after=60), succeed(after=30))
    batch_mock.script("b", succeed(after=20.5))
    submit(client, "a", retryStrategy={"attempts": 2}, containerOverrides=asks(2))
    job_id = submit(client, "b")
    last = submit(client, "c", containerOverrides=asks(2))
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[-1] == (
        "It starts at the earliest at 2026-01-02 03:05:40 (if nothing else is submitted or changed)."
    )
    assert " at the earliest at 2026-01-02 03:06:01.500 (" in said(batch_mock, last)[-1]
    batch_mock.run_until(job_id, "STARTING")
    assert batch_mock.clock.now.isoformat() == "2026-01-02T03:05:40+00:00"


@pytest.mark.parametrize("outcome", [hang(), call(lambda context: 0)])
def test_unknown_start(client: Any, batch_mock: BatchMock, outcome: Any) -> None:
    """No time is stated for a job behind one that never ends, or whose end a function decides."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("b", outcome)
    submit(client, "a")
    submit(client, "b")
    job_id = submit(client, "c")
    batch_mock.tick(2)
    assert said(batch_mock, job_id)[-1] == (
        "To let it start: let 'a' end; the job ahead of it starts first."
    )


def test_start_after_a_change(client: Any, batch_mock: BatchMock) -> None:
    """A script, a hold and an update of the environment change what is stated."""
    make_queue(client, make_environment(client, max_vcpus=1))
    for name in ("a", "b", "c"):
        submit(client, name)
    batch_mock.tick(2)
    job = batch_mock.jobs.named("c").only()
    explanations = [job.explain()]
    batch_mock.script("b", succeed(after=100))
    explanations.append(job.explain())
    batch_mock.hold("b")
    explanations.append(job.explain())
    batch_mock.release("b")
    explanations.append(job.explain())
    client.update_compute_environment(computeEnvironment="ce", computeResources={"maxvCpus": 3})
    batch_mock.exhaust("ce")
    explanations.append(job.explain())
    times = [text.rpartition("earliest at ")[2][:19] for text in explanations]
    assert times[:4] == [
        "2026-01-02 03:04:11",
        "2026-01-02 03:05:50",
        "2026-01-02 03:04:09",
        "2026-01-02 03:05:50",
    ]
    assert "earliest" not in explanations[4]


def test_too_small(client: Any, batch_mock: BatchMock) -> None:
    """The explanation of an environment that is too small has its size and the remedy."""
    make_queue(client, make_environment(client, max_vcpus=8))
    job_id = submit(client, containerOverrides=asks(16))
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[1:] == [
        "Compute environment 'ce' is too small: its maxvCpus is 8, and the job asks for 16 vCPUs.",
        "To let it start: raise the maxvCpus of 'ce' to 16 or more, or ask for less.",
    ]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (
            asks(128),
            "the largest, m5.24xlarge, has 96 vCPUs and 383248 MiB for jobs, and the job asks for 128 vCPUs "
            "and 128 MiB",
        ),
        (
            asks(1, 500_000),
            "the largest, m5.24xlarge, has 96 vCPUs and 383248 MiB for jobs, and the job asks for 1 vCPU and "
            "500000 MiB",
        ),
        (
            asks(1, 128, gpus=9),
            "the largest, p3.16xlarge, has 64 vCPUs, 487053 MiB and 8 GPUs for jobs, and the job asks for "
            "1 vCPU, 128 MiB and 9 GPUs",
        ),
    ],
)
def test_no_instance_type(client: Any, batch_mock: BatchMock, wanted: Any, text: str) -> None:
    """The largest instance type is compared with the job's request."""
    types = ("m5", "p3.16xlarge") if "GPU" in str(wanted) else ("m5",)
    make_queue(client, make_environment(client, max_vcpus=999, instance_types=types))
    job_id = submit(client, containerOverrides=wanted)
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[1:] == [
        f"Compute environment 'ce' has no instance type for it: {text}.",
        "To let it start: allow a larger instance type in 'ce', or ask for less.",
    ]


@pytest.mark.parametrize(
    ("mishap", "lines"),
    [
        (
            "exhaust",
            [
                "Compute environment 'ce' has no capacity: EC2 has no instances left for it.",
                "To let it start: call restore('ce').",
            ],
        ),
        (
            "invalidate",
            [
                "Compute environment 'ce' takes no jobs: it is INVALID.",
                "To let it start: call restore('ce').",
            ],
        ),
    ],
)
def test_mishaps(client: Any, batch_mock: BatchMock, mishap: str, lines: list[str]) -> None:
    """exhaust() and invalidate() appear in the explanation."""
    make_queue(client, make_environment(client))
    getattr(batch_mock, mishap)("ce")
    job_id = submit(client)
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[1:] == lines


def test_all_obstacles(client: Any, batch_mock: BatchMock) -> None:
    """Every obstacle is named, and the remedy covers all of them."""
    make_queue(client, make_environment(client, max_vcpus=2, instance_types=("m5",)))
    client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    batch_mock.exhaust("ce")
    job_id = submit(client, containerOverrides=asks(100))
    batch_mock.tick(5)
    size = "96 vCPUs and 383248 MiB for jobs, and the job asks for 100 vCPUs and 128 MiB"
    assert said(batch_mock, job_id)[1:] == [
        "Compute environment 'ce' takes no jobs: its state is DISABLED.",
        f"Compute environment 'ce' has no instance type for it: the largest, m5.24xlarge, has {size}.",
        "Compute environment 'ce' is too small: its maxvCpus is 2, and the job asks for 100 vCPUs.",
        "Compute environment 'ce' has no capacity: EC2 has no instances left for it.",
        "To let it start: enable compute environment 'ce'; allow a larger instance type in 'ce', or ask for "
        "less; raise the maxvCpus of 'ce' to 100 or more, or ask for less; call restore('ce').",
    ]


def test_nearest_environment(client: Any, batch_mock: BatchMock) -> None:
    """The remedy is for the environment that is easiest to adapt."""
    make_queue(client, make_environment(client, "small", 2), make_environment(client, "other", 9))
    batch_mock.exhaust("other")
    job_id = submit(client, containerOverrides=asks(4))
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[-1] == "To let it start: call restore('other')."


def test_room_behind_the_head(client: Any, batch_mock: BatchMock) -> None:
    """The explanation of a job that would fit names the job ahead of it."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script(hang())
    submit(client, "running")
    first = submit(client, "large", containerOverrides=asks(2))
    job_id = submit(client)
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[:2] == [
        f"It is number 2 in job queue 'queue'; the first is job 'large' ({first}), which asks for 2 vCPUs.",
        "Compute environment 'ce' has room for it.",
    ]


def test_behind_a_head_that_never_starts(client: Any, batch_mock: BatchMock) -> None:
    """The explanation says that cancelling an unplaceable head helps the job behind it."""
    make_queue(client, make_environment(client, max_vcpus=2))
    first = submit(client, "large", containerOverrides=asks(3))
    job_id = submit(client)
    batch_mock.tick(5)
    assert said(batch_mock, job_id) == [
        f"It is number 2 in job queue 'queue'; the first is job 'large' ({first}), which asks for 3 vCPUs "
        "and cannot start.",
        "Compute environment 'ce' has room for it.",
        "To let it start: cancel job 'large', or let that one start: its explain() says how.",
    ]


def test_behind_a_job_that_waits_for_a_resource(client: Any, batch_mock: BatchMock) -> None:
    """The head of the queue is explained by its consumable resource."""
    make_queue(client, make_environment(client, max_vcpus=2))
    client.create_consumable_resource(consumableResourceName="licence")
    wanted = [{"consumableResource": "licence", "quantity": 1}]
    properties = {"consumableResourceList": wanted}
    submit(client, "needy", consumableResourcePropertiesOverride=properties)
    job_id = submit(client)
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[0].endswith("which waits for consumable resource 'licence'.")
    assert said(batch_mock, job_id)[1] == "Compute environment 'ce' has room for it."


def test_deleted_resource(client: Any, batch_mock: BatchMock) -> None:
    """A deleted consumable resource is described as deleted."""
    client.create_consumable_resource(consumableResourceName="licence")
    make_queue(client, make_environment(client))
    wanted = [{"consumableResource": "licence", "quantity": 1}]
    properties = {"consumableResourceList": wanted}
    job_id = submit(client, consumableResourcePropertiesOverride=properties)
    batch_mock.tick(5)
    client.delete_consumable_resource(consumableResource="licence")
    assert said(batch_mock, job_id)[1:] == [
        "Consumable resource 'licence' has been deleted.",
        "Compute environment 'ce' has room for it.",
        "To let it start: create consumable resource 'licence' again, or submit the job without it.",
    ]


def test_nodes_on_spot(client: Any, batch_mock: BatchMock) -> None:
    """The explanation of a multi-node job says that it needs On-Demand Instances."""
    make_queue(client, make_environment(client, max_vcpus=9, resource_type="SPOT"))
    container = {"image": "busybox", "resourceRequirements": asks()["resourceRequirements"]}
    ranges = [{"targetNodes": "0:", "container": container}]
    client.register_job_definition(
        jobDefinitionName="nodes",
        type="multinode",
        nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
    )
    job_id = submit(client, jobDefinition="nodes")
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[1:] == [
        "Compute environment 'ce' runs no multi-node jobs: they need On-Demand Instances that Batch "
        "manages.",
        "To let it start: give its queue a compute environment of On-Demand Instances.",
    ]


def test_short_resource(client: Any, batch_mock: BatchMock) -> None:
    """A short consumable resource is named, with the jobs that use it."""
    client.create_consumable_resource(consumableResourceName="licence", totalQuantity=2)
    make_queue(client, make_environment(client, max_vcpus=9))
    batch_mock.script(hang())

    def needs(quantity: int) -> dict[str, Any]:
        wanted = [{"consumableResource": "licence", "quantity": quantity}]
        return {"consumableResourcePropertiesOverride": {"consumableResourceList": wanted}}

    submit(client, "map", arrayProperties={"size": 2}, **needs(1))
    job_id, greedy = submit(client, **needs(1)), submit(client, **needs(3))
    batch_mock.tick(5)
    assert said(batch_mock, job_id) == [
        "It is the first in job queue 'queue'.",
        "Consumable resource 'licence' is short: 0 of 2 are available, in use by 'map:0' and 'map:1'; "
        "the job asks for 1.",
        "Compute environment 'ce' has room for it.",
        "To let it start: terminate 'map:0', which hangs.",
    ]
    assert said(batch_mock, greedy)[-1] == (
        "To let it start: raise the total of consumable resource 'licence' to 3."
    )


def test_another_share(client: Any, batch_mock: BatchMock) -> None:
    """Under a fair-share policy, the next share and the reservation are named."""
    arn = client.create_scheduling_policy(name="fair", fairsharePolicy={"computeReservation": 50})
    make_queue(client, make_environment(client, max_vcpus=4), schedulingPolicyArn=arn["arn"])
    batch_mock.script(succeed(after=3600))
    share = {"schedulingPriorityOverride": 1, "shareIdentifier": "a"}
    for _ in range(2):
        submit(client, **share)
    job_id = submit(client, **share)
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[:2] == [
        "It is the first in share 'a' of job queue 'queue'.",
        "Compute environment 'ce' keeps room for inactive shares (computeReservation): active shares may "
        "use 2 vCPUs, 2 are in use, and the job asks for 1 vCPU.",
    ]
    for _ in range(2):
        submit(client, **{**share, "shareIdentifier": "b"})
    batch_mock.tick(5)
    assert said(batch_mock, job_id)[1] == (
        "Share 'b' is next because it has used less: it uses 1 vCPU now, and share 'a' 2."
    )
