"""
Answers to questions about jobs, kept for those who ask again before anything has happened.

Who waits for jobs asks the same again and again, and is mostly told the same. Kept is the answer packed, as
the record of calls has it: unpacked it shares nothing with the state, nor with what others were told.
"""

from __future__ import annotations

from marshal import dumps, loads
from typing import Any, Final

from batchmock.copies import Copier
from batchmock.interception.known_operations import KnownOperation
from batchmock.operations import Handler
from batchmock.operations.region import Region
from batchmock.simulation.engine import Simulation
from batchmock.validation import Checks

_MOST_KEPT: Final = 1000
#: In bytes packed. A long one takes less time to unpack than to copy, and much less memory to keep.
_SHORT: Final = 4096


class Answer:
    """
    An answer that is kept, the question with it.

    Args:
        body: the question.
        packed: the reply less its metadata, packed by `marshal`.
        changes: how often anything had happened by then.
    """

    __slots__ = ("_copier", "body", "changes", "packed")

    def __init__(self, body: bytes, packed: bytes, changes: int) -> None:
        self.body = body
        self.packed = packed
        self.changes = changes
        self._copier: Copier | None = None

    def renew(self, packed: bytes, changes: int) -> None:
        """Take the answer that was given anew; most often it is the same."""
        self.changes = changes
        if packed != self.packed:
            self.packed = packed
            self._copier = None

    def again(self) -> dict[str, Any]:
        """Give the reply once more: it is the client's own each time."""
        if self._copier is None:
            reply: dict[str, Any] = loads(self.packed)
            if len(self.packed) <= _SHORT:
                self._copier = Copier(reply)
            else:
                return reply
        return self._copier.copy()


class Answers:
    """
    Carries requests out, or answers them as before.

    Args:
        simulation: what tells whether anything has happened since.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        # What one client may ask another may not: their models may differ, and with them the checks.
        self._kept: dict[tuple[Checks, bytes, Region], Answer] = {}

    def to(
        self, known: KnownOperation, handler: Handler, region: Region, body: bytes
    ) -> tuple[dict[str, Any], bytes, bytes]:
        """
        Answer a request.

        Returns:
            The reply, which is the client's own; the body of the request, and the reply packed. The latter
            are the very same objects as the last time, if they are equal to these.

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
        reply = known.in_order(handler(region, known.params_in(body)))
        packed = dumps(reply)
        if last is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            last = self._kept[question] = Answer(body, packed, simulation.changes)
        else:
            last.renew(packed, simulation.changes)
        return reply, last.body, last.packed
