import pytest

from batchmock import fail, out_of_memory, succeed
from event_handler import PATTERN, handler


@pytest.fixture
def submit(batch_mock, batch_client):
    batch_mock.provision(job_queue="queue", job_definition="train", memory_mib=4096)
    batch_mock.subscribe(lambda event: handler(event, None), PATTERN)

    def submit_job():
        batch_client.submit_job(jobName="train", jobQueue="queue", jobDefinition="train")
        batch_mock.run()

    return submit_job


def test_memory_is_doubled_up_to_the_limit(batch_mock, submit):
    batch_mock.script("train*", out_of_memory(after=60))

    submit()

    assert [job.memory_mib for job in batch_mock.jobs] == [4096, 8192, 16384]


def test_an_event_that_comes_twice(batch_mock, submit):
    batch_mock.script("train*", out_of_memory(after=60))
    batch_mock.disturb_events(duplicates=True, delay=30)

    submit()

    assert [job.memory_mib for job in batch_mock.jobs] == [4096, 8192, 16384]


def test_other_failures_stay_failed(batch_mock, submit):
    batch_mock.script("train", fail(1))

    submit()

    batch_mock.assert_submitted("train*", times=1)


def test_jobs_that_succeed_are_left_alone(batch_mock, submit):
    batch_mock.script("train", succeed(after=60))

    submit()

    batch_mock.assert_submitted("train*", times=1)
