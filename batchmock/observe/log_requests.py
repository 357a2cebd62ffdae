"""
What Amazon CloudWatch Logs answers about the log groups that jobs write.

Source: GetLogEvents, FilterLogEvents, DescribeLogStreams and DescribeLogGroups (documented); texts of
errors as captured unless a constant says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.observe.log_filters import line_filter, refused
from batchmock.observe.log_groups import LogGroup, LogGroups, LogStream
from batchmock.operations.arns import partition_of
from batchmock.operations.log_streams import LogGroupKey
from batchmock.operations.pagination import make_token, position_of
from batchmock.simulation.engine import Simulation
from batchmock.simulation.logs import WrittenLine

# Captured.
NO_STREAM: Final = "The specified log stream does not exist."
ORDER_WITH_PREFIX: Final = "Cannot order by LastEventTime with a logStreamNamePrefix."
TOO_LARGE: Final = (
    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
    "Member must have value less than or equal to {largest}"
)
# Assumed: the service refuses these; its words are not known.
BAD_TOKEN: Final = "The specified nextToken is invalid."
NAME_OR_IDENTIFIER: Final = "Specify either logGroupName or logGroupIdentifier, and not both."
NAMES_OR_PREFIX: Final = "logStreamNames and logStreamNamePrefix can't be specified together."
PREFIX_OR_PATTERN: Final = "logGroupNamePrefix and logGroupNamePattern can't be specified together."

MOST_EVENTS: Final = 10_000
MOST_DESCRIBED: Final = 50
#: How many digits the ids of events and the tokens of GetLogEvents have, and their part for the place.
_DIGITS: Final = 56
_PLACE_DIGITS: Final = 20

Request = Mapping[str, Any]
Answer = dict[str, Any]
#: An instant, the order of its stream, its place there; and the stream and the line.
_Found = tuple[tuple[int, int, int], LogStream, WrittenLine]


class LogRequests:
    """
    Answers requests to CloudWatch Logs about what the jobs of one mock write.

    Args:
        simulation: whose jobs they are.
        start_ms: the first instant of its clock.
    """

    def __init__(self, simulation: Simulation, start_ms: int) -> None:
        self._clock = simulation.clock
        self._groups = LogGroups(simulation, start_ms)
        self._operations: dict[str, Callable[[LogGroup, Request], Answer]] = {
            "GetLogEvents": self._get_log_events,
            "FilterLogEvents": self._filter_log_events,
            "DescribeLogStreams": self._describe_log_streams,
        }

    def answer(
        self, operation: str, request: Request, account_id: str, region: str
    ) -> Answer | None:
        """
        Answer a request.

        Args:
            operation: the name of an operation of CloudWatch Logs.
            request: what was asked, in AWS's shape.
            account_id: the account of the client.
            region: its region.

        Returns:
            The reply in AWS's shape; None if it is not about what jobs write, and somebody else's.

        Raises:
            ServiceError: the service would refuse it.
        """
        if operation == "DescribeLogGroups":
            return self._describe_log_groups(request, account_id, region)
        handler = self._operations.get(operation)
        if handler is None:
            return None
        group = self._groups.get(LogGroupKey(account_id, region, _group_name(request)))
        if group is None:
            return None
        largest = MOST_DESCRIBED if operation == "DescribeLogStreams" else MOST_EVENTS
        _check_limit(request, largest)
        return handler(group, request)

    # Events

    def _get_log_events(self, group: LogGroup, request: Request) -> Answer:
        """
        Give a page of one stream, oldest line first: the last one unless a token or `startFromHead` says.

        At the end of the stream the forward token stays the same, until there is more.
        """
        stream = group.stream(request["logStreamName"], self._clock.epoch_ms)
        if stream is None:
            raise _not_found(NO_STREAM)
        lines = stream.lines(self._clock.epoch_ms)
        least, most = _span(lines, request.get("startTime"), request.get("endTime"))
        first, last = _page(stream, request, least, most)
        return {
            "events": [_event(line) for line in lines[first:last]],
            "nextForwardToken": _token("f", stream, last),
            "nextBackwardToken": _token("b", stream, first),
        }

    def _filter_log_events(self, group: LogGroup, request: Request) -> Answer:
        """Give a page of the lines of several streams, by time, newest first if so asked."""
        question = {name: item for name, item in request.items() if name not in _PAGING}
        matches = line_filter(request.get("filterPattern", ""))
        newest_first = request.get("startFromHead") is False
        found = [
            item
            for item in self._lines_of(_chosen(group, request, self._clock.epoch_ms))
            if matches(item[2].text) and _is_between(item[2].at_ms, request)
        ]
        found.sort(key=_place, reverse=newest_first)
        page, token = _paged(found, _place, question, request, MOST_EVENTS, newest_first)
        events = [
            {
                "logStreamName": stream.name,
                **_event(line),
                "eventId": _digits(f"{stream.name} {place[2]}", _DIGITS),
            }
            for place, stream, line in page
        ]
        return {"events": events, "searchedLogStreams": [], **token}

    def _lines_of(self, streams: Iterable[LogStream]) -> list[_Found]:
        now_ms = self._clock.epoch_ms
        return [
            ((line.at_ms, order, number), stream, line)
            for order, stream in enumerate(streams)
            for number, line in enumerate(stream.lines(now_ms))
        ]

    # Groups and streams

    def _describe_log_streams(self, group: LogGroup, request: Request) -> Answer:
        """Describe streams, by name or by their latest event."""
        by_time = request.get("orderBy") == "LastEventTime"
        prefix = request.get("logStreamNamePrefix", "")
        if by_time and prefix:
            raise refused(ORDER_WITH_PREFIX)
        now_ms, newest_first = self._clock.epoch_ms, bool(request.get("descending"))
        details = [
            self._stream_detail(group, stream)
            for stream in group.streams(now_ms)
            if stream.name.startswith(prefix)
        ]
        order = _by_last_event if by_time else _by_name
        details.sort(key=order, reverse=newest_first)
        question = {name: item for name, item in request.items() if name not in _PAGING}
        page, token = _paged(details, order, question, request, MOST_DESCRIBED, newest_first)
        return {"logStreams": page, **token}

    def _stream_detail(self, group: LogGroup, stream: LogStream) -> Answer:
        now_ms = self._clock.epoch_ms
        detail: Answer = {
            "logStreamName": stream.name,
            "creationTime": stream.created_ms(now_ms),
            "arn": f"{_arn(group)}:log-stream:{stream.name}",
            "storedBytes": 0,
        }
        lines = stream.lines(now_ms)
        if lines:
            detail["firstEventTimestamp"] = lines[0].at_ms
            detail["lastEventTimestamp"] = detail["lastIngestionTime"] = lines[-1].at_ms
        return detail

    def _describe_log_groups(self, request: Request, account_id: str, region: str) -> Answer | None:
        """
        Describe the groups that a prefix, a pattern or identifiers mean, if jobs write to one of them.

        A request for all groups there are is somebody else's: jobs' are but some of them.
        """
        means = _meant_groups(request)
        if means is None:
            return None
        found = [item for item in self._groups.of(account_id, region) if means(item.key.name)]
        if not found:
            return None
        _check_limit(request, MOST_DESCRIBED)
        question = {name: item for name, item in request.items() if name not in _PAGING}
        details = [_group_detail(group) for group in found]
        page, token = _paged(details, _by_group_name, question, request, MOST_DESCRIBED, False)
        return {"logGroups": page, **token}


_PAGING: Final = ("nextToken", "limit")


def _group_name(request: Request) -> str:
    names = [request[name] for name in ("logGroupName", "logGroupIdentifier") if name in request]
    if len(names) != 1:
        raise refused(NAME_OR_IDENTIFIER)
    return _name_of(names[0])


def _name_of(identifier: str) -> str:
    """Give the name of a group from its name or ARN, which may end in `:*`."""
    if identifier.startswith("arn:"):
        return identifier.partition(":log-group:")[2].removesuffix(":*")
    return identifier


def _check_limit(request: Request, largest: int) -> None:
    if request.get("limit", 0) > largest:
        raise refused(TOO_LARGE.format(value=request["limit"], name="limit", largest=largest))


def _not_found(text: str) -> ServiceError:
    return ServiceError(text, code="ResourceNotFoundException")


def _event(line: WrittenLine) -> Answer:
    """Give a line as an event; that it is taken in the moment it is written is assumed."""
    return {"timestamp": line.at_ms, "message": line.text, "ingestionTime": line.at_ms}


def _span(
    lines: tuple[WrittenLine, ...], start_ms: int | None, end_ms: int | None
) -> tuple[int, int]:
    """Give the places of the lines from an instant on and before another one."""
    least = sum(start_ms is not None and line.at_ms < start_ms for line in lines)
    most = sum(end_ms is None or line.at_ms < end_ms for line in lines)
    return least, max(least, most)


def _page(stream: LogStream, request: Request, least: int, most: int) -> tuple[int, int]:
    """Give the places at which a page of GetLogEvents begins and ends."""
    size = request.get("limit", MOST_EVENTS)
    token = request.get("nextToken")
    if token is None and request.get("startFromHead"):
        return least, min(least + size, most)
    if token is None:
        return max(least, most - size), most
    direction, place = _read_token(token, stream)
    if direction == "f":
        first = max(place, least)
        return first, max(first, min(first + size, most))
    last = min(place, most)
    return min(last, max(least, last - size)), last


def _token(direction: str, stream: LogStream, place: int) -> str:
    """Give a token in the form of the service's: it belongs to a stream, and to a place there."""
    stem = _digits(stream.name, _DIGITS - _PLACE_DIGITS)
    return f"{direction}/{stem}{place:0{_PLACE_DIGITS}}/s"


