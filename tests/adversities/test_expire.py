from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, BatchMockError

from ..builders import names, shared_client, submit
from ..operations.service_requests import submit as submit_service


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A client on a mock with a queue and a definition."""
    batch_mock.provision("queue", "definition")
    return shared_client()


def is_described(client: Any, job_id: str) -> bool:
    """Return whether DescribeJobs shows a job."""
    return bool(client.describe_jobs(jobs=[job_id])["jobs"])


def test_a_finished_job_is_forgotten_now(batch_mock: BatchMock, client: Any) -> None:
    """An expired job is missing from the replies; the views of the mock keep it."""
    job_id = submit(client)
    batch_mock.run()
    assert is_described(client, job_id)
    batch_mock.expire(job_id)
    assert not is_described(client, job_id)
    assert names(client, jobStatus="SUCCEEDED") == []
    assert batch_mock.job(job_id).status == "SUCCEEDED"


@pytest.mark.parametrize("pattern", ["train", "tr*"])
def test_jobs_to_come(batch_mock: BatchMock, client: Any, pattern: str) -> None:
    """A job of that name is forgotten as soon as it ends, so that no one sees how it ended."""
    batch_mock.expire(pattern)
    train, other = submit(client, "train"), submit(client, "other")
    batch_mock.run_until(train, "RUNNING")
    assert is_described(client, train)
    batch_mock.run()
    assert (is_described(client, train), is_described(client, other)) == (False, True)


def test_after_the_end(batch_mock: BatchMock, client: Any) -> None:
    """`after` counts from the end of each job."""
    batch_mock.expire("*", after=60)
    job_id = submit(client)
    batch_mock.run()
    batch_mock.tick(59.999)
    assert is_described(client, job_id)
    batch_mock.tick(0.001)
    assert not is_described(client, job_id)


def test_after_the_end_of_a_finished_job(batch_mock: BatchMock, client: Any) -> None:
    """For a job that ended some time ago, the rest of the time is left."""
    job_id = submit(client)
    batch_mock.run()
    batch_mock.tick(40)
    batch_mock.expire("job", after=60)
    batch_mock.tick(19)
    assert is_described(client, job_id)
    batch_mock.tick(1)
    assert not is_described(client, job_id)


def test_the_id_of_an_unfinished_job_with_a_time(batch_mock: BatchMock, client: Any) -> None:
    """With a time after the end, a job may still be unfinished."""
    job_id = submit(client)
    batch_mock.expire(job_id, after=60)
    batch_mock.run()
    batch_mock.tick(60)
    assert not is_described(client, job_id)


def test_an_array_job_with_its_children(batch_mock: BatchMock, client: Any) -> None:
    """Children are forgotten with their parent."""
    job_id = submit(client, arrayProperties={"size": 2})
    batch_mock.run()
    batch_mock.expire("job")
    assert not is_described(client, f"{job_id}:1")
    assert client.list_jobs(arrayJobId=job_id, jobStatus="SUCCEEDED")["jobSummaryList"] == []


def test_service_jobs(batch_mock: BatchMock, client: Any) -> None:
    """A service job is forgotten too."""
    batch_mock.provision_service_jobs(job_queue="services")
    job_id = submit_service(client, "train", jobQueue="services")
    batch_mock.run()
    batch_mock.expire(batch_mock.service_job(job_id))
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_service_job(jobId=job_id)


def test_the_retention_stays(batch_mock: BatchMock, client: Any) -> None:
    """A time longer than the retention has no effect."""
    batch_mock.expire("*", after=10 * 365 * 86_400)
    job_id = submit(client)
    batch_mock.run()
    batch_mock.tick(8 * 86_400)
    assert not is_described(client, job_id)


def test_the_earliest_decides(batch_mock: BatchMock, client: Any) -> None:
    """Of several times, the earliest is the one at which a job expires."""
    batch_mock.expire("*", after=60)
    batch_mock.expire("job", after=30)
    job_id = submit(client)
    batch_mock.run()
    batch_mock.tick(30)
    assert not is_described(client, job_id)


def test_time_goes_no_further(batch_mock: BatchMock, client: Any) -> None:
    """An expiry is nothing that `run()` waits for."""
    batch_mock.expire("*", after=3600)
    submit(client)
    last = batch_mock.run()[-1]
    assert batch_mock.clock.now == last.at


def test_an_unfinished_job(batch_mock: BatchMock, client: Any) -> None:
    """The id of an unfinished job is an error that says what to write."""
    job_id = submit(client)
    with pytest.raises(BatchMockError) as caught:
        batch_mock.expire(job_id)
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job_id}) can't expire: it is SUBMITTED, and the service forgets finished "
        "jobs only. Call expire() after its end, or pass its name to have it expire as soon as it ends: "
        "expire('job')."
    )


def test_a_child(batch_mock: BatchMock, client: Any) -> None:
    """A child does not expire alone."""
    job_id = submit(client, arrayProperties={"size": 2})
    batch_mock.run()
    with pytest.raises(BatchMockError) as caught:
        batch_mock.expire(f"{job_id}:0")
    assert str(caught.value) == (
        f"batchmock: expire('{job_id}:0') got the id of a part of job 'job', which the service forgets as a "
        f"whole. Pass the id of the job: expire('{job_id}')."
    )


def test_no_length_of_time(batch_mock: BatchMock) -> None:
    """A negative time is an error."""
    with pytest.raises(BatchMockError, match=r"^batchmock: expire\(after=\) is -1"):
        batch_mock.expire("*", after=-1)
