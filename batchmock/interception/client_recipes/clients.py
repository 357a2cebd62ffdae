"""
Create Batch clients like one that botocore has created before, at a fraction of its cost.

For each client, botocore looks up each setting, loads the rules of endpoints, builds a class and copies the
handlers of all services. If nothing that it reads has changed, the next client is built from the parts of the
first. It has a class, an emitter, a config, a signer, an endpoint and retries of its own. If in doubt, botocore
creates the client.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from types import FunctionType
from typing import Any, Final, NamedTuple
from weakref import ProxyType, proxy

import botocore
import botocore.args
import botocore.client
import botocore.config
import botocore.session
from botocore.retries import standard

from batchmock.interception.client_recipes.emitters import (
    Notes,
    are_known,
    copied,
    has_hooks_at_creation,
    registrations_of,
    without_checks,
)
from batchmock.interception.service import SERVICE

#: pytest sets it for each phase of each test, and botocore does not read it.
_CURRENT_TEST: Final = "PYTEST_CURRENT_TEST"
#: What creating a client sets, and does not read.
_LAST_REGION: Final = "_last_client_region_used"
#: What a client shares with the others of its session, or is immutable.
_SHARED: Final = frozenset({"exceptions_factory", "loader", "partition", "service_model"})
_COMPONENTS: Final = (
    "config_store",
    "data_loader",
    "event_emitter",
    "response_parser_factory",
    "user_agent_creator",
)
_PLAIN: Final = (str, bytes, int, float, bool, type(None))
#: Who replaces one of these wants to see each client.
_STEPS: Final[tuple[tuple[Any, str], ...]] = (
    (botocore.client.ClientCreator, "create_client"),
    (botocore.args.ClientArgsCreator, "get_client_args"),
    (botocore.client.BaseClient, "__init__"),
)
_BOTOCORE: Final = os.path.dirname(botocore.__file__) + os.sep
_MOST_KEPT: Final = 4


class _Same:
    """A container that must be the same object, whatever it contains."""

    def __init__(self, value: object) -> None:
        self.value = value


class _Texts(dict[Any, Any]):
    """A mapping of texts, which are compared faster than other values."""


class _Constructed(NamedTuple):
    """
    How a client was constructed.

    Args:
        given: the arguments of the constructor.
        before: the emitter that it got, as it was before.
        notes: what the client registers.
        registrations: how many registrations the constructor made.
    """

    given: Mapping[str, Any]
    before: Any
    notes: Notes
    registrations: int


class Recipe(NamedTuple):
    """
    The parts of a client that botocore has created.

    Args:
        kind: its class.
        arguments: those of the constructor.
        events: the emitter that the constructor got, as it was before.
        later: what was registered after construction, for retries.
    """

    kind: type
    arguments: Mapping[str, Any]
    events: Any
    later: list[Any]

    def client(self, note: Callable[[Any], Any] = lambda events: events) -> Any:
        """
        Build a client.

        Args:
            note: returns the emitter that the client registers its handlers with.
        """
        events = copied(self.events)
        config = copy.copy(self.arguments["client_config"])
        vars(config).update(_with_copied_containers(vars(config)))
        replaced = {
            id(self.arguments["event_emitter"]): events,
            id(self.arguments["client_config"]): config,
        }
        arguments = {
            name: value if name in _SHARED else _with_replaced(value, replaced)
            for name, value in self.arguments.items()
        }
        arguments["event_emitter"] = note(events)
        members = dict(vars(self.kind))
        for name in ("__dict__", "__weakref__"):
            members.pop(name, None)
        kind = type(self.kind.__name__, self.kind.__bases__, members)
        with without_checks(events):
            client = kind(**arguments)
            self._register_retries(client)
        return client

    def _register_retries(self, client: Any) -> None:
        """Register what counts the tries of this client alone; the handlers of legacy retries count nothing."""
        retries = client.meta.config.retries
        if retries["mode"] == "standard":
            most = retries.get("total_max_attempts")
            given = {} if most is None else {"max_attempts": most}
            standard.register_retry_handler(client, **given)
        else:
            for registration in self.later:
                registration.repeat(client.meta.events)


def _with_replaced(value: Any, replaced: Mapping[int, Any]) -> Any:
    """Return an object of the new client: a copy that refers to the parts of the new client."""
    if id(value) in replaced:
        return replaced[id(value)]
    if not hasattr(value, "__dict__"):
        return value
    new = copy.copy(value)
    attributes = vars(new)
    for name, held in attributes.items():
        if id(held) in replaced:
            attributes[name] = replaced[id(held)]
        elif type(held) is ProxyType:
            # Newer versions of botocore refer to the emitter weakly.
            attributes[name] = proxy(replaced[id(_referent(held))])
        elif name == "http_session":
            attributes[name] = copy.copy(held)
    return new


def _referent(held: Any) -> object:
    """Return the emitter to which a weak reference refers; None for any other object."""
    return getattr(getattr(held, "emit", None), "__self__", None)


class QuickClients:
    """Recipes of Batch clients, each with the state of the session and the process in which it is right."""

    def __init__(self) -> None:
        self._recipes: list[tuple[object, Recipe | None]] = []

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """
        Create the Batch clients of a block by recipes.

        If the method that creates clients is not botocore's own, nothing changes.
        """
        kind = botocore.session.Session
        create = vars(kind)["create_client"]
        if not _is_of_botocore(create):
            yield
            return

        def create_client(session: Any, *args: Any, **kwargs: Any) -> Any:
            return self._client(session, create, args, kwargs)

        kind.create_client = create_client
        try:
            yield
        finally:
            if vars(kind)["create_client"] is create_client:
                kind.create_client = create

    def _client(
        self, session: Any, create: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        if not _is_plain(session, args):
            return create(session, *args, **kwargs)
        state = _state(session, kwargs)
        for known, recipe in self._recipes:
            if _is_same(known, state):
                return create(session, *args, **kwargs) if recipe is None else recipe.client()
        if has_hooks_at_creation(session.get_component("event_emitter")):
            return create(session, *args, **kwargs)
        recipe = _recorded(lambda: create(session, *args, **kwargs))
        self._recipes = [(_state(session, kwargs), recipe), *self._recipes[: _MOST_KEPT - 1]]
        return create(session, *args, **kwargs) if recipe is None else recipe.client()


def _is_plain(session: Any, args: tuple[Any, ...]) -> bool:
    """Return whether botocore alone decides what a client is like."""
    if type(session) is not botocore.session.Session or args != (SERVICE,):
        return False
    if not all(_is_of_botocore(vars(kind)[name]) for kind, name in _STEPS):
        return False
    plugins = getattr(botocore.session, "get_botocore_plugins", lambda: None)()
    if plugins not in (None, "", "DISABLED"):
        return False
    return are_known(session.get_component("event_emitter"))


def _recorded(create: Callable[[], Any]) -> Recipe | None:
    """Return the parts of a client that botocore creates; None if another one can't be built from them."""
    client, constructed = _watched(create)
    given, before, notes, of_constructor = constructed[id(client)]
    # It keeps the parts that are equal for each request.
    if (user_agent := given.get("user_agent_creator")) is not None:
        user_agent.to_string()
    if any(_has_unknown_proxies(value, given["event_emitter"]) for value in given.values()):
        return None
    recipe = Recipe(type(client), given, before, notes.registrations[of_constructor:])
    like = recipe.client(Notes)
    is_complete = (
        client.meta.config.retries["mode"] in ("standard", "legacy")
        and like.meta.events.shape == notes.shape
        and vars(like).keys() == vars(client).keys()
    )
    return recipe if is_complete else None