def _read_token(token: str, stream: LogStream) -> tuple[str, int]:
    direction, _, rest = token.partition("/")
    place = rest.removesuffix("/s")[-_PLACE_DIGITS:]
    is_ours = place.isdecimal() and token == _token(direction, stream, int(place))
    if not is_ours or direction not in ("f", "b"):
        raise refused(BAD_TOKEN)
    return direction, int(place)


def _digits(name: str, count: int) -> str:
    """Give so many decimal digits that belong to a name."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=32).digest(), "big")
    return f"3{number % 10 ** (count - 1):0{count - 1}}"


def _chosen(group: LogGroup, request: Request, now_ms: int) -> list[LogStream]:
    """Give the streams that a FilterLogEvents is about."""
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix:
        raise refused(NAMES_OR_PREFIX)
    if not names:
        return [item for item in group.streams(now_ms) if item.name.startswith(prefix or "")]
    found = [group.stream(name, now_ms) for name in dict.fromkeys(names)]
    if None in found:
        raise _not_found(NO_STREAM)
    return [stream for stream in found if stream is not None]


def _is_between(at_ms: int, request: Request) -> bool:
    """Say whether an instant lies in the time asked for, of which the end counts too (documented)."""
    return bool(request.get("startTime", 0) <= at_ms <= request.get("endTime", at_ms))


def _place(found: _Found) -> tuple[int, int, int]:
    return found[0]


def _by_name(detail: Answer) -> str:
    return str(detail["logStreamName"])


def _by_last_event(detail: Answer) -> tuple[int, str]:
    at_ms: int = detail.get("lastEventTimestamp") or detail["creationTime"]
    return at_ms, _by_name(detail)


def _by_group_name(detail: Answer) -> str:
    return str(detail["logGroupName"])


def _paged(
    items: list[Any],
    place: Callable[[Any], Any],
    question: Answer,
    request: Request,
    size: int,
    descending: bool,
) -> tuple[list[Any], Answer]:
    """
    Give the page of sorted items that a request asks for, and `nextToken` if there are more.

    A token holds the place of the last item of its page, so that what is new meanwhile moves nothing.
    """
    try:
        behind = position_of(request.get("nextToken"), question)
    except ServiceError:
        raise refused(BAD_TOKEN) from None
    if behind is not None:
        behind = tuple(behind) if isinstance(behind, list) else behind
        items = [
            item for item in items if (place(item) < behind if descending else place(item) > behind)
        ]
    page = items[: request.get("limit", size)]
    if len(page) == len(items):
        return page, {}
    return page, {"nextToken": make_token(question, place(page[-1]))}


def _meant_groups(request: Request) -> Callable[[str], bool] | None:
    """Give a test for the names of the groups that a request means; None if it means all there are."""
    prefix, pattern = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
    names = {_name_of(item) for item in request.get("logGroupIdentifiers", ())}
    if prefix and pattern:
        raise refused(PREFIX_OR_PATTERN)
    if names:
        return names.__contains__
    if prefix:
        return lambda name: name.startswith(prefix)
    return (lambda name: pattern in name) if pattern else None


def _group_detail(group: LogGroup) -> Answer:
    arn = _arn(group)
    return {
        "logGroupName": group.key.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }


def _arn(group: LogGroup) -> str:
    account_id, region, name = group.key
    return f"arn:{partition_of(region)}:logs:{region}:{account_id}:log-group:{name}"
