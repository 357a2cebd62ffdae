"""The notes added to AWS's messages, on exceptions and in the report."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch, throttled


def notes_of(client: Any, operation: str, **request: Any) -> list[str]:
    """Return the notes of the exception with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    assert "batchmock" not in str(caught.value)
    return list(getattr(caught.value, "__notes__", []))


def submission(**members: Any) -> dict[str, Any]:
    """Return a SubmitJob request."""
    return {"jobName": "job", "jobQueue": "etl", "jobDefinition": "train", **members}


def test_nothing_is_provisioned(client: Any) -> None:
    """The note on a first SubmitJob shows how to create everything that it needs."""
    assert notes_of(client, "submit_job", **submission()) == [
        "batchmock: nothing is provisioned in us-east-1. Create the resources: "
        "batch_mock.provision(job_queue='etl', job_definition='train')."
    ]


def test_queue_of_another_region(client: Any, batch_mock: BatchMock) -> None:
    """The note on a queue in another region names both regions."""
    batch_mock.provision("etl", "train", region="eu-central-1")
    batch_mock.provision("other", "train")
    expected = ["batchmock: job queue 'etl' exists in eu-central-1; this client is in us-east-1."]
    assert notes_of(client, "submit_job", **submission()) == expected
    arn = "arn:aws:batch:eu-central-1:123456789012:job-queue/etl"
    assert notes_of(client, "submit_job", **submission(jobQueue=arn)) == expected
    assert notes_of(client, "list_jobs", jobQueue="etl") == expected


def test_queue_of_another_account(client: Any, batch_mock: BatchMock) -> None:
    """The note on a queue of another account names both accounts."""
    batch_mock.provision("other", "train")
    try:
        session = boto3.session.Session("key", "secret", aws_account_id="111111111111")
    except TypeError:
        pytest.skip("this boto3 has no account of a session")
    foreign = session.client("batch", region_name="us-east-1")
    assert notes_of(foreign, "list_jobs", jobQueue="other") == [
        "batchmock: job queue 'other' exists in us-east-1, account 123456789012; this client is in "
        "us-east-1, account 111111111111."
    ]


def test_nearest_name(client: Any, batch_mock: BatchMock) -> None:
    """The note on a misspelt name suggests the nearest and lists the existing names."""
    batch_mock.provision("etl", "train")
    assert notes_of(client, "submit_job", **submission(jobQueue="elt")) == [
        "batchmock: job queue 'elt' does not exist in us-east-1. Did you mean 'etl'? "
        "Create another: batch_mock.provision(job_queue='elt')."
    ]


def test_inactive_definition(client: Any, batch_mock: BatchMock) -> None:
    """The note on a definition without active revisions says that it is INACTIVE."""
    batch_mock.provision("etl", "train")
    client.deregister_job_definition(jobDefinition="train:1")
    assert notes_of(client, "submit_job", **submission()) == [
        "batchmock: job definition 'train' has only INACTIVE revisions, up to 1. Register another: "
        "batch_mock.provision(job_definition='train')."
    ]


def test_revision_that_does_not_exist(client: Any, batch_mock: BatchMock) -> None:
    """The note on a missing revision lists the ACTIVE ones."""
    batch_mock.provision("etl", "train")
    assert notes_of(client, "submit_job", **submission(jobDefinition="train:7")) == [
        "batchmock: job definition 'train' has the ACTIVE revision 1."
    ]


@pytest.mark.parametrize(
    ("job_id", "note"),
    [
        ("job", "batchmock: 'job' is the name of a job, not an id. Its id is '{id}'."),
        ("x", "batchmock: no job of this mock has that id. The jobs are 'job'."),
        (
            "{id}",
            "batchmock: job '{id}' ended longer ago than `retention`, and is no longer shown.",
        ),
    ],
)
def test_dependency_that_does_not_exist(
    client: Any, batch_mock: BatchMock, job_id: str, note: str
) -> None:
    """A dependency given by name, on an unknown job and on a forgotten job has a different note each."""
    batch_mock.provision("etl", "train")
    known = client.submit_job(**submission())["jobId"]
    batch_mock.run()
    if job_id == "{id}":
        batch_mock.tick(8 * 86_400)
    depends_on = [{"jobId": job_id.format(id=known)}]
    assert notes_of(client, "submit_job", **submission(dependsOn=depends_on)) == [
        note.format(id=known)
    ]


