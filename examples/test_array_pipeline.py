import pytest

from array_pipeline import bad_shards, retry_bad_shards, start
from batchmock import fail, lost_reply, reclaim_spot, succeed


@pytest.fixture(autouse=True)
def work(batch_mock):
    batch_mock.provision(job_queue="work", job_definition="shard")
    batch_mock.provision(job_queue="work", job_definition="join")


def test_all_shards_are_joined(batch_mock):
    shard_id, join_id = start("monday", 1000)

    batch_mock.run()

    assert bad_shards(shard_id) == {}
    assert batch_mock.job(join_id).status == "SUCCEEDED"
    assert batch_mock.job(join_id).started_at > batch_mock.job(shard_id).stopped_at


def test_a_lost_host_is_retried(batch_mock):
    batch_mock.script("shards-*", reclaim_spot(after=60), succeed(after=60), array_index=7)
    shard_id, _ = start("monday", 20)

    batch_mock.run()

    assert len(batch_mock.job(f"{shard_id}:7").attempts) == 2
    assert bad_shards(shard_id) == {}
    batch_mock.assert_scripts_used()


def test_bad_shards_are_found_and_retried(batch_mock):
    batch_mock.script("shards-*", fail(3), array_index=7)
    batch_mock.script("shards-*", fail(137), array_index=250)
    shard_id, join_id = start("monday", 300)
    batch_mock.run()
    assert bad_shards(shard_id) == {7: 3, 250: 137}
    assert batch_mock.job(join_id).status_reason == "Dependent Job failed"

    retry_bad_shards("monday", shard_id)

    batch_mock.assert_submitted("shard-monday-7-again", environment={"SHARD": "7"})
    batch_mock.assert_submitted("shard-*-again", array_size=0, times=2)
    batch_mock.assert_polite()


@pytest.mark.batch_mock(advance="sleep")
def test_a_lost_reply_submits_nothing_twice(batch_mock):
    batch_mock.inject("SubmitJob", lost_reply(), times=2)

    start("monday", 20)

    assert [job.name for job in batch_mock.jobs] == ["shards-monday", "join-monday"]
