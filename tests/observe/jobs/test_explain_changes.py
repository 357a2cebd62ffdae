"""Explanations between a change of what jobs wait for and the next move of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock

from ...builders import register, submit
from ...simulation.placement.builders import make_environment

Change = Callable[[BatchMock, Any], object]
LICENCE = {"consumableResourceList": [{"consumableResource": "licence", "quantity": 2}]}


def exhaust(batch_mock: BatchMock, _: Any) -> None:
    """Leave the environment without capacity."""
    batch_mock.exhaust("compute-environment")


def invalidate(batch_mock: BatchMock, _: Any) -> None:
    """Make the environment INVALID."""
    batch_mock.invalidate("compute-environment", "its role is missing")


def restore(batch_mock: BatchMock, _: Any) -> None:
    """Undo both."""
    batch_mock.restore("compute-environment")


def disable(_: BatchMock, client: Any) -> None:
    """Disable the environment."""
    client.update_compute_environment(computeEnvironment="compute-environment", state="DISABLED")


def enable(_: BatchMock, client: Any) -> None:
    """Enable it."""
    client.update_compute_environment(computeEnvironment="compute-environment", state="ENABLED")


def replace(_: BatchMock, client: Any) -> None:
    """Attach another environment to the queue."""
    order = [{"order": 1, "computeEnvironment": make_environment(client, "other")}]
    client.update_job_queue(jobQueue="queue", computeEnvironmentOrder=order)


def need_licences(_: BatchMock, client: Any) -> None:
    """Make jobs need more of a consumable resource than there is."""
    client.create_consumable_resource(consumableResourceName="licence", totalQuantity=1)
    register(client, consumableResourceProperties=LICENCE)


def buy_licences(_: BatchMock, client: Any) -> None:
    """Raise its total."""
    client.update_consumable_resource(consumableResource="licence", operation="SET", quantity=10)


@pytest.mark.parametrize(
    ("block", "unblock"),
    [
        (exhaust, restore),
        (invalidate, restore),
        (disable, enable),
        (exhaust, replace),
        (need_licences, buy_licences),
    ],
)
def test_what_has_been_removed(
    batch_mock: BatchMock, client: Any, block: Change, unblock: Change
) -> None:
    """No job waits for what has been removed, neither the first of its queue nor the next."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    block(batch_mock, client)
    jobs = [batch_mock.job(submit(client, name)) for name in ("first", "second")]
    batch_mock.tick(5)
    unblock(batch_mock, client)

    advice = [job.explain().partition("To let it start: ")[2].splitlines()[0] for job in jobs]
    assert advice == [
        "let time move, with tick() or run().",
        "let job 'first' start, which is ahead of it: its explain() says how.",
    ]
    assert advice[0] in batch_mock.report()
    batch_mock.run()
    assert [job.status for job in jobs] == ["SUCCEEDED"] * 2


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        ({"maxvCpus": 512}, "let time move"),
        ({"instanceTypes": ["m5.24xlarge"]}, "its maxvCpus is 8"),
    ],
)
def test_an_update_of_resources(
    batch_mock: BatchMock, client: Any, resources: dict[str, Any], text: str
) -> None:
    """An explanation speaks of the resources that an environment has now."""
    # Only with this strategy can instance types be updated.
    strategy = {"allocationStrategy": "BEST_FIT_PROGRESSIVE"}
    make_environment(client, "small", 8, instance_types=("m5.4xlarge",), **strategy)
    batch_mock.provision("queue", "definition", compute_environment="small", vcpus=16)
    job = batch_mock.job(submit(client))
    batch_mock.tick(5)
    client.update_compute_environment(computeEnvironment="small", computeResources=resources)
    assert text in job.explain()
    assert text in batch_mock.report()
