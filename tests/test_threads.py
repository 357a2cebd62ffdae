from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, CallContext, call, connection_error, mock_batch
from batchmock.outcomes import in_containers, succeed

from .builders import described, provisioned_mock, register, requirements, submit

THREADS = 8
JOBS = 200
PATIENCE = 30


@pytest.fixture
def running() -> Iterator[tuple[BatchMock, Any]]:
    """Return a mock with a queue and a definition, and a client."""
    with provisioned_mock() as given:
        yield given


@pytest.mark.parametrize("clients", [1, THREADS])
def test_no_submit_is_lost(running: tuple[BatchMock, Any], clients: int) -> None:
    """Eight threads that submit 200 jobs each, with one client or one each, create 1,600 jobs."""
    mock, client = running
    of_thread = [client] * THREADS
    if clients > 1:
        of_thread = [boto3.Session().client("batch") for _ in range(THREADS)]

    def work(thread: int) -> list[str]:
        return [submit(of_thread[thread], f"job-{thread}-{n}") for n in range(JOBS)]

    with ThreadPoolExecutor(THREADS) as pool:
        ids = {job_id for chunk in pool.map(work, range(THREADS)) for job_id in chunk}
    assert len(ids) == THREADS * JOBS
    assert {job.id for job in mock.jobs} == ids
    assert mock.calls.count("SubmitJob") == THREADS * JOBS
    assert len({call.request_id for call in mock.calls}) == THREADS * JOBS


def test_time_is_moved_while_others_submit(running: tuple[BatchMock, Any]) -> None:
    """One thread moves time while others submit and poll, and all jobs run to their end."""
    mock, client = running

    def work(thread: int) -> None:
        for n in range(100):
            described(client, submit(client, f"job-{thread}-{n}"))

    with ThreadPoolExecutor(5) as pool:
        workers = [pool.submit(work, thread) for thread in range(4)]
        while not all(worker.done() for worker in workers):
            mock.tick()
        for worker in workers:
            worker.result()
    mock.run()
    assert Counter(job.status for job in mock.jobs) == {"SUCCEEDED": 400}


def test_several_threads_move_time(running: tuple[BatchMock, Any]) -> None:
    """Several threads can move time, one after another and each by its full amount."""
    mock, client = running
    submit(client)
    before = mock.clock.epoch_ms
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: mock.tick(0.5), range(200)))
    assert mock.clock.epoch_ms == before + 100_000
    assert mock.jobs.only().status == "SUCCEEDED"


