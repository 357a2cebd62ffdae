"""Find the sessions and clients that exist before batchmock is loaded."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import botocore.client
import botocore.session

from batchmock.interception.neighbours.services import NEIGHBOURS
from batchmock.interception.service import SERVICE
from batchmock.tracked_objects import all_objects

_SERVICES: Final = (SERVICE, *NEIGHBOURS)


def is_batch_client(client: Any) -> bool:
    """Return whether a client belongs to Batch or to a service beside it that batchmock answers."""
    # A half-initialized client, such as a failed copy leaves, recurses on any attribute.
    model = getattr(vars(client).get("meta"), "service_model", None)
    return getattr(model, "service_name", None) in _SERVICES


def existing_emitters() -> list[Any]:
    """Return the event emitters of all existing sessions and clients of Batch and its neighbours."""
    sessions, clients = (
        set(map(id, _with_subclasses(kind)))
        for kind in (botocore.session.Session, botocore.client.BaseClient)
    )
    emitters = []
    for candidate in all_objects():
        # type(), because isinstance() triggers lazy proxies. Its id, because each client has its own class, and
        # looking up an id in a set takes constant time.
        kind = id(type(candidate))
        if kind in sessions:
            emitters.append(_emitter_of(candidate))
        elif kind in clients and is_batch_client(candidate):
            emitters.append(getattr(candidate.meta, "events", None))
    return [emitter for emitter in emitters if emitter is not None]


def _emitter_of(session: Any) -> Any:
    """Return the event emitter of a session; None if it has none, because its `__init__` has failed."""
    # Another thread may be creating the session: its emitter exists some time before its components.
    parts = vars(session)
    if "_components" in parts:
        with suppress(Exception):
            return session.get_component("event_emitter")
    return parts.get("_events")


def _with_subclasses(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [kind, *(below for child in children for below in _with_subclasses(child))]