def _has_unknown_proxies(value: Any, events: object) -> bool:
    """Return whether an argument of a constructor refers weakly to anything but the emitter."""
    attributes = vars(value).values() if hasattr(value, "__dict__") else ()
    return any(type(held) is ProxyType and _referent(held) is not events for held in attributes)


def _watched(create: Callable[[], Any]) -> tuple[Any, dict[int, _Constructed]]:
    """Return the result of a function, and how the clients of this thread were constructed, by their ids."""
    constructed: dict[int, _Constructed] = {}
    kind, thread = botocore.client.BaseClient, get_ident()
    construct = kind.__init__

    def watch(self: Any, **given: Any) -> None:
        if get_ident() != thread:
            construct(self, **given)
            return
        events = given["event_emitter"]
        before, notes = copied(events), Notes(events)
        construct(self, **{**given, "event_emitter": notes})
        constructed[id(self)] = _Constructed(given, before, notes, len(notes.registrations))

    kind.__init__ = watch
    try:
        return create(), constructed
    finally:
        kind.__init__ = construct


def _state(session: Any, given: Mapping[str, Any]) -> object:
    """Return everything that botocore reads to create a client, except for files that it has read already."""
    components = [session.get_component(name) for name in _COMPONENTS]
    config_store, loader, events = components[:3]
    has_keys = given.get("aws_access_key_id") is not None
    config = given.get("config")
    settings = _with_copied_containers(vars(session))
    settings.pop(_LAST_REGION, None)
    return [
        {**given, "config": config if config is None else {**vars(config)}},
        _environment(),
        None if has_keys else session.get_credentials(),
        session.get_auth_token(),
        components,
        _Same(registrations_of(events)),
        [*loader.search_paths],
        settings,
        _with_copied_containers(vars(config_store)),
    ]


def _environment() -> _Texts:
    """Return the environment variables that botocore may read."""
    # On POSIX, the encoded variables, as `os.environ` keeps them: decoding each takes more than all else.
    variables = _Texts(getattr(os.environ, "_data", os.environ))
    for name in (_CURRENT_TEST, _CURRENT_TEST.encode()):
        variables.pop(name, None)
    return variables


def _with_copied_containers(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: copy.copy(value) if isinstance(value, (dict, list)) else value
        for name, value in attributes.items()
    }


def _is_same(before: Any, now: Any) -> bool:
    """Return whether two states are the same: containers and plain values equal, all else identical."""
    if before is now:
        return True
    if type(before) is not type(now):
        return False
    if isinstance(before, _Same):
        return before.value is now.value
    if isinstance(before, _Texts):
        return bool(before == now)
    if isinstance(before, dict):
        return before.keys() == now.keys() and all(
            _is_same(value, now[name]) for name, value in before.items()
        )
    if isinstance(before, (list, tuple)):
        return len(before) == len(now) and all(map(_is_same, before, now))
    return isinstance(before, _PLAIN) and bool(before == now)


quick_clients: Final = QuickClients()


def _is_of_botocore(function: object) -> bool:
    """Return whether a function is botocore's own, not a wrapper or a replacement."""
    return type(function) is FunctionType and function.__code__.co_filename.startswith(_BOTOCORE)
