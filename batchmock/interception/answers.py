"""
A cache of replies to read-only requests about jobs.

A reply is valid until the simulation changes, and after that as long as what it depends on is the same.

Polling code repeats one request and mostly gets the same reply. The cache holds replies packed, as the record
of calls does: an unpacked reply shares nothing with the state or with other replies.
"""

from __future__ import annotations

from marshal import dumps, loads
from typing import Any, Final

from batchmock.copies import Copier
from batchmock.interception.known_operations import KnownOperation
from batchmock.operations import STATES, Handler
from batchmock.operations.region import Region
from batchmock.simulation.engine import Simulation
from batchmock.validation import Checks

_MOST_KEPT: Final = 1000
#: In packed bytes. A long reply takes less time to unpack than to copy, and much less memory to keep.
_SHORT: Final = 4096


class Answer:
    """
    A cached reply and the request that it answers.

    Args:
        body: the body of the request.
        packed: the reply without its metadata, packed by `marshal`.
    """

    __slots__ = ("_copier", "body", "changes", "packed", "state")

    def __init__(self, body: bytes, packed: bytes) -> None:
        self.body = body
        self.packed = packed
        #: The number of changes to the simulation when the reply was last up to date.
        self.changes = 0
        #: What the reply depends on, as it was then; None if that is not known.
        self.state: object = None
        self._copier: Copier | None = None

    def renew(self, packed: bytes, changes: int, state: object) -> None:
        """Store a recomputed reply, which is usually the same."""
        self.changes = changes
        self.state = state
        if packed != self.packed:
            self.packed = packed
            self._copier = None

    def again(self) -> dict[str, Any]:
        """Return a fresh copy of the reply."""
        if self._copier is None:
            reply: dict[str, Any] = loads(self.packed)
            if len(self.packed) <= _SHORT:
                self._copier = Copier(reply)
            else:
                return reply
        return self._copier.copy()


class Answers:
    """
    Carries out requests, or answers them from the cache.

    Args:
        simulation: the simulation whose changes invalidate the cache.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        # Keyed by the checks too: clients' models may differ, and with them the checks.
        self._kept: dict[tuple[Checks, bytes, Region], Answer] = {}

    def to(
        self, known: KnownOperation, handler: Handler, region: Region, body: bytes
    ) -> tuple[dict[str, Any], bytes, bytes]:
        """
        Answer a request.

        Returns:
            A fresh copy of the reply, the body of the request, and the packed reply. If the last two equal
            those of the previous request, they are the same objects.

        Raises:
            ServiceError: the service refuses the request.
        """
        simulation = self._simulation
        if not known.is_question:
            simulation.changes += 1
        if not known.is_about_jobs or simulation.shows_depend_on_time or simulation.is_busy:
            reply = known.in_order(handler(region, known.params_in(body)))
            return reply, body, dumps(reply)
        question = (known.checks, body, region)
        last = self._kept.get(question)
        if last is not None and last.changes == simulation.changes:
            return last.again(), last.body, last.packed
        params = known.params_in(body)
        read_state = STATES.get(known.name)
        state = None if read_state is None else read_state(region, params)
        if last is not None and state is not None and state == last.state:
            last.changes = simulation.changes
            return last.again(), last.body, last.packed
        reply = known.in_order(handler(region, params))
        packed = dumps(reply)
        if last is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            last = self._kept[question] = Answer(body, packed)
        last.renew(packed, simulation.changes, state)
        return reply, last.body, last.packed
