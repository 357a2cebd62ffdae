from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.regions import EndpointRulesetResolver

from batchmock import mock_batch
from batchmock.interception.reruns import equal_and_quick

EVENT = "before-endpoint-resolution.batch"


class Endpoints:
    """Counts the endpoints that botocore constructs."""

    def __init__(self) -> None:
        self.constructed = 0


@pytest.fixture
def endpoints(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoints]:
    """The endpoints constructed in code that runs again and again."""
    counted = Endpoints()
    construct = EndpointRulesetResolver.construct_endpoint

    def construct_and_count(self: Any, *args: Any, **kwargs: Any) -> Any:
        counted.constructed += 1
        return construct(self, *args, **kwargs)

    monkeypatch.setattr(EndpointRulesetResolver, "construct_endpoint", construct_and_count)
    with mock_batch(region="us-east-1"), equal_and_quick(lambda seconds: None):
        yield counted


def url_of_a_request(client: Any) -> str:
    """Return the URL of a request, which the mock does not need."""
    urls: list[str] = []

    def note(params: Any, **_: Any) -> None:
        urls.append(params["url"])

    client.meta.events.register_first("before-call.batch", note, unique_id="note")
    # Registering drops what the emitter knows of handlers, and the next request looks for them.
    client.describe_job_queues()
    client.describe_job_queues()
    client.meta.events.unregister("before-call.batch", unique_id="note")
    assert urls[0] == urls[1]
    return urls[0]


def test_requests_share_their_endpoint(endpoints: Endpoints) -> None:
    """Of many equal requests of several clients, only the first ones have their endpoint constructed."""
    for _ in range(2):
        client = boto3.client("batch")
        client.describe_job_queues()
    before = endpoints.constructed
    for _ in range(5):
        client.describe_job_queues()
    assert endpoints.constructed <= before + 1


def test_clients_with_other_settings(endpoints: Endpoints) -> None:
    """Each client has the endpoint of its own settings."""
    urls = [
        url_of_a_request(boto3.client("batch", **settings))
        for _ in range(2)
        for settings in (
            {"region_name": "us-east-1"},
            {"region_name": "eu-west-1"},
            {"region_name": "us-east-1", "use_ssl": False},
            {"endpoint_url": "http://localhost:5000"},
        )
    ]
    assert urls[:4] == urls[4:]
    assert urls[:4] == [
        "https://batch.us-east-1.amazonaws.com/v1/describejobqueues",
        "https://batch.eu-west-1.amazonaws.com/v1/describejobqueues",
        "http://batch.us-east-1.amazonaws.com/v1/describejobqueues",
        "http://localhost:5000/v1/describejobqueues",
    ]


def test_handlers_of_the_resolution(endpoints: Endpoints) -> None:
    """A handler that changes the settings of a request is called for each request while it is registered."""
    client = boto3.client("batch")
    usual = url_of_a_request(client)
    called: list[str] = []

    def go_elsewhere(builtins: Any, **_: Any) -> None:
        called.append("handler")
        builtins["AWS::Region"] = "eu-west-1"

    client.meta.events.register(EVENT, go_elsewhere)
    elsewhere = url_of_a_request(client)
    client.meta.events.unregister(EVENT, go_elsewhere)

    assert (usual, elsewhere, url_of_a_request(client)) == (
        "https://batch.us-east-1.amazonaws.com/v1/describejobqueues",
        "https://batch.eu-west-1.amazonaws.com/v1/describejobqueues",
        usual,
    )
    assert called == ["handler"] * 2


def test_endpoints_of_other_services(endpoints: Endpoints) -> None:
    """The endpoints of services that depend on the parameters of the request stay as they are."""
    client = boto3.client("s3", aws_access_key_id="key", aws_secret_access_key="secret")
    hosts = [
        client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "key"}
        ).partition("?")[0]
        for bucket in ("first", "second")
    ]
    assert [host.split("/")[2].partition(".")[0] for host in hosts] == ["first", "second"]
