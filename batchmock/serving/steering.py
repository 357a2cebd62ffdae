"""
The paths below `/_batchmock/`, by which another process moves the clock and scripts jobs.

A body is a JSON object with the arguments of the method named in the path. Outcomes are JSON too:
`{"fail": {"exit_code": 3}}`, and so are faults: `{"throttled": {}}`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from batchmock import faults, outcomes
from batchmock.errors import BatchMockError
from batchmock.faults import Fault
from batchmock.outcomes import Outcome

PREFIX: Final = "/_batchmock/"

#: The outcomes that can be written as JSON; `call` needs a Python function.
OUTCOMES: Final = (
    "succeed",
    "fail",
    "hang",
    "out_of_memory",
    "terminate_host",
    "reclaim_spot",
    "cannot_start",
    "cannot_pull_image",
    "cannot_create_container",
    "cannot_initialize_resources",
    "cannot_inspect",
    "docker_timeout",
    "no_service_capacity",
)

#: The faults that can be written as JSON.
FAULTS: Final = (
    "throttled",
    "server_error",
    "client_error",
    "connection_error",
    "connect_timeout",
    "read_timeout",
    "lost_reply",
    "slow_reply",
    "program_killed",
)

_JSON: Final = "application/json"


class SteeringReply(NamedTuple):
    """The reply to a request below `/_batchmock/`."""

    status: int
    headers: dict[str, str]
    body: bytes


class Timeline(Protocol):
    """The timeline of a mock."""

    def text(self) -> str:
        """Return the timeline as text."""

    def to_svg(self) -> str:
        """Return the timeline as an SVG image."""


class Steered(Protocol):
    """The interface of a `BatchMock` that can be steered."""

    @property
    def clock(self) -> Any:
        """Return the clock."""

    tick: Callable[..., Any]
    run: Callable[..., Any]
    run_until: Callable[..., Any]
    script: Callable[..., Any]
    override: Callable[..., Any]
    hold: Callable[..., Any]
    release: Callable[..., Any]
    inject: Callable[..., Any]
    lag: Callable[..., Any]
    expire: Callable[..., Any]
    disturb_events: Callable[..., Any]
    lose_host: Callable[..., Any]
    exhaust: Callable[..., Any]
    invalidate: Callable[..., Any]
    restore: Callable[..., Any]
    reset: Callable[..., Any]

    def timeline(self) -> Timeline:
        """Return the timeline."""


#: The verbs, which are sent with POST.
VERBS: Final = (
    "tick",
    "run",
    "run_until",
    "script",
    "override",
    "hold",
    "release",
    "inject",
    "lag",
    "expire",
    "disturb_events",
    "lose_host",
    "exhaust",
    "invalidate",
    "restore",
    "reset",
)


class _BadRequestError(Exception):
    """A request that cannot be carried out; the message goes to its sender."""


def steer(mock: Steered, method: str, path: str, accept: str, body: bytes) -> SteeringReply:
    """Carry out a request below `/_batchmock/`."""
    verb = path.partition("?")[0].removeprefix(PREFIX)
    wanted = "GET" if verb == "timeline" else "POST"
    if verb not in (*VERBS, "timeline"):
        known = ", ".join(f"POST {PREFIX}{one}" for one in VERBS)
        return _problem(404, f"There is no {path!r}. There are {known} and GET {PREFIX}timeline.")
    if method != wanted:
        return _problem(405, f"{path} is for {wanted}.")
    if verb == "timeline":
        return _timeline(mock, accept)
    try:
        arguments = _arguments(verb, body)
        return _carried_out(mock, verb, arguments)
    except (_BadRequestError, BatchMockError) as error:
        return _problem(400, str(error))


def _timeline(mock: Steered, accept: str) -> SteeringReply:
    timeline = mock.timeline()
    if "image/svg+xml" in accept:
        return SteeringReply(200, {"content-type": "image/svg+xml"}, timeline.to_svg().encode())
    text = f"{timeline.text()}\n"
    return SteeringReply(200, {"content-type": "text/plain; charset=utf-8"}, text.encode())


def _arguments(verb: str, body: bytes) -> dict[str, Any]:
    try:
        arguments = json.loads(body.decode() or "{}")
    except (ValueError, RecursionError) as error:
        raise _BadRequestError(f"The body of {PREFIX}{verb} is not JSON.") from error
    if not isinstance(arguments, dict):
        raise _BadRequestError(f"The body of {PREFIX}{verb} is not a JSON object.")
    return arguments


def _carried_out(mock: Steered, verb: str, arguments: dict[str, Any]) -> SteeringReply:
    method: Callable[..., Any] = getattr(mock, verb)
    positional: list[Any] = []
    if verb == "script":
        given = arguments.pop("outcomes", None)
        positional = [arguments.pop("job_name", "*"), *_outcomes(given)]
    if "outcome" in arguments:
        arguments["outcome"] = _outcome(arguments["outcome"])
    if "fault" in arguments:
        arguments["fault"] = _fault(arguments["fault"])
    try:
        bound = inspect.signature(method).bind(*positional, **arguments)
    except TypeError as error:
        known = ", ".join(_names(method))
        raise _BadRequestError(
            f"{PREFIX}{verb}: {error}. Its members are: {known or 'none'}."
        ) from error
    try:
        returned = method(*bound.args, **bound.kwargs)
    except (AttributeError, TypeError, ValueError) as error:
        raise _BadRequestError(f"{PREFIX}{verb}: {error}") from error
    reply = {"now": mock.clock.now.isoformat(), "transitions": _transitions(returned)}
    return SteeringReply(200, {"content-type": _JSON}, json.dumps(reply).encode())


def _names(method: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(method).parameters)


def _transitions(returned: Any) -> list[dict[str, Any]]:
    if not isinstance(returned, Sequence):
        return []
    return [
        {
            "job_id": move.job_id,
            "from_status": move.from_status,
            "to_status": move.to_status,
            "reason": move.reason,
            "at": move.at.isoformat(),
        }
        for move in returned
    ]


def _outcomes(given: Any) -> list[Outcome]:
    """Build outcomes from JSON such as `[{"fail": {"exit_code": 3}}]`."""
    if not isinstance(given, list) or not given:
        raise _BadRequestError(
            'A script needs "outcomes": a list such as [{"fail": {"exit_code": 3}}, {"succeed": {}}].'
        )
    return [_outcome(item) for item in given]


def _outcome(item: Any) -> Outcome:
    outcome: Outcome = _made("outcome", outcomes, OUTCOMES, item, '{"fail": {"exit_code": 3}}')
    return outcome


def _fault(item: Any) -> Fault:
    fault: Fault = _made("fault", faults, FAULTS, item, '{"throttled": {}}')
    return fault


def _made(kind: str, home: object, names: Sequence[str], item: Any, example: str) -> Any:
    """Call the function named by the only key of an object with the arguments in its value."""
    if not isinstance(item, dict) or len(item) != 1:
        raise _BadRequestError(f"{json.dumps(item)} is no {kind}. Write {example}.")
    ((name, arguments),) = item.items()
    if name not in names:
        raise _BadRequestError(f"There is no {kind} {name!r}. There are {', '.join(names)}.")
    if arguments is not None and not isinstance(arguments, dict):
        raise _BadRequestError(
            f"The arguments of {name} are {json.dumps(arguments)}, and go by name. Write {example}."
        )
    try:
        return getattr(home, name)(**(arguments or {}))
    except TypeError as error:
        raise _BadRequestError(str(error)) from error


def _problem(status: int, message: str) -> SteeringReply:
    body = json.dumps({"message": message}).encode()
    return SteeringReply(status, {"content-type": _JSON}, body)
