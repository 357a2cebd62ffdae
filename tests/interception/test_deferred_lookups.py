"""What botocore would look up when a client is created, for each kind of credentials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import (
    ContainerProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ProcessProvider,
)
from botocore.exceptions import NoCredentialsError, PartialCredentialsError
from botocore.session import Session
from botocore.utils import IMDSRegionProvider

from batchmock import mock_batch

from ..offline import refuse

CONTAINER = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
ROLE = "role_arn = arn:aws:iam::333333333333:role/it"

#: The environment and the default profile of a process whose credentials have to be asked for, or are missing.
PROCESSES: dict[str, tuple[dict[str, str], str]] = {
    "container": ({CONTAINER: "/v2/credentials/x"}, ""),
    "pod": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1"}, ""),
    "role of a container": (
        {CONTAINER: "/v2/credentials/x"},
        f"{ROLE}\ncredential_source = EcsContainer",
    ),
    "role of no container": ({}, f"{ROLE}\ncredential_source = EcsContainer"),
    "role of an instance": ({}, f"{ROLE}\ncredential_source = Ec2InstanceMetadata"),
    "role of no keys": ({}, f"{ROLE}\ncredential_source = Environment"),
    "web identity": ({}, f"{ROLE}\nweb_identity_token_file = /no/token"),
    "web identity of the environment": (
        {"AWS_ROLE_ARN": "arn:aws:iam::1:role/it", "AWS_WEB_IDENTITY_TOKEN_FILE": "/no/token"},
        "",
    ),
    "single sign-on": (
        {},
        "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_account_id = 555555555555\nsso_role_name = it",
    ),
    "login": ({}, "login_session = arn:aws:iam::333333333333:user/it"),
    "process": ({}, "credential_process = /no/such/program"),
    "role of a process": ({}, f"{ROLE}\nsource_profile = other"),
    "half a key": ({"AWS_ACCESS_KEY_ID": "key"}, ""),
    "defaults of the place": ({"AWS_DEFAULTS_MODE": "auto"}, ""),
}

OTHER_PROFILE = "\n[profile other]\ncredential_process = /no/such/program\n"


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """A function that sets variables of the environment and the default profile."""

    def set_up(variables: dict[str, str], profile: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        config = tmp_path / "config"
        config.write_text(f"[default]\n{profile}\n{OTHER_PROFILE}", encoding="utf-8")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.retrieve_full_uri", refuse)
    return set_up


class Sent(Exception):
    """Carries a request out of the client that was about to send it."""


def sent_key(client: Any) -> str:
    """Return the id of the key with which a client of SQS signs a request."""

    def note(request: Any, **_: Any) -> None:
        raise Sent(request.headers["Authorization"].decode())

    client.meta.events.register("before-send.sqs", note)
    with pytest.raises(Sent) as raised:
        client.list_queues()
    return str(raised.value).partition("Credential=")[2].partition("/")[0]


@pytest.mark.parametrize("name", PROCESSES)
def test_nothing_is_asked_for_a_client(process: Callable[..., None], name: str) -> None:
    """A client of Batch is created and answered without credentials, network or another process."""
    process(*PROCESSES[name])
    with mock_batch():
        assert boto3.Session().client("batch").describe_job_queues()["jobQueues"] == []


def test_container_is_asked_when_another_service_is(process: Callable[..., None]) -> None:
    """A client of another service asks for the credentials that it needs at its first request."""
    process(*PROCESSES["container"])
    with mock_batch():
        client = boto3.Session().client("sqs")
        with pytest.raises(AssertionError, match="reached for the network"):
            client.list_queues()


def test_process_runs_when_another_service_is_asked(
    process: Callable[..., None], tmp_path: Path
) -> None:
    """The keys that a process prints sign the requests to other services, which run it once."""
    program, runs = tmp_path / "program.py", tmp_path / "runs"
    program.write_text(
        f"open({str(runs)!r}, 'a').write('x')\n"
        'print(\'{"Version": 1, "AccessKeyId": "printed", "SecretAccessKey": "secret"}\')\n',
        encoding="utf-8",
    )
    process({}, f'credential_process = "{sys.executable}" "{program}"')
    with mock_batch():
        client = boto3.Session().client("sqs")
        assert not runs.exists()
        assert sent_key(client) == "printed"
        assert sent_key(client) == "printed"
    assert runs.read_text(encoding="utf-8") == "x"


def test_keys_of_the_environment_go_before_a_process(
    process: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys set after the client was created, as moto does, keep the process from running."""
    process(*PROCESSES["process"])
    with mock_batch():
        client = boto3.Session().client("sqs")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "found-later")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert sent_key(client) == "found-later"


def test_error_is_raised_when_another_service_is_asked(process: Callable[..., None]) -> None:
    """The error of botocore for incomplete credentials comes with the first request that needs them."""
    process(*PROCESSES["half a key"])
    with mock_batch():
        client = boto3.Session().client("sqs")
        with pytest.raises(PartialCredentialsError, match="AWS_SECRET_ACCESS_KEY"):
            client.list_queues()


def test_instance_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the metadata service knows none either, the error is botocore's usual one."""
    monkeypatch.setattr(
        "botocore.utils.InstanceMetadataFetcher.retrieve_iam_role_credentials", lambda _: {}
    )
    with mock_batch():
        client = boto3.Session().client("sqs")
        with pytest.raises(NoCredentialsError):
            client.list_queues()


def test_lookups_are_restored() -> None:
    """After the last mock, botocore looks things up as before."""
    lookups = [
        (ContainerProvider, "load"),
        (ProcessProvider, "load"),
        (CredentialResolver, "load_credentials"),
        (IMDSRegionProvider, "provide"),
        (Session, "get_config_variable"),
    ]
    before = [getattr(kind, name) for kind, name in lookups]
    with mock_batch(), mock_batch():
        for (kind, name), original in zip(lookups, before, strict=True):
            assert getattr(kind, name) is not original
    assert [getattr(kind, name) for kind, name in lookups] == before


def test_provider_defined_between_two_mocks() -> None:
    """A class that is defined while no mock is active is patched by the next one, and restored."""
    with mock_batch():
        pass

    class Provider(ContainerProvider):  # type: ignore[misc]
        def load(self) -> Any:
            return "asked"

    provider = Provider({CONTAINER: "/v2/credentials/x"})
    assert provider.load() == "asked"
    with mock_batch():
        assert isinstance(provider.load(), DeferredRefreshableCredentials)
    assert provider.load() == "asked"
