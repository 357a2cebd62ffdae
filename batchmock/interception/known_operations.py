"""
A cache of the operations of clients' models, with their checks and reply shapes.

Each client has its own model of each operation it has called. The description behind it is the same for all
clients of a session, and equal for most sessions, which share what is computed from it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from batchmock.interception.member_order import agrees, ordering_of
from batchmock.interception.older_models import is_older
from batchmock.interception.wire import decoded
from batchmock.validation import Checks, Validators, validators_for

#: Enough for ten clients that call every operation. Evicted entries are looked up again.
_MOST_KEPT: Final = 480

#: Read-only operations, which polling code repeats with the same parameters.
_QUESTIONS: Final = ("Describe", "Get", "List")
_ABOUT_JOBS: Final = frozenset({"DescribeJobs", "ListJobs"})
_MOST_QUESTIONS_KEPT: Final = 64


class KnownOperation:
    """
    An operation of a client's model and the checks of its requests.

    Args:
        name: the operation's name in the model, e.g. `SubmitJob`.
        checks: the checks that need only the request itself.
        is_older: whether replies must omit members that the model does not have.
        reply_shape: botocore's shape of the reply, if it has any members.
    """

    __slots__ = (
        "_ordering",
        "_questions",
        "checks",
        "is_about_jobs",
        "is_older",
        "is_question",
        "name",
    )

    def __init__(self, name: str, checks: Checks, *, is_older: bool, reply_shape: Any) -> None:
        self.name = name
        self.is_older = is_older
        self.checks = checks
        #: Whether it is read-only.
        self.is_question = name.startswith(_QUESTIONS)
        #: Whether it is one that code polls for the status of jobs.
        self.is_about_jobs = name in _ABOUT_JOBS
        self._questions: dict[bytes, dict[str, Any]] = {}
        #: Orders the members of replies; None if they have none, or are built in the order of the model.
        self._ordering = (
            None if reply_shape is None else ordering_of(reply_shape, _is_built_in_order)
        )

    def in_order(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Return a reply with its members, at any depth, in the order of the model."""
        if self._ordering is None:
            return reply
        ordered: dict[str, Any] = self._ordering(reply)
        return ordered

    def params_in(self, body: bytes) -> dict[str, Any]:
        """
        Return the parameters in a request.

        Args:
            body: the body of the request.

        Raises:
            ServiceError: the service would refuse the request on its own, whatever the state.
        """
        params = self._questions.get(body)
        if params is None:
            params = self.checks.check(decoded(body), len(body))
            if self.is_question:
                if len(self._questions) >= _MOST_QUESTIONS_KEPT:
                    self._questions.clear()
                self._questions[body] = params
        return params


def _is_built_in_order(shape: Any) -> bool:
    """Return whether replies build a structure in the order of the client's model, at any depth."""
    # Imported with the first request, and not with the first mock.
    from batchmock.operations.member_order import BUILT_IN_ORDER, MEMBERS

    return shape.name in BUILT_IN_ORDER and agrees(shape, MEMBERS)


class _Description(NamedTuple):
    """What is known of the description of a service: whether it is older than ours, and its operations."""

    is_older: bool
    operations: dict[str, KnownOperation]


_kept: dict[Any, KnownOperation] = {}
#: By the validators of the description.
_descriptions: WeakKeyDictionary[Validators, _Description] = WeakKeyDictionary()


def known_operation(operation_model: Any) -> KnownOperation:
    """
    Return the cached entry of an operation.

    Args:
        operation_model: botocore's model of the operation, from the calling client.
    """
    known = _kept.get(operation_model)
    if known is None:
        known = _looked_up(operation_model)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[operation_model] = known
    return known


def _looked_up(operation_model: Any) -> KnownOperation:
    """Return the entry of an operation that a client calls for the first time."""
    service_model = operation_model.service_model
    validators = validators_for(service_model)
    described = _descriptions.get(validators)
    if described is None:
        described = _descriptions[validators] = _Description(is_older(service_model), {})
    name: str = operation_model.name
    known = described.operations.get(name)
    if known is None:
        known = described.operations[name] = KnownOperation(
            name,
            validators.checks_of(name),
            is_older=described.is_older,
            reply_shape=operation_model.output_shape,
        )
    return known
