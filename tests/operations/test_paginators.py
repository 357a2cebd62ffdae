"""Common behaviour of all paginated operations: botocore's paginators, tokens and page sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from batchmock import BatchMock

from ..builders import needs_todays_model, refused, register, submit, wrapped
from .resource_requests import create_environment, create_queue

LARGEST_OF_ALL = 2147483647


class Listing(NamedTuple):
    """A paginated operation, and how to create the items that it lists."""

    operation: str
    member: str
    make: Callable[[Any, int], object]
    request: Mapping[str, Any] = MappingProxyType({})
    largest: int = 100

    def all(self, client: Any, **config: int) -> list[list[Any]]:
        """Return all pages of botocore's paginator."""
        paginator = client.get_paginator(self.operation)
        pages = paginator.paginate(**self.request, PaginationConfig=config)
        return [page[self.member] for page in pages]

    def page(self, client: Any, **members: Any) -> dict[str, Any]:
        """Return one page."""
        reply: dict[str, Any] = getattr(client, self.operation)(**self.request, **members)
        return reply


def make_resource(client: Any, number: int) -> None:
    """Create a consumable resource."""
    client.create_consumable_resource(consumableResourceName=f"r{number}")


def make_asking_job(client: Any, number: int) -> None:
    """Submit a job that requests the consumable resource `licence`, which is created on first use."""
    if number == 0:
        client.create_consumable_resource(consumableResourceName="licence")
    asked = {"consumableResourceList": [{"consumableResource": "licence", "quantity": 1}]}
    submit(client, consumableResourcePropertiesOverride=asked)


LISTINGS: list[Any] = [
    Listing(
        "describe_compute_environments",
        "computeEnvironments",
        lambda client, number: create_environment(client, f"ce-{number}"),
    ),
    Listing(
        "describe_job_queues",
        "jobQueues",
        lambda client, number: create_queue(client, f"q-{number}", ("compute-environment",)),
    ),
    Listing(
        "describe_job_definitions",
        "jobDefinitions",
        lambda client, number: register(client, "listed"),
        {"jobDefinitionName": "listed"},
    ),
    Listing(
        "list_jobs",
        "jobSummaryList",
        lambda client, number: submit(client),
        {"jobQueue": "queue", "jobStatus": "SUBMITTED"},
        1000,
    ),
    Listing(
        "list_jobs",
        "jobSummaryList",
        lambda client, number: submit(client),
        {"jobQueue": "queue", "filters": [{"name": "JOB_NAME", "values": ["*"]}]},
    ),
    Listing(
        "list_scheduling_policies",
        "schedulingPolicies",
        lambda client, number: client.create_scheduling_policy(name=f"p{number}"),
    ),
    pytest.param(
        Listing("list_consumable_resources", "consumableResources", make_resource),
        marks=needs_todays_model,
    ),
    pytest.param(
        Listing(
            "list_jobs_by_consumable_resource",
            "jobs",
            make_asking_job,
            {"consumableResource": "licence"},
        ),
        marks=needs_todays_model,
    ),
]


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


@pytest.mark.parametrize("listing", LISTINGS)
class TestPages:
    def test_pages_hold_everything_once(self, client: Any, listing: Listing) -> None:
        """Small pages combined equal one large page, in the same order."""
        for number in range(5):
            listing.make(client, number)
        (whole,) = listing.all(client)
        pages = listing.all(client, PageSize=2)
        assert [item for page in pages for item in page] == whole
        assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)

    def test_an_empty_token(self, client: Any, listing: Listing) -> None:
        """An empty token counts as none: the ParallelCluster command line starts each listing with one."""
        listing.make(client, 0)
        operation = getattr(client, listing.operation)
        first, again = operation(**listing.request), operation(**listing.request, nextToken="")
        assert {**again, "ResponseMetadata": None} == {**first, "ResponseMetadata": None}

    def test_a_token_that_is_none(self, client: Any, listing: Listing) -> None:
        """A malformed token is refused."""
        listing.make(client, 0)
        for token in ("x", "e30=", "é"):
            said = refused(client, listing.operation, **listing.request, nextToken=token)
            assert said == "Invalid nextToken"

    def test_a_token_of_another_call(self, client: Any, listing: Listing) -> None:
        """A token from another listing is refused."""
        listing.make(client, 0)
        for _ in range(2):
            register(client, "other")
        token = client.describe_job_definitions(jobDefinitionName="other", maxResults=1)
        members = {**listing.request, "nextToken": token["nextToken"]}
        assert refused(client, listing.operation, **members) == "Invalid nextToken"

    def test_page_size_is_positive(self, client: Any, listing: Listing) -> None:
        """A page size of zero is refused."""
        listing.make(client, 0)
        largest = LARGEST_OF_ALL if listing.operation == "list_jobs" else 100
        said = refused(client, listing.operation, **listing.request, maxResults=0)
        assert said == wrapped(f"maxResults must be between 1 and {largest}, got 0.")

    def test_a_new_item_does_no_harm(self, client: Any, listing: Listing) -> None:
        """A resource created between two pages duplicates no item and hides none."""
        for number in range(3):
            listing.make(client, number)
        (whole,) = listing.all(client)
        reply = listing.page(client, maxResults=2)
        listing.make(client, 3)
        found = reply[listing.member]
        while "nextToken" in reply:
            reply = listing.page(client, nextToken=reply["nextToken"])
            found += reply[listing.member]
        assert [item for item in found if item in whole] == whole


@pytest.mark.parametrize(
    "listing",
    [
        item
        for item in LISTINGS
        if getattr(item, "operation", "list")
        not in ("describe_compute_environments", "describe_job_queues")
    ],
)
def test_the_largest_page(client: Any, listing: Listing) -> None:
    """A page has the maximum number of items by default."""
    for number in range(listing.largest + 1):
        listing.make(client, number)
    assert [len(page) for page in listing.all(client)] == [listing.largest, 1]


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("describe_compute_environments", {"computeEnvironments": ["compute-environment"]}),
        ("describe_job_queues", {"jobQueues": ["queue"]}),
        ("describe_job_definitions", {"jobDefinitions": ["definition:1"]}),
    ],
)
def test_names_or_pages(client: Any, operation: str, members: dict[str, list[str]]) -> None:
    """A call that names resources cannot also request a page."""
    (member,) = members
    text = f"{member[0].upper()}{member[1:]} and MaxResults cannot both be set"
    assert refused(client, operation, **members, maxResults=1) == wrapped(text)


@pytest.mark.parametrize("filters", [None, [{"name": "JOB_NAME", "values": ["*"]}]])
def test_list_jobs_takes_a_larger_page_size_for_the_largest(
    client: Any, filters: list[dict[str, Any]] | None
) -> None:
    """ListJobs returns up to 1,000 jobs, or 100 with a filter, even with a larger maxResults."""
    largest = 100 if filters else 1000
    for _ in range(largest + 1):
        submit(client)
    question = {"filters": filters} if filters else {"jobStatus": "SUBMITTED"}
    reply = client.list_jobs(jobQueue="queue", **question, maxResults=5000)
    assert len(reply["jobSummaryList"]) == largest
