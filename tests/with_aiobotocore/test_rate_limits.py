from __future__ import annotations

import asyncio
from typing import Any

import pytest

from batchmock import mock_batch, throttled

get_session: Any = pytest.importorskip("aiobotocore.session").get_session
AioConfig: Any = pytest.importorskip("aiobotocore.config").AioConfig
# The oldest supported versions of aiobotocore have no adaptive retries.
BUCKET: Any = pytest.importorskip("aiobotocore.retries.bucket").AsyncTokenBucket

ADAPTIVE = {"mode": "adaptive", "total_max_attempts": 4}


@pytest.mark.parametrize("freeze", [False, True])
async def test_slept_for(freeze: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A throttled client in adaptive mode waits for its rate limit in simulated time."""
    monkeypatch.setattr(BUCKET, "_wait_for_new_fill_rate", None, raising=False)
    before = BUCKET._acquire
    with mock_batch(region="us-east-1", advance="sleep", freeze=freeze) as batch_mock:
        batch_mock.inject("*", throttled(), times=3)
        start = batch_mock.clock.epoch_ms
        config = AioConfig(retries=ADAPTIVE)
        async with get_session().create_client("batch", config=config) as client:
            await asyncio.gather(client.describe_job_queues(), client.describe_job_queues())
        assert len(batch_mock.sleeps) > 3
        assert batch_mock.clock.epoch_ms > start
        assert BUCKET._acquire is not before
    assert BUCKET._acquire is before