@pytest.mark.parametrize(
    ("operation", "request_", "note"),
    [
        (
            "describe_consumable_resource",
            {"consumableResource": "licence"},
            "no consumable resource exists in us-east-1. Create it: "
            "batch_mock.provision(consumable_resources={'licence': 1}).",
        ),
        (
            "create_job_queue",
            {
                "jobQueueName": "q",
                "priority": 1,
                "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}],
            },
            "no compute environment exists in us-east-1. Create it: "
            "batch_mock.provision(compute_environment='ce').",
        ),
        (
            "update_job_queue",
            {"jobQueue": "q", "priority": 2},
            "nothing is provisioned in us-east-1. Create the resources: "
            "batch_mock.provision(job_queue='q').",
        ),
        (
            "tag_resource",
            {
                "resourceArn": "arn:aws:batch:us-east-1:123456789012:compute-environment/ce",
                "tags": {"a": "b"},
            },
            "no compute environment exists in us-east-1. Create it: "
            "batch_mock.provision(compute_environment='ce').",
        ),
    ],
)
def test_other_operations(client: Any, operation: str, request_: dict[str, Any], note: str) -> None:
    """Every operation that names a missing resource gets a note."""
    assert notes_of(client, operation, **request_) == [f"batchmock: {note}"]


def test_refusal_of_something_else(client: Any, batch_mock: BatchMock) -> None:
    """A request that is refused for another reason gets no note."""
    batch_mock.provision("etl", "train")
    assert notes_of(client, "submit_job", **submission(jobName="a b")) == []


def test_client_with_retries(client: Any, batch_mock: BatchMock) -> None:
    """A refusal after a retry has its note too."""
    batch_mock.provision("etl", "train")
    batch_mock.inject("ListJobs", throttled())
    assert len(notes_of(client, "list_jobs", jobQueue="nope")) == 1


def test_report_and_calls(client: Any, batch_mock: BatchMock) -> None:
    """The notes appear in the report and on the call."""
    note = notes_of(client, "submit_job", **submission())[0].removeprefix("batchmock: ")
    assert f"JobQueue etl not found.\n           -> {note}" in batch_mock.report(width=500)
    assert batch_mock.calls[0].notes == (f"batchmock: {note}",)


def test_exception_is_restored() -> None:
    """Without a mock, botocore's exception is unchanged."""
    before = ClientError.__init__
    with mock_batch(region="us-east-1"):
        assert ClientError.__init__ is not before
    assert ClientError.__init__ is before


@pytest.mark.parametrize("has_another", [False, True])
def test_queue_of_service_jobs(client: Any, batch_mock: BatchMock, has_another: bool) -> None:
    """The queue of a service job is created by another method than that of a job."""
    if has_another:
        batch_mock.provision_service_jobs("training")
    request = {
        "jobName": "fit",
        "serviceJobType": "SAGEMAKER_TRAINING",
        "serviceRequestPayload": "{}",
    }
    (note,) = notes_of(client, "submit_service_job", jobQueue="fits", **request)
    assert note.endswith("batch_mock.provision_service_jobs(job_queue='fits').")


@pytest.mark.parametrize("has_another", [False, True])
def test_quota_share(client: Any, batch_mock: BatchMock, has_another: bool) -> None:
    """A quota share that does not exist has a note like other resources."""
    if has_another:
        batch_mock.provision_service_jobs(
            "fits", quota_shares={"red": 1}, instance_type="ml.m5.large"
        )
    arn = "arn:aws:batch:us-east-1:123456789012:job-queue/fits/quota-share/rde"
    (note,) = notes_of(client, "describe_quota_share", quotaShareArn=arn)
    exists = (
        "quota share 'rde' does not exist in us-east-1. Did you mean 'red'? Create another"
        if has_another
        else "no quota share exists in us-east-1. Create it"
    )
    assert note == (
        f"batchmock: {exists}: batch_mock.provision_service_jobs(quota_shares={{'rde': 1}}, "
        "instance_type='ml.m5.large')."
    )
