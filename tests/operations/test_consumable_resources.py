"""Consumable resources: create, update, delete, describe, list, and the jobs that request them."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, hang, succeed
from batchmock.operations.consumable_resources import ConsumableResourceRecord
from batchmock.simulation.placement.consumable_resources import ConsumableResource

from ..builders import (
    ARN,
    START_MS,
    needs_todays_model,
    refused,
    register,
    status_of,
    submit,
    wrapped,
)
from .family_requests import node_range, register_nodes
from .resource_requests import disable_queue

pytestmark = needs_todays_model

LICENCE = f"{ARN}consumable-resource/licence"


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def create(client: Any, name: str = "licence", total: int = 2, **members: Any) -> None:
    """Create a consumable resource."""
    client.create_consumable_resource(consumableResourceName=name, totalQuantity=total, **members)


def resource(client: Any, name: str = "licence") -> dict[str, Any]:
    """Return a described consumable resource."""
    reply: dict[str, Any] = client.describe_consumable_resource(consumableResource=name)
    del reply["ResponseMetadata"]
    return reply


def quantities(client: Any, name: str = "licence") -> tuple[int, int, int]:
    """Return the total quantity, the quantity in use and the available quantity."""
    shown = resource(client, name)
    return shown["totalQuantity"], shown["inUseQuantity"], shown["availableQuantity"]


def asking(quantity: int, name: str = "licence") -> dict[str, Any]:
    """Return the members of a request for a quantity of a consumable resource."""
    return {"consumableResourceList": [{"consumableResource": name, "quantity": quantity}]}


def wanting(client: Any, name: str, quantity: int = 1, **members: Any) -> str:
    """Submit a job that requests licences."""
    return submit(client, name, consumableResourcePropertiesOverride=asking(quantity), **members)


def update(client: Any, **members: Any) -> int:
    """Update the licences and return their new total."""
    reply = client.update_consumable_resource(consumableResource="licence", **members)
    assert reply["consumableResourceArn"] == LICENCE
    total: int = reply["totalQuantity"]
    return total


def jobs_of(client: Any, *filters: tuple[str, str]) -> list[str]:
    """Return the names of the jobs that request licences."""
    asked = [{"name": name, "values": [value]} for name, value in filters]
    reply = client.list_jobs_by_consumable_resource(consumableResource=LICENCE, filters=asked)
    return [item["jobName"] for item in reply["jobs"]]


class TestResources:
    def test_defaults(self, client: Any) -> None:
        """By default the total is 0 and the resource is replenishable."""
        reply = client.create_consumable_resource(consumableResourceName="licence")
        assert reply["consumableResourceName"] == "licence"
        assert reply["consumableResourceArn"] == LICENCE
        assert resource(client) == {
            "consumableResourceName": "licence",
            "consumableResourceArn": LICENCE,
            "totalQuantity": 0,
            "inUseQuantity": 0,
            "availableQuantity": 0,
            "resourceType": "REPLENISHABLE",
            "createdAt": START_MS,
            "tags": {},
        }

    def test_names_and_arns(self, client: Any) -> None:
        """A resource is found by name or ARN, but not in another region."""
        create(client, tags={"team": "a"})
        assert resource(client, LICENCE) == resource(client, "licence")
        elsewhere = LICENCE.replace("us-east-1", "eu-west-1")
        operation = "describe_consumable_resource"
        assert refused(client, operation, consumableResource=elsewhere) == (
            f"{elsewhere} does not exist"
        )

    @pytest.mark.parametrize(
        "operation",
        [
            "describe_consumable_resource",
            "update_consumable_resource",
            "delete_consumable_resource",
            "list_jobs_by_consumable_resource",
        ],
    )
    def test_unknown(self, client: Any, operation: str) -> None:
        """The error for an unknown resource contains its ARN."""
        said = refused(client, operation, consumableResource="licence")
        assert said == f"{LICENCE} does not exist"

    def test_a_name_that_is_taken(self, client: Any) -> None:
        """Names are unique and can be reused once the resource is deleted."""
        create(client)
        operation = "create_consumable_resource"
        said = refused(client, operation, consumableResourceName="licence")
        assert said == "Object already exists."
        client.delete_consumable_resource(consumableResource="licence")
        create(client)

    def test_list(self, client: Any) -> None:
        """A summary has neither tags nor the available quantity, and names match in any case."""
        for name in ("Licence", "seat", "lice"):
            create(client, name)
        summary = {
            "consumableResourceName": "seat",
            "consumableResourceArn": f"{ARN}consumable-resource/seat",
            "totalQuantity": 2,
            "inUseQuantity": 0,
            "resourceType": "REPLENISHABLE",
        }
        assert client.list_consumable_resources()["consumableResources"][1] == summary

        def found(*values: str) -> list[str]:
            by_name = [{"name": "CONSUMABLE_RESOURCE_NAME", "values": list(values)}]
            reply = client.list_consumable_resources(filters=by_name)
            return [item["consumableResourceName"] for item in reply["consumableResources"]]

        assert found("LICE*") == ["Licence", "lice"]
        assert found("lice", "seat") == ["seat", "lice"]
        assert found("none") == []

    def test_repr(self) -> None:
        """The repr has the name and the quantities."""
        simulated = ConsumableResource("arn", 2, replenishable=True)
        record = ConsumableResourceRecord("licence", simulated, {}, 0, 1)
        assert repr(record) == (
            "<ConsumableResourceRecord 'licence' <ConsumableResource arn 2 of 2>>"
        )


class TestUpdate:
    def test_operations(self, client: Any) -> None:
        """The operations are SET, ADD and REMOVE, and a quantity alone is SET."""
        create(client, total=2)
        assert update(client, operation="ADD", quantity=3) == 5
        assert update(client, operation="REMOVE", quantity=1) == 4
        assert update(client, operation="SET", quantity=9) == 9
        assert update(client, quantity=1) == 1
        assert update(client) == 1

    def test_a_token_counts_once(self, client: Any, batch_mock: BatchMock) -> None:
        """The same request with the same token is a successful no-op for 8 hours."""
        create(client, total=2)
        request = {"operation": "ADD", "quantity": 3, "clientToken": "t"}
        assert update(client, **request) == 5
        assert update(client, operation="ADD", quantity=1) == 6
        batch_mock.tick(8 * 3600 - 1)
        assert update(client, **request) == 5
        assert quantities(client)[0] == 6
        batch_mock.tick(1)
        assert update(client, **request) == 9

    def test_a_token_of_another_request(self, client: Any) -> None:
        """A token that was used with another request is refused."""
        create(client)
        update(client, quantity=3, clientToken="t")
        said = refused(
            client,
            "update_consumable_resource",
            consumableResource="licence",
            quantity=4,
            clientToken="t",
        )
        assert said == "clientToken t was used with another request."

    @pytest.mark.parametrize(
        ("members", "text"),
        [
            (
                {"operation": "REMOVE", "quantity": 3},
                "totalQuantity cannot be a negative number.",
            ),
            ({"operation": "ADD"}, "quantity is required with operation ADD."),
            (
                {"operation": "DOUBLE"},
                wrapped(
                    "Value DOUBLE for operation is not valid. Valid values are: [SET, ADD, REMOVE]"
                ),
            ),
        ],
    )
    def test_refusals(self, client: Any, members: dict[str, Any], text: str) -> None:
        """An impossible update is refused, and the total stays."""
        create(client, total=2)
        operation = "update_consumable_resource"
        assert refused(client, operation, consumableResource="licence", **members) == text
        assert quantities(client) == (2, 0, 2)

    def test_below_what_is_in_use(self, client: Any, batch_mock: BatchMock) -> None:
        """Nothing is available at once, and the total falls as jobs end (user guide)."""
        batch_mock.script("a", succeed(after=10))
        batch_mock.script("b", succeed(after=20))
        create(client, total=3)
        first, second = wanting(client, "a"), wanting(client, "b")
        batch_mock.run_until(second, "RUNNING")
        assert update(client, quantity=1) == 2
        assert quantities(client) == (2, 2, 0)
        batch_mock.run_until(first, "SUCCEEDED")
        assert quantities(client) == (1, 1, 0)
        batch_mock.run()
        assert quantities(client) == (1, 0, 1)


class TestJobs:
    def test_jobs_wait_for_what_they_ask_for(self, client: Any, batch_mock: BatchMock) -> None:
        """Two licences let two jobs run, and the third stays RUNNABLE until one is returned."""
        batch_mock.script(succeed(after=60))
        create(client, total=2)
        jobs = [wanting(client, name) for name in "abc"]
        batch_mock.run_until(jobs[1], "RUNNING")
        assert quantities(client) == (2, 2, 0)
        batch_mock.tick(30)
        assert [status_of(client, job) for job in jobs] == ["RUNNING", "RUNNING", "RUNNABLE"]
        batch_mock.tick(40)
        assert [status_of(client, job) for job in jobs] == ["SUCCEEDED", "SUCCEEDED", "RUNNING"]
        batch_mock.run()
        assert quantities(client) == (2, 0, 2)

    def test_what_is_not_replenished_is_gone(self, client: Any, batch_mock: BatchMock) -> None:
        """A job that has run has used up its quantity, whatever its final status."""
        create(client, total=1, resourceType="NON_REPLENISHABLE")
        first, second = wanting(client, "a"), wanting(client, "b")
        batch_mock.run()
        assert quantities(client) == (0, 0, 0)
        assert status_of(client, first) == "SUCCEEDED"
        assert status_of(client, second) == "RUNNABLE"

    def test_raising_the_total_lets_jobs_go(self, client: Any, batch_mock: BatchMock) -> None:
        """A waiting job starts once the quantity is sufficient."""
        create(client, total=0)
        job_id = wanting(client, "a")
        batch_mock.run()
        assert status_of(client, job_id) == "RUNNABLE"
        update(client, operation="ADD", quantity=1)
        batch_mock.run()
        assert status_of(client, job_id) == "SUCCEEDED"

    def test_deleting_leaves_jobs_waiting(self, client: Any, batch_mock: BatchMock) -> None:
        """Running jobs end normally, and jobs that wait for a deleted resource keep waiting."""
        create(client, total=1)
        first, second = wanting(client, "a"), wanting(client, "b")
        batch_mock.run_until(first, "RUNNING")
        client.delete_consumable_resource(consumableResource="licence")
        batch_mock.run()
        assert status_of(client, first) == "SUCCEEDED"
        assert status_of(client, second) == "RUNNABLE"

    @pytest.mark.parametrize(
        ("before", "after", "left"),
        [
            ("REPLENISHABLE", "REPLENISHABLE", (2, 0, 2)),
            ("NON_REPLENISHABLE", "REPLENISHABLE", (2, 0, 2)),
            ("REPLENISHABLE", "NON_REPLENISHABLE", (1, 0, 1)),
        ],
    )
    def test_one_of_the_same_name_is_the_same(
        self,
        client: Any,
        batch_mock: BatchMock,
        before: str,
        after: str,
        left: tuple[int, int, int],
    ) -> None:
        """A job that waited for a deleted resource starts once the resource is created again (user guide)."""
        batch_mock.script("a", succeed(after=60))
        create(client, total=1, resourceType=before)
        first, second = wanting(client, "a"), wanting(client, "b")
        batch_mock.run_until(first, "RUNNING")
        client.delete_consumable_resource(consumableResource="licence")
        create(client, total=2, resourceType=after)
        batch_mock.run()
        assert [status_of(client, job) for job in (first, second)] == ["SUCCEEDED", "SUCCEEDED"]
        assert quantities(client) == left
        assert resource(client)["resourceType"] == after

    def test_an_override_replaces_the_whole_list(self, client: Any, batch_mock: BatchMock) -> None:
        """A job takes the quantity of its definition or of its override."""
        for name in ("licence", "seat"):
            create(client, name, total=5)
        register(client, consumableResourceProperties=asking(2, "seat"))
        batch_mock.script(hang())
        jobs = [submit(client), wanting(client, "own", 3)]
        for job_id in jobs:
            batch_mock.run_until(job_id, "RUNNING")
        assert quantities(client, "seat") == (5, 2, 3)
        assert quantities(client) == (5, 3, 2)

    def test_each_child_takes_its_own(self, client: Any, batch_mock: BatchMock) -> None:
        """As many children of an array job run as there are licences."""
        create(client, total=2)
        batch_mock.script(succeed(after=60))
        parent = wanting(client, "array", arrayProperties={"size": 3})
        batch_mock.tick(10)
        children = [status_of(client, f"{parent}:{index}") for index in range(3)]
        assert children == ["RUNNING", "RUNNING", "RUNNABLE"]
        assert quantities(client) == (2, 2, 0)

    def test_a_multi_node_job_takes_for_all_its_nodes(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Each node takes the quantity of its range, and the job takes the sum at once."""
        create(client, total=5)
        thirsty = {**node_range("1:"), "consumableResourceProperties": asking(2)}
        register_nodes(client, node_range("0"), thirsty)
        batch_mock.script(hang())
        job_id = submit(client, "nodes", jobDefinition="nodes")
        batch_mock.run_until(job_id, "RUNNING")
        assert quantities(client) == (5, 4, 1)
        (listed,) = client.list_jobs_by_consumable_resource(consumableResource="licence")["jobs"]
        assert listed["quantity"] == 4
        assert listed["consumableResourceProperties"] == asking(4, LICENCE)

    def test_an_unknown_resource_is_refused_at_submit_only(self, client: Any) -> None:
        """A definition may name a resource that does not exist yet, but a job may not."""
        register(client, consumableResourceProperties=asking(1))
        request = {"jobName": "a", "jobQueue": "queue", "jobDefinition": "definition"}
        said = refused(client, "submit_job", **request)
        assert said == "ConsumableResource licence not found."
        create(client)
        submit(client)

    def test_nodes_can_be_overridden(self, client: Any, batch_mock: BatchMock) -> None:
        """An override replaces all requests of a node range, and other ranges keep theirs."""
        create(client, total=9)
        ranges = [
            {**node_range(nodes), "consumableResourceProperties": asking(1)}
            for nodes in ("0", "1:")
        ]
        register_nodes(client, *ranges)
        batch_mock.script(hang())
        override = {"targetNodes": "1:", "consumableResourcePropertiesOverride": asking(2)}
        job_id = submit(
            client, jobDefinition="nodes", nodeOverrides={"nodePropertyOverrides": [override]}
        )
        batch_mock.run_until(job_id, "RUNNING")
        assert quantities(client) == (9, 5, 4)

    @pytest.mark.parametrize("end", ["terminate", "delete the queue", "time out"])
    def test_given_back_however_the_job_ends(
        self, client: Any, batch_mock: BatchMock, end: str
    ) -> None:
        """A stopped job returns its quantity."""
        create(client, total=2)
        batch_mock.script(hang())
        job_id = wanting(client, "a", 2, timeout={"attemptDurationSeconds": 60})
        batch_mock.run_until(job_id, "RUNNING")
        if end == "terminate":
            client.terminate_job(jobId=job_id, reason="enough")
        elif end == "delete the queue":
            disable_queue(client)
            client.delete_job_queue(jobQueue="queue")
        batch_mock.run()
        assert status_of(client, job_id) == "FAILED"
        assert quantities(client) == (2, 0, 2)


