from __future__ import annotations

import boto3
import pytest
from botocore.loaders import Loader

from batchmock import mock_batch
from batchmock.operations.arns import partition_of

PARTITIONS = Loader().load_data("partitions")["partitions"]
REGIONS = {
    region: partition["id"]
    for partition in PARTITIONS
    for region in partition["regions"]
    if not region.endswith("-global")
}


def test_regions_of_botocore() -> None:
    """Every region that botocore knows has the right partition."""
    assert {region: partition_of(region) for region in REGIONS} == REGIONS


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_arns(region: str, partition: str) -> None:
    """ARNs contain the partition of the client's region."""
    with mock_batch(region=region) as batch_mock:
        batch_mock.provision(job_queue="queue")
        arn = boto3.client("batch").describe_job_queues()["jobQueues"][0]["jobQueueArn"]

    assert arn == f"arn:{partition}:batch:{region}:123456789012:job-queue/queue"
