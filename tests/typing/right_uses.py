"""
Typed user code that passes mypy --strict and pyright without a single ignore.

It is never run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import TestCase

import pytest

from batchmock import (
    BatchMock,
    Call,
    Calls,
    Event,
    Events,
    HoldStage,
    Jobs,
    JobStatus,
    JobView,
    MockOptions,
    Operation,
    Policies,
    Provisioned,
    ProvisionedServiceJobs,
    ServiceJobs,
    ServiceJobView,
    Subscription,
    Timeline,
    lost_reply,
    mock_batch,
    succeed,
)

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

OPTIONS: MockOptions = {"region": "eu-west-1", "advance": "sleep", "strict": True}


@mock_batch(**OPTIONS)
def with_shared_options(batch_mock: BatchMock) -> Provisioned:
    """Unpack options that several tests share."""
    return batch_mock.provision(job_queue="etl")


@mock_batch(region="eu-west-1", policies=Policies(head_of_line_blocks=False))
class TestSubmit(TestCase):
    """A decorated class declares the attribute that it receives."""

    batch_mock: BatchMock

    def test_it(self) -> None:
        """Use the attribute."""
        self.batch_mock.run()


@pytest.mark.batch_mock(region="eu-west-1")
def test_with_fixtures(batch_mock: BatchMock, batch_client: BatchClient) -> None:
    """Type the fixtures."""
    job_id: str = batch_client.submit_job(jobName="a", jobQueue="b", jobDefinition="c")["jobId"]
    batch_mock.run_until(job_id, "SUCCEEDED")


def blocks() -> None:
    """Use the context managers, and start and stop."""
    with mock_batch(region="eu-west-1") as batch_mock:
        batch_mock.check_all_used()
    starter = mock_batch()
    starter.start().provision()
    starter.stop()


def named(batch_mock: BatchMock) -> None:
    """Use names as types."""
    stage: HoldStage = "STARTING"
    operation: Operation = "SubmitJob"
    wanted: JobStatus = "RUNNING"
    batch_mock.hold("train-*", at=stage)
    batch_mock.inject(operation, lost_reply(), times=2, skip=1)
    batch_mock.inject("*", lost_reply())
    job: JobView = batch_mock.jobs.only()
    batch_mock.run_until(job, wanted)
    status: JobStatus = job.status
    assert status == "RUNNING"


def views(batch_mock: BatchMock) -> tuple[Jobs, Calls, Events, Timeline]:
    """Import the types of what a mock shows."""
    service_jobs: ServiceJobs = batch_mock.service_jobs
    service_job: ServiceJobView = service_jobs.only()
    batch_mock.run_until(service_job, "SCHEDULED")
    provisioned: ProvisionedServiceJobs = batch_mock.provision_service_jobs()
    first: Call = batch_mock.calls.of("SubmitJob")[0]
    assert provisioned.job_queue in str(first.notes)
    return batch_mock.jobs, batch_mock.calls, batch_mock.events, batch_mock.timeline()


def handler(event: Event, context: object) -> None:
    """A Lambda function."""


def subscriptions(batch_mock: BatchMock) -> list[Subscription]:
    """Subscribe functions with one and with two parameters."""
    batch_mock.script("*", succeed())
    return [batch_mock.subscribe(handler), batch_mock.subscribe(lambda event: None)]