def test_faults_in_threads(running: tuple[BatchMock, Any]) -> None:
    """Each injected fault hits one request, whichever threads send them."""
    mock, _ = running
    client = boto3.client("batch", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    mock.inject("SubmitJob", connection_error(), times=50)

    def attempt(_: int) -> bool:
        try:
            submit(client)
        except Exception:  # either way, it is counted
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        succeeded = sum(pool.map(attempt, range(200)))
    assert succeeded == len(mock.jobs) == 150
    assert mock.pending_faults == []


def run_as_job(mock: BatchMock, client: Any, function: Any) -> Any:
    """Run a function as a job, from a thread that is joined, and return its result."""
    results: list[Any] = []
    mock.script("worker", call(lambda context: results.append(function(context))))
    job_id = submit(client, "worker")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(mock.run_until, job_id, "SUCCEEDED").result(timeout=PATIENCE)
    return results[0]


def test_thread_of_a_job(running: tuple[BatchMock, Any]) -> None:
    """A job's function can start threads that call Batch, and join them."""
    mock, client = running

    def function(context: CallContext) -> list[str]:
        with ThreadPoolExecutor(4) as pool:
            children: Iterator[str] = pool.map(lambda n: submit(client, f"child-{n}"), range(4))
            return list(children)

    ids = run_as_job(mock, client, function)
    mock.run()
    assert [mock.job(job_id).status for job_id in ids] == ["SUCCEEDED"] * 4


def test_thread_of_a_job_looks_and_stops(running: tuple[BatchMock, Any]) -> None:
    """Such a thread sees its job RUNNING and can terminate it, and the job ends after the function."""
    mock, client = running

    def stop(job_id: str) -> str:
        status: str = described(client, job_id)["status"]
        client.terminate_job(jobId=job_id, reason="from a thread")
        mock.hold("other", at="RUNNABLE")
        return status + mock.job(job_id).status + str(len(mock.jobs))

    def function(context: CallContext) -> str:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(stop, context.job_id).result(timeout=PATIENCE)

    mock.script("worker", call(lambda context: seen.append(function(context))))
    seen: list[str] = []
    job_id = submit(client, "worker")
    mock.run()
    assert seen == ["RUNNINGRUNNING1"]
    assert (mock.job(job_id).status, mock.job(job_id).status_reason) == (
        "FAILED",
        "from a thread",
    )


def test_thread_of_one_of_several_containers(running: tuple[BatchMock, Any]) -> None:
    """The function of one of several containers can do so too."""
    mock, client = running
    container = {
        "name": "app",
        "image": "busybox",
        "essential": True,
        "resourceRequirements": requirements(1, 128),
    }
    properties = {"taskProperties": [{"containers": [container]}]}
    client.register_job_definition(
        jobDefinitionName="task", type="container", ecsProperties=properties
    )

    def function(context: CallContext) -> None:
        thread = Thread(target=submit, args=(client, "child"), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive()

    mock.script("task", in_containers({"app": call(function)}))
    job_id = submit(client, "task", jobDefinition="task")
    mock.run()
    assert mock.job(job_id).status == "SUCCEEDED"
    assert mock.jobs.named("child").only().status == "SUCCEEDED"


def test_others_move_time_when_the_function_has_ended(running: tuple[BatchMock, Any]) -> None:
    """A thread that moves time while a job's function runs waits for it without an error."""
    mock, client = running
    inside, ticking = Event(), Event()

    def function(context: CallContext) -> None:
        inside.set()
        ticking.wait(PATIENCE)

    mock.script("worker", call(function, after=100))
    job_id = submit(client, "worker")

    def tick() -> int:
        inside.wait(PATIENCE)
        ticking.set()
        mock.tick(1000)
        return mock.clock.epoch_ms

    with ThreadPoolExecutor(2) as pool:
        ticked: Future[int] = pool.submit(tick)
        mock.run_until(job_id, "RUNNING")
        ticked.result(timeout=PATIENCE)
    assert mock.job(job_id).status == "SUCCEEDED"


def test_reset_from_a_thread(running: tuple[BatchMock, Any]) -> None:
    """A reset waits for a running function, and from the function itself it is an error."""
    mock, client = running
    errors: list[str] = []

    def function(context: CallContext) -> None:
        with pytest.raises(BatchMockError) as caught:
            mock.reset()
        errors.append(str(caught.value))
        resets.append(pool.submit(mock.reset))

    resets: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        mock.script("worker", call(function))
        submit(client, "worker")
        mock.tick(3)
        resets[0].result(timeout=PATIENCE)
    assert errors[0].startswith("batchmock: reset() was called while time is being moved")
    assert len(mock.jobs) == 0


def test_mocks_in_threads_are_apart() -> None:
    """A job's function of an outer mock can use its own mock."""
    seen = []

    def function(context: CallContext) -> None:
        with mock_batch(region="us-east-1") as inner:
            inner.provision(job_queue="queue", job_definition="definition")
            submit(boto3.client("batch", region_name="us-east-1"))
            inner.run()
            seen.append(inner.jobs.only().status)

    with provisioned_mock() as (outer, client):
        outer.script("*", call(function))
        submit(client)
        outer.run()
        assert seen == ["SUCCEEDED"]
        assert outer.jobs.only().status == "SUCCEEDED"


def test_lengths_stay_exact(running: tuple[BatchMock, Any]) -> None:
    """Work of threads during a job's function takes no simulated time."""
    mock, client = running

    def function(context: CallContext) -> Any:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda n: register(client, f"d{n}"), range(10)))
        return succeed(after=5)

    mock.script("worker", call(function))
    job_id = submit(client, "worker")
    mock.run()
    job = described(client, job_id)
    assert job["stoppedAt"] - job["startedAt"] == 5000
