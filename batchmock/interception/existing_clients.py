"""Find the sessions and clients that exist before batchmock is loaded."""

from __future__ import annotations

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
    meta = vars(client).get("meta")
    return meta is not None and meta.service_model.service_name in _SERVICES


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
            emitters.append(candidate.get_component("event_emitter"))
        elif kind in clients and is_batch_client(candidate):
            emitters.append(candidate.meta.events)
    return emitters


def _with_subclasses(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [kind, *(below for child in children for below in _with_subclasses(child))]
