"""
The replies of Amazon CloudWatch Logs about the log groups that jobs write to.

Source: GetLogEvents, FilterLogEvents, DescribeLogStreams and DescribeLogGroups (documented); error
messages as captured unless marked otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.nearest import did_you_mean, listed
from batchmock.observe.logs.filters import line_filter, refused
from batchmock.observe.logs.groups import LogGroup, LogGroups, LogStream
from batchmock.observe.logs.pages import (
    DIGITS,
    MOST_EVENTS,
    Answer,
    Request,
    check_limit,
    digits,
    page_of_stream,
    paged,
    question_of,
    span,
    token_of_stream,
)
from batchmock.operations.arns import partition_of
from batchmock.operations.jobs.log_streams import LogGroupKey
from batchmock.operations.region import Region
from batchmock.simulation.engine import Simulation
from batchmock.simulation.jobs.logs import WrittenLine

# Captured.
NO_STREAM: Final = "The specified log stream does not exist."
ORDER_WITH_PREFIX: Final = "Cannot order by LastEventTime with a logStreamNamePrefix."
# Assumed: the service refuses these; its exact texts are unknown.
NAME_OR_IDENTIFIER: Final = "Specify either logGroupName or logGroupIdentifier, and not both."
NAMES_OR_PREFIX: Final = "logStreamNames and logStreamNamePrefix can't be specified together."
PREFIX_OR_PATTERN: Final = "logGroupNamePrefix and logGroupNamePattern can't be specified together."

MOST_DESCRIBED: Final = 50

#: The sort key (time, index of the stream, index of the line), the stream and the line.
_Found = tuple[tuple[int, int, int], LogStream, WrittenLine]


class LogRequests:
    """
    Answers requests to CloudWatch Logs about the logs of one mock's jobs.

    Args:
        simulation: the simulation that has the jobs.
        start_ms: the first instant of its clock.
    """

    def __init__(self, simulation: Simulation, start_ms: int) -> None:
        self._clock = simulation.clock
        self._moves = simulation.transitions
        self._groups = LogGroups(simulation, start_ms)
        #: The cached result of the latest query, and its key.
        self._found: tuple[object, list[Any]] = (None, [])
        self._operations: dict[str, Callable[[LogGroup, Request], Answer]] = {
            "GetLogEvents": self._get_log_events,
            "FilterLogEvents": self._filter_log_events,
            "DescribeLogStreams": self._describe_log_streams,
        }

    def answer(self, operation: str, request: Request, region: Region) -> Answer | None:
        """
        Answer a request.

        Args:
            operation: the name of an operation of CloudWatch Logs.
            request: the request in AWS's shape.
            region: the account and region of the client.

        Returns:
            The reply in AWS's shape; None if the request is not about jobs' logs.

        Raises:
            ServiceError: the service would refuse the request.
        """
        if operation == "DescribeLogGroups":
            return self._describe_log_groups(request, region)
        handler = self._operations.get(operation)
        if handler is None:
            return None
        key = LogGroupKey(region.account_id, region.name, _group_name(request))
        group = self._groups.get(key)
        if group is None:
            return None
        largest = MOST_DESCRIBED if operation == "DescribeLogStreams" else MOST_EVENTS
        check_limit(request, largest)
        return handler(group, request)

    def answer_alone(self, operation: str, request: Request, region: Region) -> str:
        """Return the message for a request that neither `answer` nor another mock handles."""
        groups = [group.key.name for group in self._groups.of(region.account_id, region.name)]
        if operation in self._operations:
            name = _group_name(request)
            what = (
                f"{operation} of log group {name!r}, which no job writes to.{did_you_mean(name, groups)} "
                f"Jobs write to {listed(groups)}."
            )
        else:
            answered = ", ".join([*self._operations, "DescribeLogGroups"])
            what = f"{operation}. Of that service batchmock answers {answered}, about the logs of jobs."
        return (
            f"batchmock: a request to CloudWatch Logs was about to leave the process: {what} "
            "Start moto's mock_aws for other logs, or let such requests go to AWS with "
            "mock_batch(pass_logs=True)."
        )

    # Events

    def _get_log_events(self, group: LogGroup, request: Request) -> Answer:
        """
        Return a page of one stream, oldest line first; by default the last page.

        At the end of the stream the forward token stays the same until new lines arrive.
        """
        stream = group.stream(request["logStreamName"], self._clock.epoch_ms)
        if stream is None:
            raise _not_found(NO_STREAM)
        lines = stream.lines(self._clock.epoch_ms)
        least, most = span(lines, request.get("startTime"), request.get("endTime"))
        first, last = page_of_stream(stream, request, least, most)
        return {
            "events": [_event(line) for line in lines[first:last]],
            "nextForwardToken": token_of_stream("f", stream, last),
            "nextBackwardToken": token_of_stream("b", stream, first),
        }

    def _filter_log_events(self, group: LogGroup, request: Request) -> Answer:
        """Return a page of the lines of several streams, sorted by time."""
        question = question_of(request)
        newest_first = request.get("startFromHead") is False
        found = self._found_by(request, [group.key, question], lambda: self._filter(group, request))
        page, token = paged(found, _place, question, request, MOST_EVENTS, newest_first)
        events = [
            {
                "logStreamName": stream.name,
                **_event(line),
                "eventId": digits(f"{stream.name} {place[2]}", DIGITS),
            }
            for place, stream, line in page
        ]
        return {"events": events, "searchedLogStreams": [], **token}

    def _found_by(
        self, request: Request, asked: object, find: Callable[[], list[Any]]
    ) -> list[Any]:
        """Return the result of a query, cached from page to page while nothing happens."""
        depends_on = (asked, self._clock.epoch_ms, len(self._moves))
        if "nextToken" not in request or self._found[0] != depends_on:
            self._found = (depends_on, find())
        return self._found[1]

    def _filter(self, group: LogGroup, request: Request) -> list[_Found]:
        matches = line_filter(request.get("filterPattern", ""))
        return sorted(
            (
                item
                for item in self._lines_of(_chosen(group, request, self._clock.epoch_ms))
                if matches(item[2].text) and _is_between(item[2].at_ms, request)
            ),
            key=_place,
        )

    def _lines_of(self, streams: Iterable[LogStream]) -> list[_Found]:
        now_ms = self._clock.epoch_ms
        return [
            ((line.at_ms, order, number), stream, line)
            for order, stream in enumerate(streams)
            for number, line in enumerate(stream.lines(now_ms))
        ]

    # Groups and streams

    def _describe_log_streams(self, group: LogGroup, request: Request) -> Answer:
        """Return a page of streams, sorted by name or by latest event."""
        by_time = request.get("orderBy") == "LastEventTime"
        prefix = request.get("logStreamNamePrefix", "")
        if by_time and prefix:
            raise refused(ORDER_WITH_PREFIX)
        order, question = _by_last_event if by_time else _by_name, question_of(request)
        details = self._found_by(
            request,
            ["streams", group.key, question],
            lambda: sorted(self._stream_details(group, prefix), key=order),
        )
        newest_first = bool(request.get("descending"))
        page, token = paged(details, order, question, request, MOST_DESCRIBED, newest_first)
        return {"logStreams": [dict(detail) for detail in page], **token}

    def _stream_details(self, group: LogGroup, prefix: str) -> Iterator[Answer]:
        for stream in group.streams(self._clock.epoch_ms):
            if stream.name.startswith(prefix):
                yield self._stream_detail(group, stream)

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

    def _describe_log_groups(self, request: Request, region: Region) -> Answer | None:
        """
        Return the groups selected by prefix, pattern or identifiers, if jobs write to any of them.

        A request for all groups is not answered here: most groups do not belong to jobs.
        """
        is_selected = _group_selection(request)
        if is_selected is None:
            return None
        groups = self._groups.of(region.account_id, region.name)
        found = [item for item in groups if is_selected(item.key.name)]
        if not found:
            return None
        check_limit(request, MOST_DESCRIBED)
        question = question_of(request)
        details = [_group_detail(group) for group in found]
        page, token = paged(details, _by_group_name, question, request, MOST_DESCRIBED, False)
        return {"logGroups": page, **token}


def _group_name(request: Request) -> str:
    names = [request[name] for name in ("logGroupName", "logGroupIdentifier") if name in request]
    if len(names) != 1:
        raise refused(NAME_OR_IDENTIFIER)
    return _name_of(names[0])


def _name_of(identifier: str) -> str:
    """Return the name of a group from its name or ARN, which may end in `:*`."""
    if identifier.startswith("arn:"):
        return identifier.partition(":log-group:")[2].removesuffix(":*")
    return identifier


def _not_found(text: str) -> ServiceError:
    return ServiceError(text, code="ResourceNotFoundException")


def _event(line: WrittenLine) -> Answer:
    """Return a line as an event; ingestion at the moment of writing is assumed."""
    return {"timestamp": line.at_ms, "message": line.text, "ingestionTime": line.at_ms}


def _chosen(group: LogGroup, request: Request, now_ms: int) -> list[LogStream]:
    """Return the streams that a FilterLogEvents searches."""
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
    """Return whether a time lies between startTime and endTime, both included (documented)."""
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


def _group_selection(request: Request) -> Callable[[str], bool] | None:
    """Return a predicate for the names of the requested groups; None if all groups are requested."""
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
