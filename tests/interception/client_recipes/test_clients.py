from __future__ import annotations

import gc
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.client
import botocore.session
import botocore.signers
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.stub import Stubber

from batchmock import BatchMock, mock_batch, throttled
from batchmock.interception.client_recipes.clients import QuickClients

EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "needs-retry",
    "after-call",
    "after-call-error",
)


class Fixture:
    """Creates clients of one session, as the fixture `batch_client` does."""

    def __init__(self) -> None:
        self.session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")
        self._clients = QuickClients()
        #: The clients that botocore has created.
        self.created = 0

    @property
    def botocore_session(self) -> Any:
        """The session of botocore below."""
        return self.session._session

    def client(self, **arguments: Any) -> Any:
        """Return a client."""
        with self._clients.in_force(), counted_creations(self):
            return self.session.client("batch", **arguments)


class counted_creations:
    """Counts the signers that botocore creates in a block: one for each client."""

    def __init__(self, fixture: Fixture) -> None:
        self._fixture = fixture

    def __enter__(self) -> None:
        sys.setprofile(self._count)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "compute_client_args":
            self._fixture.created += 1


@pytest.fixture
def fixture() -> Iterator[Fixture]:
    """Clients that are created while a mock is active."""
    with mock_batch(region="us-east-1"):
        yield Fixture()


def handlers_of(client: Any, event: str) -> list[str]:
    """Return the names of the handlers of an event, in the order of their calls."""
    found = client.meta.events._emitter._handlers.prefix_search(f"{event}.batch.SubmitJob")
    return [getattr(handler, "__qualname__", type(handler).__name__) for handler in found]


def test_second_client_is_not_created_by_botocore(fixture: Fixture) -> None:
    """The second client of a session is built from the parts of the first."""
    fixture.client()
    fixture.client()
    assert fixture.created == 1


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_is_like_one_of_botocore(fixture: Fixture, mode: str) -> None:
    """A client built from parts has the members, the settings and the handlers of one that botocore creates."""
    config = Config(retries={"mode": mode, "max_attempts": 4}, user_agent_extra="extra")
    fixture.client(config=config)
    client, usual = fixture.client(config=config), fixture.session.client("batch", config=config)
    assert fixture.created == 1
    assert dir(client) == dir(usual)
    assert type(client).__mro__[1:] == type(usual).__mro__[1:]
    assert repr(type(client)) == repr(type(usual))
    assert vars(client.meta.config).keys() == vars(usual.meta.config).keys()
    for name in ("retries", "region_name", "user_agent", "signature_version", "read_timeout"):
        assert getattr(client.meta.config, name) == getattr(usual.meta.config, name)
    assert client.meta.endpoint_url == usual.meta.endpoint_url
    assert client.meta.method_to_api_mapping == usual.meta.method_to_api_mapping
    assert [handlers_of(client, event) for event in EVENTS] == [
        handlers_of(usual, event) for event in EVENTS
    ]


def test_adaptive_retries_are_left_to_botocore(fixture: Fixture) -> None:
    """A client with adaptive retries, whose rate has a state, is created by botocore."""
    for _ in range(3):
        client = fixture.client(config=Config(retries={"mode": "adaptive"}))
    assert client.meta.config.retries["mode"] == "adaptive"
    assert fixture.created == 4


def test_handlers_of_a_client_are_its_own(fixture: Fixture) -> None:
    """Handlers that a test registers with its client are not called for the next client."""
    called: list[str] = []
    client = fixture.client()
    for event in ("before-call", "before-call.batch", "before-call.*.DescribeJobQueues"):
        client.meta.events.register(event, lambda **_: called.append("first"))
    following = fixture.client()
    following.describe_job_queues()
    assert called == []
    client.describe_job_queues()
    assert called == ["first"] * 3


def test_signatures_of_handlers_are_checked(fixture: Fixture) -> None:
    """A handler that does not take all arguments is refused, as by a client that botocore creates."""
    fixture.client()
    client = fixture.client()
    with pytest.raises(ValueError, match="must accept keyword arguments"):
        client.meta.events.register("before-call", lambda: None)


@pytest.mark.parametrize("event", ["choose-signer", "before-sign"])
def test_handlers_of_the_signer_are_its_own(event: str) -> None:
    """The signer of a client, which refers to the emitter weakly, emits the events of its own client."""
    fixture = Fixture()
    called: list[str] = []
    fixture.client(region_name="us-east-1").meta.events.register(
        event, lambda **_: called.append("first")
    )
    client = fixture.client(region_name="us-east-1")
    client.meta.events.register(event, lambda **_: called.append("second"))
    sent_by(client)
    assert called == ["second"]


