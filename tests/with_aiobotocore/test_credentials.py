from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from batchmock import mock_batch

get_session: Any = pytest.importorskip("aiobotocore.session").get_session
credentials: Any = pytest.importorskip("aiobotocore.credentials")


async def test_instance_metadata_is_not_asked() -> None:
    """While a mock is active, credentials of the metadata service are deferred."""
    before = credentials.AioInstanceMetadataProvider.load
    with mock_batch(), mock_batch():
        async with get_session().create_client("batch") as client:
            found = client._request_signer._credentials
        assert isinstance(found, credentials.AioDeferredRefreshableCredentials)
        assert found.method == "iam-role"
        assert credentials.AioInstanceMetadataProvider.load is not before
    assert credentials.AioInstanceMetadataProvider.load is before


async def test_session_that_looked_for_credentials_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session with existing providers also defers the request for credentials."""
    session = get_session()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    async with session.create_client("sqs", "us-east-1"):
        session._credentials = None
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with mock_batch():
        async with session.create_client("batch", "us-east-1") as client:
            assert (await client.describe_job_queues())["jobQueues"] == []


async def test_other_services_find_the_metadata_later() -> None:
    """A client of another service requests credentials when it signs its first request."""
    with mock_batch():
        async with get_session().create_client("sqs", "us-east-1") as client:
            with pytest.raises(AssertionError, match="reached for the network"):
                await client.list_queues()


async def test_keys_that_the_environment_has_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client finds credentials that were set after its creation when it signs."""

    class Sent(Exception): ...

    def note(request: Any, **_: Any) -> None:
        raise Sent(request.headers["Authorization"].decode())

    with mock_batch():
        async with get_session().create_client("sqs", "us-east-1") as client:
            client.meta.events.register("before-send.sqs", note)
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "found-later")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            with pytest.raises(Sent, match="Credential=found-later/"):
                await client.list_queues()


IMPORTED_WITHIN_A_MOCK = """
import asyncio, socket, sys
from batchmock import mock_batch

def refuse(*_):
    raise AssertionError("something reached for the network")

async def main():
    socket.socket.connect = refuse
    with mock_batch(region="us-east-1"):
        assert "aiobotocore" not in sys.modules
        from aiobotocore import credentials
        from aiobotocore.session import get_session
        async with get_session().create_client("batch") as client:
            print((await client.describe_job_queues())["jobQueues"])
            print(type(client._request_signer._credentials).__name__)
    print(credentials.AioInstanceMetadataProvider.load.__name__)

asyncio.run(main())
"""


def test_imported_within_a_mock() -> None:
    """A test can import aiobotocore while a mock is active."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_WITHIN_A_MOCK], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["[]", "AioDeferredRefreshableCredentials", "load"]
