"""Jobs that wait only for consumable resources."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, fail, succeed

from ...builders import status_of, submit
from .builders import make_environment, make_queue, starts


def needs(quantity: int = 1, name: str = "licence") -> dict[str, Any]:
    """Return the members of a job that takes a quantity of a resource."""
    wanted = [{"consumableResource": name, "quantity": quantity}]
    return {"consumableResourcePropertiesOverride": {"consumableResourceList": wanted}}


def make_resource(client: Any, total: int = 1, kind: str = "REPLENISHABLE") -> None:
    """Create the consumable resource `licence`."""
    client.create_consumable_resource(
        consumableResourceName="licence", totalQuantity=total, resourceType=kind
    )


def in_use(client: Any) -> tuple[int, int]:
    """Return the quantity in use and the total."""
    shown = client.describe_consumable_resource(consumableResource="licence")
    return shown["inUseQuantity"], shown["totalQuantity"]


def test_waits_for_its_resources(client: Any, batch_mock: BatchMock) -> None:
    """A job starts when another returns the resource, and the jobs behind it wait too."""
    make_queue(client, make_environment(client, max_vcpus=9))
    make_resource(client)
    batch_mock.script("first", succeed(after=60))
    submit(client, "first", **needs())
    submit(client, "second", **needs())
    submit(client, "plain")
    batch_mock.run()
    assert starts(batch_mock) == [("first", 2), ("second", 63), ("plain", 63)]
    assert in_use(client) == (0, 1)


def test_kept_between_attempts(client: Any, batch_mock: BatchMock) -> None:
    """A retried job keeps its quantity and returns it once."""
    make_queue(client, make_environment(client, max_vcpus=9))
    make_resource(client)
    batch_mock.script("first", fail(1), succeed())
    submit(client, "first", retryStrategy={"attempts": 2}, **needs())
    submit(client, "second", **needs())
    batch_mock.run()
    assert [name for name, _ in starts(batch_mock)] == ["first", "first", "second"]
    assert in_use(client) == (0, 1)


def test_never_comes_back(client: Any, batch_mock: BatchMock) -> None:
    """A non-replenishable resource is used up, and adding to it lets the next job start."""
    make_queue(client, make_environment(client, max_vcpus=9))
    make_resource(client, kind="NON_REPLENISHABLE")
    submit(client, "first", **needs())
    job_id = submit(client, "second", **needs())
    batch_mock.run()
    assert status_of(client, job_id) == "RUNNABLE"
    client.update_consumable_resource(consumableResource="licence", operation="ADD", quantity=1)
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


@pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
def test_stopped_while_it_waits(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A job stopped while it waits has taken nothing and no longer holds up others."""
    make_queue(client, make_environment(client, max_vcpus=9))
    make_resource(client, total=0)
    job_id = submit(client, "waits", **needs())
    submit(client, "plain")
    batch_mock.tick(5)
    getattr(client, operation)(jobId=job_id, reason="enough")
    batch_mock.run()
    assert starts(batch_mock) == [("plain", 5)]
    assert in_use(client) == (0, 0)


def test_short_resource_holds_up_its_own_queue_only(client: Any, batch_mock: BatchMock) -> None:
    """A head that waits for a resource does not hold up queues of lower priority."""
    environment = make_environment(client, max_vcpus=9)
    make_queue(client, environment, name="high", priority=2)
    make_queue(client, environment, name="low", priority=1)
    make_resource(client, total=2)
    batch_mock.script("running", succeed(after=60))
    submit(client, "running", jobQueue="low", **needs())
    batch_mock.tick(5)
    submit(client, "two", jobQueue="high", **needs(2))
    submit(client, "one", jobQueue="low", **needs())
    submit(client, "plain", jobQueue="low")
    batch_mock.run()
    assert [name for name, _ in starts(batch_mock)] == ["running", "one", "plain", "two"]
