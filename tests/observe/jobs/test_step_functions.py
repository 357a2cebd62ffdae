"""The output and the error of a Step Functions task that ran a job."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, fail, succeed
from batchmock.observe.jobs.step_functions import MAPS

from ...builders import ARN, described, register, submit


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="queue", job_definition="definition")


def test_output(batch_mock: BatchMock, client: Any) -> None:
    """The output is the described job with keys in PascalCase and user-defined keys unchanged."""
    register(client, parameters={"inputFile": "a"})
    job_id = submit(
        client,
        tags={"team": "a"},
        containerOverrides={"environment": [{"name": "lower", "value": "x"}]},
    )
    batch_mock.run()
    output = batch_mock.job(job_id).as_sfn_output()
    job = described(client, job_id)
    assert output["JobId"] == job_id
    assert output["Parameters"] == {"inputFile": "a"}
    assert output["Tags"] == {"resourceArn": f"{ARN}job/{job_id}", "team": "a"}
    assert output["Container"]["Environment"] == [{"Name": "lower", "Value": "x"}]
    assert output["Attempts"][0]["Container"]["ExitCode"] == 0
    assert output["Container"]["ResourceRequirements"][0] == {"Type": "VCPU", "Value": "1"}
    assert {name[0].lower() + name[1:] for name in output} == job.keys()


def test_error(batch_mock: BatchMock, client: Any) -> None:
    """The cause is the job as compact JSON with sorted keys."""
    batch_mock.script("job", fail(3))
    job_id = submit(client)
    batch_mock.run()
    error = batch_mock.job(job_id).as_sfn_error()
    assert error.keys() == {"Error", "Cause"}
    assert error["Error"] == "States.TaskFailed"
    cause = json.loads(error["Cause"])
    assert (cause["JobId"], cause["Status"]) == (job_id, "FAILED")
    assert cause["Container"]["ExitCode"] == 3
    again = json.dumps(cause, sort_keys=True, separators=(",", ":"))
    assert error["Cause"] == again


def test_not_over_yet(batch_mock: BatchMock, client: Any) -> None:
    """A job that has not ended has neither, and the error says what to do."""
    job = batch_mock.job(submit(client))
    with pytest.raises(BatchMockError) as caught:
        job.as_sfn_output()
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job.id}) is SUBMITTED, so it has no output. Step Functions waits "
        "for its end: call batch_mock.run() first."
    )
    with pytest.raises(BatchMockError, match="is SUBMITTED, so it has not failed"):
        job.as_sfn_error()


def test_the_wrong_one(batch_mock: BatchMock, client: Any) -> None:
    """A failed job has no output and a succeeded job no error."""
    batch_mock.script("bad", fail(1))
    bad, good = submit(client, "bad"), submit(client, "good")
    batch_mock.run()
    with pytest.raises(BatchMockError, match=r"is FAILED, .*: use as_sfn_error"):
        batch_mock.job(bad).as_sfn_output()
    with pytest.raises(BatchMockError, match=r"is SUCCEEDED, .* use as_sfn_output\(\)"):
        batch_mock.job(good).as_sfn_error()


def test_maps_are_those_of_the_model() -> None:
    """The members with unchanged keys are exactly the maps of a described job."""
    maps: set[str] = set()
    others: set[str] = set()
    seen: set[tuple[str, str]] = set()

    def walk(shape: Any, member: str) -> None:
        if (shape.name, member) in seen:
            return
        seen.add((shape.name, member))
        (maps if shape.type_name == "map" else others).add(member)
        for name, inner in getattr(shape, "members", {}).items():
            walk(inner, name)
        if shape.type_name == "list":
            walk(shape.member, member)

    client = boto3.client("batch", region_name="us-east-1")
    walk(client.meta.service_model.shape_for("JobDetail"), "")
    assert maps <= MAPS
    assert not MAPS & others


def test_of_an_array_job(batch_mock: BatchMock, client: Any) -> None:
    """The statuses in the summary of an array job are unchanged."""
    batch_mock.script("*", succeed())
    parent = submit(client, arrayProperties={"size": 2})
    batch_mock.run()
    output = batch_mock.job(parent).as_sfn_output()
    assert output["ArrayProperties"]["Size"] == 2
    assert output["ArrayProperties"]["StatusSummary"]["SUCCEEDED"] == 2
