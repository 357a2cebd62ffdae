from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.credentials import DeferredRefreshableCredentials, InstanceMetadataProvider
from botocore.exceptions import NoRegionError
from botocore.utils import InstanceMetadataFetcher

from batchmock import BatchMock, mock_batch

REGION = "AWS_DEFAULT_REGION"


def test_region_was_not_set() -> None:
    """The default region is set while a mock is active and removed afterwards."""
    with mock_batch(region="eu-west-1"):
        assert os.environ[REGION] == "eu-west-1"
    assert REGION not in os.environ


def test_region_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default region of the process is restored afterwards."""
    monkeypatch.setenv(REGION, "ap-south-1")
    with mock_batch(region="eu-west-1"):
        assert os.environ[REGION] == "eu-west-1"
    assert os.environ[REGION] == "ap-south-1"


def test_region_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the option, the mock uses the region that the process configures."""
    monkeypatch.setenv(REGION, "ap-south-1")
    with mock_batch():
        assert boto3.client("batch").meta.region_name == "ap-south-1"


def test_region_that_nobody_names() -> None:
    """Without any configured region, the mock uses us-east-1."""
    with mock_batch():
        assert boto3.client("batch").meta.region_name == "us-east-1"


def test_region_of_a_cleared_environment() -> None:
    """Where a test has cleared the environment, sessions and clients have the region of the innermost mock."""
    with mock_batch(region="eu-west-1"), mock_batch(region="eu-west-2"):
        with mock.patch.dict(os.environ, {"STAGE": "test"}, clear=True):
            assert boto3.client("batch").meta.region_name == "eu-west-2"
            assert boto3.Session().region_name == "eu-west-2"
            assert boto3.client("batch", "eu-west-3").meta.region_name == "eu-west-3"
        assert boto3.client("batch").meta.region_name == "eu-west-2"
    with pytest.raises(NoRegionError):
        boto3.client("batch")


def test_region_of_a_profile_in_a_cleared_environment(tmp_path: Path) -> None:
    """The region of the mock is the last resort."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = ap-south-1\n", encoding="utf-8")
    variables = {"AWS_CONFIG_FILE": str(config)}
    with mock_batch(region="eu-west-1"), mock.patch.dict(os.environ, variables, clear=True):
        assert boto3.Session().client("batch").meta.region_name == "ap-south-1"


def test_region_after_an_error() -> None:
    """An exception inside the block does not prevent the cleanup."""
    with pytest.raises(ZeroDivisionError), mock_batch(region="eu-west-1"):
        1 / 0  # noqa: B018
    assert REGION not in os.environ


def test_regions_of_nested_mocks() -> None:
    """The innermost mock sets the region, and the outer mock's region returns when it ends."""
    with mock_batch(region="eu-west-1"):
        with mock_batch(region="eu-central-1"):
            assert os.environ[REGION] == "eu-central-1"
        assert os.environ[REGION] == "eu-west-1"


def test_regions_of_mocks_that_stop_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region is that of the innermost active mock, and finally the original one."""
    monkeypatch.setenv(REGION, "ap-south-1")
    with mock_batch(region="eu-west-1") as first:
        first.stop()
        first.start()
        with mock_batch(region="eu-central-1") as second:
            first.stop()
            assert os.environ[REGION] == "eu-central-1"
            second.stop()
            assert os.environ[REGION] == "ap-south-1"
            second.start()
        first.start()
    assert os.environ[REGION] == "ap-south-1"


def test_instance_metadata_is_not_asked() -> None:
    """While a mock is active, credentials from the metadata service are resolved only at signing."""
    before = InstanceMetadataProvider.load
    with mock_batch():
        client = boto3.client("batch")
        credentials = client._request_signer._credentials
        assert isinstance(credentials, DeferredRefreshableCredentials)
        assert credentials.method == "iam-role"
        assert InstanceMetadataProvider.load is not before
    assert InstanceMetadataProvider.load is before


def test_instance_metadata_provider_under_nested_mocks() -> None:
    """The credential provider is restored when the last mock ends, in whatever order the mocks stop."""
    before = InstanceMetadataProvider.load
    outer, inner = BatchMock().start(), BatchMock().start()
    outer.stop()
    assert InstanceMetadataProvider.load is not before
    inner.stop()
    assert InstanceMetadataProvider.load is before


def test_other_services_find_the_metadata_later() -> None:
    """A client of another service resolves its credentials when it signs its first request."""
    with mock_batch():
        client = boto3.client("sqs", region_name="us-east-1")
        with pytest.raises(AssertionError, match="reached for the network"):
            client.list_queues()


def test_keys_that_the_environment_has_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials set after the client was created, as moto does, are used for signing."""

    class Sent(Exception): ...

    def note(request: Any, **_: Any) -> None:
        raise Sent(request.headers["Authorization"].decode())

    with mock_batch():
        client = boto3.client("sqs", region_name="us-east-1")
        client.meta.events.register("before-send.sqs", note)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "found-later")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with pytest.raises(Sent, match="Credential=found-later/"):
            client.list_queues()


def test_provider_of_the_users_own() -> None:
    """A credential provider class defined while a mock is active is deferred too, and restored afterwards."""
    with mock_batch():

        class Provider(InstanceMetadataProvider):  # type: ignore[misc]
            def load(self) -> None:
                raise AssertionError

        provider = Provider(InstanceMetadataFetcher())
        assert isinstance(provider.load(), DeferredRefreshableCredentials)
    with pytest.raises(AssertionError):
        provider.load()
