from __future__ import annotations

import subprocess
import sys
from pathlib import Path
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


@pytest.mark.parametrize(
    ("variables", "profile"),
    [
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1"}, ""),
        ({}, "credential_process = /no/such/program"),
        ({"AWS_ACCESS_KEY_ID": "key"}, ""),
        ({"AWS_DEFAULTS_MODE": "auto"}, ""),
    ],
    ids=["container", "process", "half a key", "defaults of the place"],
)
async def test_nothing_is_asked_for_a_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], profile: str
) -> None:
    """A client of Batch is created and answered without credentials, network or another process."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config").write_text(f"[default]\n{profile}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with mock_batch():
        async with get_session().create_client("batch") as client:
            assert (await client.describe_job_queues())["jobQueues"] == []


async def test_process_runs_when_another_service_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The keys that a process prints sign the requests to other services."""

    class Sent(Exception): ...

    def note(request: Any, **_: Any) -> None:
        raise Sent(request.headers["Authorization"].decode())

    (tmp_path / "keys.json").write_text(
        '{"Version": 1, "AccessKeyId": "printed", "SecretAccessKey": "secret"}', encoding="utf-8"
    )
    program = "import sys; print(open(sys.argv[1]).read())"
    (tmp_path / "config").write_text(
        f"[default]\ncredential_process = '{sys.executable}' -c '{program}' '{tmp_path / 'keys.json'}'\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with mock_batch():
        async with get_session().create_client("sqs") as client:
            client.meta.events.register("before-send.sqs", note)
            with pytest.raises(Sent, match="Credential=printed/"):
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
