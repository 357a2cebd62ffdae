"""
What replaces `datetime.datetime` and `datetime.date` while a mock freezes time.

Their instances are those of the real classes, so that they pickle, compare and dispatch as ever.
"""

from __future__ import annotations

import datetime
from datetime import date as _date
from datetime import datetime as _datetime
from typing import Any, Final

from batchmock.walltime.patching.clocks import now_seconds, reads

#: The real class that each replacement stands for, by the id of the replacement.
_REAL: Final[dict[int, type]] = {}
#: What a replacement answers itself, and not the real class.
_OWN: Final = frozenset({"__class__", "__mro__", "__new__", "now", "today", "utcnow"})


class _StandIn(type):
    """The type of a replacement: it equals the real class, and makes instances of it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _REAL.get(id(cls), ())) or type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, _REAL.get(id(cls), ())) or type.__subclasscheck__(cls, kind)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is _REAL.get(id(cls))

    def __hash__(cls) -> int:
        return type.__hash__(_REAL.get(id(cls), cls))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        kind = _REAL.get(id(cls))
        return type.__call__(cls, *args, **kwargs) if kind is None else kind(*args, **kwargs)

    def __getattribute__(cls, name: str) -> Any:
        kind = None if name in _OWN else _REAL.get(id(cls))
        return type.__getattribute__(cls, name) if kind is None else getattr(kind, name)


class SimulatedDate(_date, metaclass=_StandIn):
    """`datetime.date`, which reads the simulated time."""

    @classmethod
    def today(cls) -> Any:
        """Return the current local date."""
        seconds = now_seconds()
        if seconds is None:
            return _date.today() if id(cls) in _REAL else super().today()
        kind: Any = _REAL.get(id(cls), cls)
        return kind.fromtimestamp(seconds)


class SimulatedDatetime(_datetime, metaclass=_StandIn):
    """`datetime.datetime`, which reads the simulated time."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """Return the current time, local or of a time zone."""
        seconds = now_seconds()
        reads.count += 1
        if seconds is None:
            return _datetime.now(tz) if id(cls) in _REAL else super().now(tz)
        kind: Any = _REAL.get(id(cls), cls)
        return kind.fromtimestamp(seconds, tz)

    @classmethod
    def utcnow(cls) -> Any:
        """Return the current time in UTC, without a zone."""
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        """Return the current local time."""
        return cls.now()


_REAL.update({id(SimulatedDate): _date, id(SimulatedDatetime): _datetime})


def reducers() -> dict[type, Any]:
    """Return how pickle and copy take instances apart: as instances of what stands in `datetime` now."""
    return {
        _date: lambda moment: (SimulatedDate, moment.__reduce_ex__(2)[1]),
        _datetime: lambda moment: (SimulatedDatetime, moment.__reduce_ex__(2)[1]),
    }
