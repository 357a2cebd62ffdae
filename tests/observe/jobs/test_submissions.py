from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest

from batchmock import BatchMock, BatchMockError

from ...builders import ARN

Submit = Callable[..., str]
FIRST = "b42768f5-4378-4860-b8b9-5691b3d9a63a"


@pytest.fixture
def job_id(submit: Submit, client: Any) -> str:
    """Submit a job with every option and a dependency, and return its id."""
    client.register_job_definition(
        jobDefinitionName="train",
        type="container",
        parameters={"size": "1", "model": "small"},
        containerProperties={
            "image": "train",
            "command": ["run", "Ref::size"],
            "resourceRequirements": [
                {"type": "VCPU", "value": "2"},
                {"type": "MEMORY", "value": "512"},
            ],
            "environment": [{"name": "STAGE", "value": "dev"}],
        },
    )
    first = submit("prepare")
    return submit(
        "train-1",
        jobDefinition="train",
        dependsOn=[{"jobId": first}],
        parameters={"size": "5"},
        retryStrategy={"attempts": 3},
        timeout={"attemptDurationSeconds": 90},
        tags={"team": "a", "cost": "b"},
        arrayProperties={"size": 4},
        containerOverrides={
            "environment": [{"name": "MODE", "value": "fast"}],
            "resourceRequirements": [{"type": "GPU", "value": "1"}],
        },
    )


@pytest.mark.parametrize(
    ("expected", "other"),
    [
        ({"job_queue": "job-*"}, {"job_queue": "other"}),
        ({"job_definition": "train"}, {"job_definition": "train:2"}),
        ({"job_definition": "train:1"}, {"job_definition": "trai"}),
        (
            {"job_queue": f"{ARN}job-queue/job-queue"},
            {"job_queue": f"{ARN}job-queue/other"},
        ),
        (
            {"job_definition": f"{ARN}job-definition/train:1"},
            {"job_definition": f"{ARN}job-definition/train:2"},
        ),
        ({"job_definition": f"{ARN}job-definition/train"}, {"job_definition": f"{ARN}job-queue/x"}),
        ({"parameters": {"size": "5"}}, {"parameters": {"size": "6"}}),
        ({"parameters": {"size": ANY}}, {"parameters": {"speed": ANY}}),
        ({"command": ("run", "5")}, {"command": ["run"]}),
        ({"environment": {"STAGE": "dev", "MODE": "fast"}}, {"environment": {"STAGE": "prod"}}),
        ({"vcpus": 2}, {"vcpus": 1}),
        ({"memory_mib": 512}, {"memory_mib": 128}),
        ({"gpus": 1}, {"gpus": 0}),
        ({"depends_on": ["prepare"]}, {"depends_on": []}),
        ({"depends_on": [FIRST]}, {"depends_on": [FIRST, "prepare"]}),
        ({"array_size": 4}, {"array_size": 0}),
        ({"attempts": 3}, {"attempts": 1}),
        ({"timeout_seconds": 90}, {"timeout_seconds": 60}),
        ({"tags": {"team": "a"}}, {"tags": {"team": "b"}}),
        ({"times": 1}, {"times": 0}),
    ],
)
def test_each_expectation(
    job_id: str, batch_mock: BatchMock, expected: dict[str, Any], other: dict[str, Any]
) -> None:
    """Each expectation matches exactly the jobs for which it is true."""
    assert [job.id for job in batch_mock.assert_submitted("train-*", **expected)] == [job_id]
    with pytest.raises(AssertionError):
        batch_mock.assert_submitted("train-*", **other)


def test_dependency_given_as_job(job_id: str, batch_mock: BatchMock) -> None:
    """A dependency can be given as a view from `jobs`."""
    first = batch_mock.jobs.named("prepare").only()
    assert batch_mock.assert_submitted(depends_on=[first]).only().id == job_id


def test_array_job_that_waits_index_by_index(submit: Submit, batch_mock: BatchMock) -> None:
    """Dependencies on whole jobs and N_TO_N ones count, and SEQUENTIAL without a job does not."""
    first = submit("first", arrayProperties={"size": 2}, dependsOn=[{"type": "SEQUENTIAL"}])
    submit(
        "second",
        arrayProperties={"size": 2},
        dependsOn=[{"jobId": first, "type": "N_TO_N"}],
    )
    batch_mock.assert_submitted("first", depends_on=[])
    batch_mock.assert_submitted("second", depends_on=["first"])


def test_nothing_was_submitted(batch_mock: BatchMock) -> None:
    """The error says that no job was submitted."""
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_submitted("train-*", vcpus=2)
    assert str(caught.value) == (
        "batchmock: expected one or more jobs with job_name='train-*', vcpus=2; found none.\n"
        "No job was submitted."
    )


def test_nearest(job_id: str, batch_mock: BatchMock) -> None:
    """The error shows the closest job with its differences, and all submitted jobs."""
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_submitted(
            "train-*", vcpus=4, environment={"STAGE": "prod", "MODE": "fast"}, attempts=3
        )
    assert (
        str(caught.value)
        == f"""\
batchmock: expected one or more jobs with job_name='train-*', \
environment={{'STAGE': 'prod', 'MODE': 'fast'}}, vcpus=4, attempts=3; found none.
The closest is 'train-1' ({job_id}):
  environment: expected {{'STAGE': 'prod', 'MODE': 'fast'}}
               actual   {{'STAGE': 'dev', 'MODE': 'fast'}}
  vcpus: expected 4
         actual   2.0
Submitted jobs:
  'prepare' to 'job-queue', of 'job-definition:1', at 0s
  'train-1' to 'job-queue', of 'train:1', at 0s"""
    )


def test_times(submit: Submit, batch_mock: BatchMock) -> None:
    """The number of matches is checked, and the matches are listed."""
    submit("a-1")
    batch_mock.tick(90)
    submit("a-2")
    assert len(batch_mock.assert_submitted("a-*", times=2)) == 2
    batch_mock.assert_submitted("b-*", times=0)
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_submitted("a-*", times=1)
    assert (
        str(caught.value)
        == """\
batchmock: expected 1 job with job_name='a-*'; found 2.
Matching jobs:
  'a-1' to 'job-queue', of 'job-definition:1', at 0s
  'a-2' to 'job-queue', of 'job-definition:1', at 1m30s"""
    )


def test_many_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """The error lists at most ten jobs."""
    for number in range(12):
        submit(f"job-{number}")
    with pytest.raises(AssertionError) as caught:
        batch_mock.assert_submitted("other")
    lines = str(caught.value).split("\n")
    assert "  job_name: expected 'other'" in lines
    assert lines[-2:] == ["  'job-9' to 'job-queue', of 'job-definition:1', at 0s", "  and 2 more"]


@pytest.mark.parametrize("times", [-1, 1.5, True, "2"])
def test_times_that_are_none(batch_mock: BatchMock, times: Any) -> None:
    """A `times` that is not a whole number from 0 on is refused."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.assert_submitted(times=times)
    assert str(caught.value) == (
        f"batchmock: assert_submitted() got times={times!r}. Pass a whole number, or omit it for once "
        "or more."
    )
