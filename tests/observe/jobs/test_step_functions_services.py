"""The output and the error of a Step Functions task that ran a service job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, fail

from ...builders import needs_todays_model
from ...operations.service_requests import submit

pytestmark = needs_todays_model


@pytest.fixture(autouse=True)
def _services(batch_mock: BatchMock) -> None:
    batch_mock.provision_service_jobs(job_queue="queue", max_instances=2)


def test_output(batch_mock: BatchMock, client: Any) -> None:
    """The output is the described service job with keys in PascalCase."""
    job_id = submit(client)
    batch_mock.run()
    output = batch_mock.service_job(job_id).as_sfn_output()
    assert (output["JobId"], output["Status"]) == (job_id, "SUCCEEDED")
    assert output["Attempts"][0]["ServiceResourceId"]["Name"] == "TrainingJobArn"


def test_error(batch_mock: BatchMock, client: Any) -> None:
    """The cause is the service job as JSON."""
    batch_mock.script("train", fail(1))
    job_id = submit(client)
    batch_mock.run()
    error = batch_mock.service_job(job_id).as_sfn_error()
    assert error["Error"] == "States.TaskFailed"
    assert json.loads(error["Cause"])["Status"] == "FAILED"


def test_no_output_yet(batch_mock: BatchMock, client: Any) -> None:
    """A service job that has not ended has neither."""
    view = batch_mock.service_job(submit(client))
    with pytest.raises(BatchMockError, match="so it has no output"):
        view.as_sfn_output()
    with pytest.raises(BatchMockError, match="so it has not failed"):
        view.as_sfn_error()
