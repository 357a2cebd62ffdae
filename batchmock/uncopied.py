"""Objects that belong to a running mock, of which there are no copies."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex, TypeVar

from batchmock.errors import BatchMockError

ObjectT = TypeVar("ObjectT")


class Uncopied:
    """A part or view of a running mock: a shallow copy is the object itself, and any other is an error."""

    __slots__ = ()

    def __copy__(self: ObjectT) -> ObjectT:
        return self

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise self._not_copied()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise self._not_copied()

    def _not_copied(self) -> BatchMockError:
        return BatchMockError(
            f"batchmock: {type(self).__name__} belongs to a running mock, and can't be copied or pickled. "
            "Copy values instead, such as job.status, job.history, str(timeline) or summary()."
        )
