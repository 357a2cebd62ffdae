from __future__ import annotations

import json
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import boto3
import pytest
from botocore.model import ServiceModel

from batchmock import BatchMock, UnsupportedError
from batchmock.operations import HANDLERS


def test_unsupported_operation(
    batch_mock: BatchMock, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error for an operation that is not simulated names the version and the simulated operations."""
    monkeypatch.delitem(HANDLERS, "DescribeSchedulingPolicies")
    with pytest.raises(UnsupportedError) as caught:
        client.describe_scheduling_policies(arns=["arn:aws:batch:us-east-1:1:p/p"])
    assert str(caught.value) == (
        f"batchmock: DescribeSchedulingPolicies is not simulated by batchmock {version('batchmock')}, "
        f"so the request goes nowhere. It simulates {', '.join(sorted(HANDLERS))}. "
        "Stub this one call with botocore.stub.Stubber, or take a newer batchmock."
    )
    assert len(batch_mock.calls) == 0


def test_every_other_operation_is_unsupported(batch_mock: BatchMock, client: Any) -> None:
    """Any operation that boto3 knows and batchmock does not is refused in the same way and never sent."""
    model = client.meta.service_model
    for name in set(model.operation_names) - set(HANDLERS):
        with pytest.raises(UnsupportedError, match=f"{name} is not simulated"):
            batch_mock.answer(model.operation_model(name), b"{}", "us-east-1", None)


@pytest.mark.parametrize("body", [None, "", b"", "{}", b"{}", bytearray(b"{}")])
def test_body(batch_mock: BatchMock, client: Any, body: Any) -> None:
    """A request without members can have an empty object or no body."""
    model = client.meta.service_model.operation_model("DescribeJobQueues")
    http, parsed = batch_mock.answer(model, body, "us-east-1", None)
    assert http.status_code == 200
    assert parsed["jobQueues"] == []
    assert batch_mock.calls[0].params == {}


def test_account_of_the_request(batch_mock: BatchMock, client: Any) -> None:
    """A request that names an account is answered in it, any other in the mock's account."""
    batch_mock.provision()
    model = client.meta.service_model.operation_model("DescribeJobQueues")
    answers = {
        account: len(batch_mock.answer(model, b"{}", "us-east-1", account)[1]["jobQueues"])
        for account in (None, "123456789012", "222222222222")
    }
    assert answers == {None: 1, "123456789012": 1, "222222222222": 0}


def test_refused_call_is_noted(batch_mock: BatchMock, client: Any) -> None:
    """A call is recorded whether it succeeded or failed."""
    with pytest.raises(client.exceptions.ClientException):
        client.list_jobs(jobQueue="missing")
    client.describe_job_queues()
    assert [(call.operation, call.error is None) for call in batch_mock.calls] == [
        ("ListJobs", False),
        ("DescribeJobQueues", True),
    ]


def test_operation_that_answers_nothing(batch_mock: BatchMock) -> None:
    """An operation without output returns only its metadata."""
    batch_mock.provision()
    client = boto3.client("batch")
    reply = client.deregister_job_definition(jobDefinition="job-definition:1")
    assert list(reply) == ["ResponseMetadata"]


def test_client_of_an_older_model(batch_mock: BatchMock, client: Any) -> None:
    """A client with an older model gets a reply without the members that it does not know."""
    batch_mock.provision()
    names = {"jobQueue": "job-queue", "jobDefinition": "job-definition"}
    job_id = client.submit_job(jobName="job", **names)["jobId"]
    description = deepcopy(client.meta.service_model._service_description)
    for member in ("consumableResourceProperties", "tags"):
        description["shapes"]["JobDetail"]["members"].pop(member, None)
    model = ServiceModel(description, "batch").operation_model("DescribeJobs")
    body = json.dumps({"jobs": [job_id]}).encode()
    (whole,) = client.describe_jobs(jobs=[job_id])["jobs"]
    (less,) = batch_mock.answer(model, body, "us-east-1", None)[1]["jobs"]
    assert "tags" in whole
    assert less == {name: value for name, value in whole.items() if name != "tags"}
