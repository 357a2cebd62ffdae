from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, BatchMockError, hang, mock_batch

from ..builders import names, provisioned_mock, shared_client, submit
from ..operations.family_requests import register_nodes
from ..operations.service_requests import submit as submit_service


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A client on a mock with a queue and a definition."""
    batch_mock.provision("queue", "definition")
    return shared_client()


def is_described(client: Any, job_id: str) -> bool:
    """Return whether DescribeJobs shows a job."""
    return bool(client.describe_jobs(jobs=[job_id])["jobs"])


def listed(client: Any, **question: Any) -> list[str]:
    """Return the names that ListJobs shows, whatever the status."""
    return names(client, filters=[{"name": "JOB_NAME", "values": ["*"]}], **question)


@pytest.mark.parametrize("pattern", ["train", "tr*", "*"])
def test_jobs_to_come_are_shown_late(batch_mock: BatchMock, client: Any, pattern: str) -> None:
    """A job is missing from DescribeJobs and ListJobs until the lag after its submission is over."""
    batch_mock.lag(pattern, 10)
    job_id = submit(client, "train")
    batch_mock.tick(9.999)
    assert (is_described(client, job_id), listed(client)) == (False, [])
    batch_mock.tick(0.001)
    assert (is_described(client, job_id), listed(client)) == (True, ["train"])


def test_other_jobs_are_shown_at_once(batch_mock: BatchMock, client: Any) -> None:
    """The lag of one name does not hide jobs of another."""
    batch_mock.lag("train", timedelta(minutes=1))
    submit(client, "other")
    assert listed(client) == ["other"]


@pytest.mark.parametrize("as_view", [False, True])
def test_an_existing_job(batch_mock: BatchMock, client: Any, as_view: bool) -> None:
    """The lag of a job given by its id or view counts from its submission, not from the call."""
    job_id = submit(client)
    batch_mock.tick(4)
    batch_mock.lag(batch_mock.job(job_id) if as_view else job_id, 10)
    batch_mock.tick(5)
    assert not is_described(client, job_id)
    batch_mock.tick(1)
    assert is_described(client, job_id)


def test_children_of_an_array_job(batch_mock: BatchMock, client: Any) -> None:
    """Children are hidden with their parent, and one child can be hidden alone."""
    batch_mock.lag("hidden", 10)
    hidden = submit(client, "hidden", arrayProperties={"size": 2})
    shown = submit(client, "shown", arrayProperties={"size": 2})
    batch_mock.lag(f"{shown}:1", 10)
    batch_mock.tick(3)
    visible = [
        is_described(client, f"{job_id}:{index}") for job_id in (hidden, shown) for index in (0, 1)
    ]
    assert visible == [False, False, True, False]
    assert client.list_jobs(arrayJobId=hidden, jobStatus="RUNNING")["jobSummaryList"] == []
    (child,) = client.list_jobs(arrayJobId=shown, jobStatus="RUNNING")["jobSummaryList"]
    assert child["jobId"] == f"{shown}:0"


def test_an_array_job_by_its_id(batch_mock: BatchMock, client: Any) -> None:
    """The id of an array job covers its children."""
    job_id = submit(client, arrayProperties={"size": 2})
    batch_mock.lag(job_id, 10)
    assert not is_described(client, f"{job_id}:0")


def test_nodes_of_a_multi_node_job(batch_mock: BatchMock, client: Any) -> None:
    """Nodes are hidden with their job."""
    register_nodes(client, nodes=2)
    job_id = submit(client, "nodes", jobDefinition="nodes")
    batch_mock.lag(job_id, 10)
    batch_mock.tick(3)
    assert not is_described(client, f"{job_id}#0")
    assert client.list_jobs(multiNodeJobId=job_id)["jobSummaryList"] == []
    batch_mock.tick(7)
    assert is_described(client, f"{job_id}#0")


def test_service_jobs(batch_mock: BatchMock, client: Any) -> None:
    """A service job is missing from DescribeServiceJob and ListServiceJobs."""
    batch_mock.provision_service_jobs(job_queue="services")
    batch_mock.lag("train", 10)
    job_id = submit_service(client, "train", jobQueue="services")
    question = {"jobQueue": "services", "filters": [{"name": "JOB_NAME", "values": ["*"]}]}
    assert client.list_service_jobs(**question)["jobSummaryList"] == []
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_service_job(jobId=job_id)
    batch_mock.tick(10)
    assert len(client.list_service_jobs(**question)["jobSummaryList"]) == 1
    assert client.describe_service_job(jobId=job_id)["jobName"] == "train"


def test_the_front_of_a_queue() -> None:
    """A snapshot of a job queue does not show a hidden job either."""
    with mock_batch(region="us-east-1") as mock:
        mock.provision("queue", "definition", max_vcpus=1)
        mock.script("running", hang())
        mock.lag("late", 10)
        client = boto3.client("batch")
        ids = [submit(client, name) for name in ("running", "late", "early")]
        mock.tick(5)
        front = client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"]
        assert [item["jobArn"].rpartition("/")[2] for item in front] == ids[2:]
        mock.tick(5)
        front = client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"]
        assert [item["jobArn"].rpartition("/")[2] for item in front] == ids[1:]


def test_a_hidden_job_can_be_used(batch_mock: BatchMock, client: Any) -> None:
    """A hidden job runs, can be terminated, and others can depend on it."""
    batch_mock.lag("first", 3600)
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=[{"jobId": first}])
    client.terminate_job(jobId=first, reason="enough")
    batch_mock.run()
    assert batch_mock.job(first).status == "FAILED"
    assert batch_mock.job(second).status == "FAILED"


def test_the_newest_lag_decides(batch_mock: BatchMock, client: Any) -> None:
    """A later lag replaces an earlier one for the jobs that it covers."""
    batch_mock.lag("*", 60)
    batch_mock.lag("train", 0)
    assert is_described(client, submit(client, "train"))
    assert not is_described(client, submit(client, "other"))


def test_beside_the_option() -> None:
    """A lag replaces the option `visibility_lag` for the jobs that it covers."""
    with provisioned_mock(visibility_lag=5) as (mock, client):
        mock.lag("slow", 10)
        slow, fast = submit(client, "slow"), submit(client, "fast")
        mock.tick(5)
        assert (is_described(client, slow), is_described(client, fast)) == (False, True)


@pytest.mark.parametrize("seconds", [-1, float("nan"), None, "10"])
def test_no_length_of_time(batch_mock: BatchMock, seconds: Any) -> None:
    """A lag that is negative, or no length of time, is an error and changes nothing."""
    with pytest.raises(BatchMockError, match=r"^batchmock: lag\(seconds=\) is "):
        batch_mock.lag("*", seconds)
    batch_mock.check_all_used()


@pytest.mark.parametrize("job", [None, 5, ["a", "b"], {"jobId": "a"}])
def test_not_a_job(batch_mock: BatchMock, job: Any) -> None:
    """Anything but an id, a name or a view is an error."""
    with pytest.raises(BatchMockError, match=r"lag\(\) got"):
        batch_mock.lag(job, 10)


def test_reset(batch_mock: BatchMock) -> None:
    """`reset()` forgets lags."""
    batch_mock.lag("*", 10)
    batch_mock.reset()
    batch_mock.check_all_used()
