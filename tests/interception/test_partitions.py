"""Requests to services beside AWS Batch in all partitions of AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.loaders import create_loader

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception.neighbours.services import AWS_DOMAINS

from ..builders import submit

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
#: A region of each partition, and how its clients are made.
REGIONS: list[tuple[str, Config]] = [
    ("us-east-1", Config()),
    ("us-east-1", Config(use_dualstack_endpoint=True)),
    ("us-gov-west-1", Config(use_fips_endpoint=True)),
    ("cn-north-1", Config()),
    ("cn-north-1", Config(use_dualstack_endpoint=True)),
    ("eusc-de-east-1", Config()),
    ("us-iso-east-1", Config()),
    ("us-isob-east-1", Config()),
    ("eu-isoe-west-1", Config()),
    ("us-isof-south-1", Config()),
]


def domains_of_botocore() -> set[str]:
    """Return the domains of all partitions that botocore knows."""
    outputs = [each["outputs"] for each in create_loader().load_data("partitions")["partitions"]]
    return {each[name] for each in outputs for name in ("dnsSuffix", "dualStackDnsSuffix")}


def test_every_domain_is_known() -> None:
    """Batchmock knows the domains of all partitions of this botocore."""
    assert domains_of_botocore() <= {*AWS_DOMAINS}


def delete_a_log_group(client: Callable[[str], Any], _: BatchMock) -> None:
    """Delete a log group."""
    client("logs").delete_log_group(logGroupName="production")


def read_metric_filters(client: Callable[[str], Any], _: BatchMock) -> None:
    """Read metric filters."""
    client("logs").describe_metric_filters()


def terminate_the_host(client: Callable[[str], Any], batch_mock: BatchMock) -> None:
    """Terminate the instance of a job."""
    client("ec2").terminate_instances(InstanceIds=[batch_mock.hosts[0].instance_id])


def pass_events_on(_: Callable[[str], Any], batch_mock: BatchMock) -> None:
    """Pass events on to EventBridge."""
    batch_mock.forward_events()
    batch_mock.run()


@pytest.mark.parametrize(("region", "config"), REGIONS)
@pytest.mark.parametrize(
    "request_something",
    [delete_a_log_group, read_metric_filters, terminate_the_host, pass_events_on],
)
def test_refused_in_every_partition(
    monkeypatch: pytest.MonkeyPatch,
    region: str,
    config: Config,
    request_something: Callable[[Callable[[str], Any], BatchMock], None],
) -> None:
    """A request that a mock does not let through is refused before it is sent."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    sent: list[str] = []

    def stop(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.url)
        return AWSResponse(request.url, 500, {}, None)

    def client(service: str) -> Any:
        made = boto3.client(service, region_name=region, config=config, **KEYS)
        made.meta.events.register_last("before-send", stop)
        return made

    with mock_batch(region=region) as batch_mock:
        batch_mock.provision(job_queue="queue", job_definition="definition")
        submit(boto3.client("batch"))
        batch_mock.tick(3)
        with pytest.raises(BatchMockError):
            request_something(client, batch_mock)
    assert sent == []