class TestListJobs:
    def test_a_job(self, client: Any, batch_mock: BatchMock) -> None:
        """A job is listed with its requested quantity."""
        create(client)
        job_id = wanting(client, "a", 2)
        batch_mock.run()
        reply = client.list_jobs_by_consumable_resource(consumableResource="licence")
        assert reply["jobs"] == [
            {
                "jobArn": f"{ARN}job/{job_id}",
                "jobQueueArn": f"{ARN}job-queue/queue",
                "jobName": "a",
                "jobDefinitionArn": f"{ARN}job-definition/definition:1",
                "jobStatus": "SUCCEEDED",
                "quantity": 2,
                "statusReason": "Essential container in task exited",
                "startedAt": START_MS + 3000,
                "createdAt": START_MS,
                "consumableResourceProperties": asking(2),
            }
        ]

    def test_a_share(self, client: Any, batch_mock: BatchMock) -> None:
        """A job of a fair-share queue is listed with its share."""
        batch_mock.provision("fair", "shared", shares={})
        create(client)
        wanting(client, "a", jobQueue="fair", jobDefinition="shared", shareIdentifier="A")
        (job,) = client.list_jobs_by_consumable_resource(consumableResource="licence")["jobs"]
        assert job["shareIdentifier"] == "A"
        assert "startedAt" not in job

    def test_filters(self, client: Any, batch_mock: BatchMock) -> None:
        """Jobs are listed by name in any case and by status, and only if they request the resource."""
        create(client)
        submit(client, "other")
        wanting(client, "Early")
        batch_mock.run()
        wanting(client, "late")
        wanting(client, "array", arrayProperties={"size": 2})
        assert jobs_of(client) == ["Early", "late", "array", "array"]
        assert jobs_of(client, ("JOB_NAME", "early")) == ["Early"]
        assert jobs_of(client, ("JOB_NAME", "*A*")) == []
        assert jobs_of(client, ("JOB_NAME", "l*")) == ["late"]
        assert jobs_of(client, ("JOB_STATUS", "SUCCEEDED")) == ["Early"]
        assert jobs_of(client, ("JOB_STATUS", "SUBMITTED"), ("JOB_NAME", "late")) == ["late"]

    def test_pages_go_through_the_children(self, client: Any) -> None:
        """A page may end among the children of an array job."""
        create(client)
        wanting(client, "first")
        wanting(client, "array", arrayProperties={"size": 3})
        wanting(client, "last")
        paginator = client.get_paginator("list_jobs_by_consumable_resource")
        pages = paginator.paginate(consumableResource="licence", PaginationConfig={"PageSize": 2})
        arns = [item["jobArn"].rpartition(":")[2] for page in pages for item in page["jobs"]]
        assert [len(arn) for arn in arns] == [40, 1, 1, 1, 40]
        assert arns[1:4] == ["0", "1", "2"]

    def test_finished_jobs_go_with_their_retention(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Expired jobs are not listed."""
        create(client)
        wanting(client, "a")
        wanting(client, "array", arrayProperties={"size": 2})
        batch_mock.run()
        batch_mock.tick(8 * 86_400)
        assert jobs_of(client) == []
