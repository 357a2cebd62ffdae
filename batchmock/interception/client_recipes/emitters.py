"""The event emitters of botocore: what a client registers, and copies that are made quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from botocore.hooks import EventAliaser, HierarchicalEmitter

from batchmock.interception.service import SERVICE

#: The events of the creation of a client.
_CREATION: Final = (
    "choose-service-name",
    f"creating-client-class.{SERVICE}",
    f"creating-serializer.{SERVICE}",
)
#: The children of a node, each for a service, that a client uses.
_COPIED: Final = ("*", SERVICE)
#: The only handlers of these events that do the same for each client.
_OWN: Final = ("boto3.", "botocore.")


class Registration(NamedTuple):
    """One registration of a handler: the method of the emitter, and its arguments."""

    method: str
    event: str
    handler: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def repeat(self, events: Any) -> None:
        """Register the handler with another emitter."""
        getattr(events, self.method)(self.event, self.handler, *self.args, **self.kwargs)


class Notes:
    """
    An emitter that records what is registered with another.

    Args:
        events: the other emitter.
    """

    def __init__(self, events: Any) -> None:
        self._events = events
        self.registrations: list[Registration] = []

    def register(self, event_name: str, handler: Any, *args: Any, **kwargs: Any) -> None:
        """Register a handler."""
        self._note("register", event_name, handler, args, kwargs)

    def register_first(self, event_name: str, handler: Any, *args: Any, **kwargs: Any) -> None:
        """Register a handler that is called before others."""
        self._note("register_first", event_name, handler, args, kwargs)

    def register_last(self, event_name: str, handler: Any, *args: Any, **kwargs: Any) -> None:
        """Register a handler that is called after others."""
        self._note("register_last", event_name, handler, args, kwargs)

    def _note(
        self, method: str, event: str, handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        registration = Registration(method, event, handler, args, kwargs)
        self.registrations.append(registration)
        registration.repeat(self._events)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    @property
    def shape(self) -> list[tuple[str, str, str]]:
        """What was registered, without the objects to which the handlers belong."""
        return [(item.method, item.event, _name_of(item.handler)) for item in self.registrations]


def _name_of(handler: Any) -> str:
    return str(getattr(handler, "__qualname__", "") or type(handler).__name__)


def are_known(events: Any) -> bool:
    """Return whether an emitter has the structure that `copied` copies."""
    if type(events) is not EventAliaser:
        return False
    emitter = vars(events).get("_emitter")
    expected = {"_lookup_cache", "_handlers", "_unique_id_handlers"}
    return (
        vars(events).keys() == {"_emitter", "_event_aliases", "_alias_name_cache"}
        and type(emitter) is HierarchicalEmitter
        and vars(emitter).keys() == expected
        and vars(emitter._handlers).keys() == {"_root"}
    )


def registrations_of(events: Any) -> object:
    """Return an object that is replaced whenever a handler is registered or unregistered."""
    return events._emitter._lookup_cache


def may_be_handled(events: Any, event: str) -> bool:
    """Return whether an emitter has a handler for an event, or has not yet looked for one."""
    emitter = getattr(events, "_emitter", None)
    return bool(getattr(emitter, "_lookup_cache", {}).get(event, True))


def has_hooks_at_creation(events: Any) -> bool:
    """Return whether somebody else than botocore and boto3 handles an event of the creation of a client."""
    handlers = [
        handler for name in _CREATION for handler in events._emitter._handlers.prefix_search(name)
    ]
    return any(not str(getattr(handler, "__module__", "")).startswith(_OWN) for handler in handlers)


@contextmanager
def without_checks(events: Any) -> Iterator[None]:
    """
    Register handlers in a block without a look at their signatures, which takes most of the time.

    Use it to register what botocore has registered before.
    """
    emitter = events._emitter
    emitter._verify_accept_kwargs = _accept
    try:
        yield
    finally:
        del emitter._verify_accept_kwargs


def _accept(handler: object) -> None:
    """Accept a handler."""


def copied(events: Any) -> Any:
    """
    Return a copy of an emitter, as `copy.copy` does.

    The nodes of other services are shared, because a client of AWS Batch emits none of their events. The cache
    of event names is shared too, because it depends on the aliases alone.
    """
    emitter = type(events._emitter)()
    root = events._emitter._handlers._root
    children = {
        # The events of documentation have the service one level further down.
        name: _copied_node(child, 1 if name == "docs" else 0)
        for name, child in root["children"].items()
    }
    emitter._handlers._root = {**root, "children": children}
    emitter._unique_id_handlers = dict(events._emitter._unique_id_handlers)
    new = type(events)(emitter, dict(events._event_aliases))
    new._alias_name_cache = events._alias_name_cache
    return new


def _copied_node(node: Any, above_services: int) -> Any:
    """
    Return a copy of a node of the handlers and of the nodes below it.

    Args:
        node: the node.
        above_services: how many levels lie between it and the node whose children are services.
    """
    new = node.copy()
    children = new["children"] = node["children"].copy()
    for name in tuple(children) if above_services else _COPIED:
        if name in children:
            children[name] = _copied_node(children[name], above_services - 1)
    values = node["values"]
    if values is not None:
        new["values"] = type(values)(*map(list, values))
    return new