def test_clients_outlive_the_one_of_botocore() -> None:
    """A client signs requests when the one from which its parts come is gone."""
    fixture = Fixture()
    client = fixture.client(region_name="us-east-1"), fixture.client(region_name="us-east-1")
    del fixture
    gc.collect()
    assert b"Credential=key/" in sent_by(client[1]).headers["Authorization"]


def test_unknown_weak_references_are_left_to_botocore(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a part of a client refers weakly to something unknown, botocore creates each client."""
    setup = botocore.signers.RequestSigner.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        setup(self, *args, **kwargs)
        self.session = weakref.proxy(fixture)

    monkeypatch.setattr(botocore.signers.RequestSigner, "__init__", __init__)
    fixture.client()
    fixture.client()
    assert fixture.created == 3


def test_handlers_of_documentation_are_its_own(fixture: Fixture) -> None:
    """Handlers of the events of documentation belong to one client too."""
    client = fixture.client()
    client.meta.events.register("docs.title.batch", lambda **_: "first")
    assert fixture.client().meta.events.emit("docs.title.batch") == []


def test_unregistered_handlers_come_back(fixture: Fixture) -> None:
    """A handler that a test unregisters from its client is there for the next one."""
    from batchmock.interception.hooks import BEFORE_CALL, answer_call

    before = handlers_of(fixture.client(), "before-call")
    client = fixture.client()
    client.meta.events.unregister(BEFORE_CALL, answer_call)
    assert handlers_of(client, "before-call") != before
    assert handlers_of(fixture.client(), "before-call") == before


def test_attributes_of_a_client_are_its_own(fixture: Fixture) -> None:
    """What a test sets on its client, or on a part of it, is gone."""
    client = fixture.client()
    client.submit_job = None
    type(client).describe_jobs = None
    client.meta.config.retries["mode"] = "none"
    client.meta.config.region_name = "elsewhere"
    client._endpoint.http_session.send = None
    client._endpoint.host = "elsewhere"
    client._request_signer.sign = None
    following = fixture.client()
    assert callable(following.submit_job)
    assert callable(following.describe_jobs)
    assert following.meta.config.retries["mode"] in ("legacy", "standard")
    assert following.meta.config.region_name == "us-east-1"
    assert callable(following._endpoint.http_session.send)
    assert following._endpoint.host == "https://batch.us-east-1.amazonaws.com"
    assert callable(following._request_signer.sign)


def test_retries_of_a_client_are_its_own(
    batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The retries of a client do not use up those of the next one."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    fixture, config = Fixture(), Config(retries={"mode": "standard", "max_attempts": 2})
    counts = []
    for _ in range(2):
        batch_mock.inject("DescribeJobQueues", throttled(), times=1000)
        client = fixture.client(config=config)
        before = len(batch_mock.calls)
        for _ in range(60):
            with pytest.raises(client.exceptions.ClientError):
                client.describe_job_queues()
        counts.append(len(batch_mock.calls) - before)
    assert counts[0] == counts[1]


def test_stubber(fixture: Fixture) -> None:
    """Botocore's Stubber stubs one client."""
    client = fixture.client()
    with Stubber(client) as stubber:
        stubber.add_response("describe_job_queues", {"jobQueues": []}, {"maxResults": 1})
        client.describe_job_queues(maxResults=1)
        fixture.client().describe_job_queues()
        stubber.assert_no_pending_responses()


def sent_by(client: Any) -> Any:
    """Return the request that a client would send without a mock."""
    sent = []

    def keep(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise ConnectionAbortedError

    client.meta.events.register_first("before-send", keep)
    with pytest.raises(ConnectionAbortedError):
        client.describe_job_queues()
    return sent[0]


def test_requests_are_signed_and_named_alike() -> None:
    """Without a mock, the request of a client has the headers that botocore's has, signed with its keys."""
    fixture = Fixture()
    arguments = {"region_name": "eu-west-1"}
    fixture.client(**arguments)
    request = sent_by(fixture.client(**arguments))
    usual = sent_by(fixture.session.client("batch", **arguments))
    assert fixture.created == 1
    assert request.url == usual.url
    assert request.headers.keys() == usual.headers.keys()
    assert request.headers["User-Agent"] == usual.headers["User-Agent"]
    assert b"Credential=key/" in request.headers["Authorization"]


# What botocore would see, and what is therefore seen


def a_region(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change the region in the environment."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def an_endpoint(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set an endpoint in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", "http://localhost:1")


def more_attempts(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the number of tries in the environment."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")


def a_variable(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a variable of the session."""
    session.set_config_variable("max_attempts", 7)


def a_default_config(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the default config of the session."""
    session.set_default_client_config(Config(read_timeout=7))


def other_credentials(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the credentials of the session."""
    session.set_credentials("another", "secret")


def an_agent(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the program to AWS."""
    session.user_agent_extra = "another"


def a_hook(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a handler with the session."""
    session.register("before-parameter-build.batch", lambda **_: None)


def an_override(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Override a setting in the store of the session."""
    session.get_component("config_store").set_config_variable("max_attempts", 7)


def a_folder(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a folder of service models."""
    session.get_component("data_loader").search_paths.append("/nowhere")


@pytest.mark.parametrize(
    "change",
    [
        a_region,
        an_endpoint,
        more_attempts,
        a_variable,
        a_default_config,
        other_credentials,
        an_agent,
        a_hook,
        an_override,
        a_folder,
    ],
)
def test_change_between_clients(
    fixture: Fixture, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any change that botocore reads, the next client is created anew, once."""
    fixture.client()
    change(fixture.botocore_session, monkeypatch)
    client = fixture.client()
    fixture.client()
    assert fixture.created == 2
    usual = fixture.session.client("batch")
    assert client.meta.endpoint_url == usual.meta.endpoint_url
    assert client.meta.config.read_timeout == usual.meta.config.read_timeout
    assert client.meta.config.retries == usual.meta.config.retries
    assert client.meta.config.user_agent == usual.meta.config.user_agent
    assert client._request_signer._credentials is usual._request_signer._credentials
    assert handlers_of(client, "before-parameter-build") == handlers_of(
        usual, "before-parameter-build"
    )


def test_change_and_back(fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts of several states are kept: a region and back costs nothing new."""
    for region in ("us-east-1", "eu-west-1", "us-east-1", "eu-west-1"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        assert fixture.client().meta.region_name == region
    assert fixture.created == 2


def test_hooks_at_creation_are_called_for_each_client(fixture: Fixture) -> None:
    """A hook of the user at the creation of clients sees each client, once."""
    seen = []

    def add_method(class_attributes: dict[str, Any], **_: Any) -> None:
        seen.append(1)
        class_attributes["added"] = lambda self: "added"

    fixture.client()
    fixture.botocore_session.register("creating-client-class.batch", add_method)
    for _ in range(3):
        assert fixture.client().added() == "added"
    assert len(seen) == 3


def test_replaced_steps_are_called_for_each_client(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that wraps a step of the creation, such as one for tracing, sees each client."""
    seen = []
    create = botocore.client.ClientCreator.create_client

    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(1)
        return create(self, *args, **kwargs)

    monkeypatch.setattr(botocore.client.ClientCreator, "create_client", traced)
    for _ in range(3):
        fixture.client()
    assert len(seen) == 3


def test_plugins_of_botocore_see_each_client(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients are created by botocore while plugins of its own are named."""
    monkeypatch.setenv("BOTOCORE_EXPERIMENTAL__PLUGINS", "none=no_such_plugin")
    for _ in range(2):
        fixture.client()
    has_plugins = hasattr(botocore.session, "get_botocore_plugins")
    assert fixture.created == (2 if has_plugins else 1)


def test_other_services_are_left_to_botocore(fixture: Fixture) -> None:
    """Clients of other services are created by botocore."""
    with QuickClients().in_force():
        first, second = (fixture.session.client("logs") for _ in range(2))
    assert first.meta.events is not second.meta.events
    assert first.meta.service_model is not second.meta.service_model


def test_other_credentials_of_a_client(fixture: Fixture) -> None:
    """Keys of a client are its own."""
    keys = [
        fixture.client(
            aws_access_key_id=name, aws_secret_access_key="secret"
        )._request_signer._credentials.access_key
        for name in ("first", "second", "first")
    ]
    assert keys == ["first", "second", "first"]
    assert isinstance(fixture.botocore_session.get_credentials(), Credentials)


def test_error_of_botocore(fixture: Fixture) -> None:
    """An error of botocore is raised as it is, and leaves nothing behind."""
    with pytest.raises(ValueError, match="Invalid endpoint"):
        fixture.client(endpoint_url="not a URL")
    assert fixture.client().describe_job_queues()["jobQueues"] == []
