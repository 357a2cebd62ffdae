"""The options of a mock: their types, their checks, and their form in an ini file."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias, TypedDict

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError
from batchmock.names import ADVANCES, Advance
from batchmock.nearest import did_you_mean, nearest
from batchmock.simulation.assumptions import Policies
from batchmock.simulation.time.clock import to_datetime, to_epoch_ms

#: An instant in the public interface: a `datetime`, an ISO 8601 string, or Unix seconds.
Instant: TypeAlias = "datetime | str | float"

DURATIONS: Final = (
    "stage_seconds",
    "resource_seconds",
    "retention",
    "visibility_lag",
    "stop_grace_seconds",
    "launch_seconds",
)
FLAGS: Final = ("strict", "pass_logs", "whole_way")

#: What botocore accepts as the name of a region: a label of a host name.
_REGION: Final = re.compile(r"(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)")
#: The words for directions in the names of AWS's regions.
_DIRECTIONS: Final = (
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
)


class MockOptions(TypedDict, total=False):
    """The types of the keyword arguments of `mock_batch`. `Options` describes each."""

    region: str
    account_id: str
    start: Instant | None
    stage_seconds: Duration
    resource_seconds: Duration
    advance: Advance
    speed: float
    freeze: bool | None
    seed: int
    retention: Duration
    visibility_lag: Duration
    stop_grace_seconds: Duration
    launch_seconds: Duration
    policies: Policies
    strict: bool
    pass_logs: bool
    stuck_after: int
    whole_way: bool


def epoch_ms_of(instant: Instant, what: str) -> int:
    """
    Convert a user's instant to milliseconds since the epoch.

    Raises:
        BatchMockError: the value is not an instant.
    """
    if isinstance(instant, str):
        try:
            instant = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", instant))
        except ValueError:
            raise BatchMockError(_not_an_instant(instant, what)) from None
    if isinstance(instant, datetime):
        return to_epoch_ms(instant)
    if isinstance(instant, bool) or not isinstance(instant, (int, float)):
        raise BatchMockError(_not_an_instant(instant, what))
    try:
        to_datetime(epoch_ms := round(instant * 1000))
    except (OverflowError, ValueError):
        raise BatchMockError(_not_an_instant(instant, what)) from None
    return epoch_ms


def _not_an_instant(instant: object, what: str) -> str:
    return (
        f"batchmock: {what} is {instant!r}, which is not a point in time. Pass a datetime, "
        'an ISO 8601 string such as "2026-01-02T03:04:05Z", or Unix seconds.'
    )


def default_region() -> str:
    """Return the region of mocks that are given none."""
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@dataclass(frozen=True)
class Options:
    """
    The options of `mock_batch`, checked.

    Args:
        region: the region of clients that name none.
        account_id: the account in every ARN, twelve digits.
        start: the first instant of the clock; by default the time at entry.
        stage_seconds: the duration of each lifecycle stage, and of an unscripted run.
        resource_seconds: how long resources are CREATING, UPDATING and DELETING.
        advance: what moves the clock: `manual`, `poll`, `sleep` or `wall`.
        speed: simulated seconds per real second, under `advance="wall"`.
        freeze: whether `time.time()`, `datetime.now()` and the other clocks agree with the clock of the mock;
            None: under `advance="sleep"`, and not otherwise.
        seed: the seed from which ids derive, together with the order of calls.
        retention: how long finished jobs stay visible, in simulated seconds or as a `timedelta`.
        visibility_lag: the time after SubmitJob until DescribeJobs and ListJobs show the job.
        stop_grace_seconds: the time from SIGTERM to SIGKILL when a running attempt is stopped.
        launch_seconds: the time from the launch of an EC2 instance until it accepts jobs.
        policies: choices where the behaviour of the real service is not known.
        strict: whether a script, hold, fault, mishap or subscription that was never used is an error at
            the end of the mock.
        pass_logs: whether requests to CloudWatch Logs that batchmock does not answer are sent to AWS.
        stuck_after: the number of moves of time, with nothing left that could happen, that raises `StuckError`.
        whole_way: whether every call passes through botocore's send path, so that hooks on `before-send`,
            `needs-retry` and `response-received` fire as on AWS.

    Raises:
        BatchMockError: an option has an invalid value.
    """

    region: str = field(default_factory=default_region)
    account_id: str = "123456789012"
    start: Instant | None = None
    stage_seconds: Duration = 1.0
    resource_seconds: Duration = 0.0
    advance: Advance = "manual"
    speed: float = 1.0
    freeze: bool | None = None
    seed: int = 0
    retention: Duration = timedelta(days=7)
    visibility_lag: Duration = 0.0
    stop_grace_seconds: Duration = 0.0
    launch_seconds: Duration = 0.0
    policies: Policies = field(default_factory=Policies)
    strict: bool = False
    pass_logs: bool = False
    stuck_after: int = 1000
    whole_way: bool = False

    def __post_init__(self) -> None:
        _check_account_id(self.account_id)
        check_region(self.region)
        _check_policies(self.policies)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise BatchMockError(f"batchmock: seed is {self.seed!r}; pass a whole number.")
        # Checks them, too.
        _ = self._milliseconds
        for name in FLAGS:
            if not isinstance(value := getattr(self, name), bool):
                raise BatchMockError(f"batchmock: {name} is {value!r}; pass True or False.")
        self._check_time()
        if self.start is not None:
            epoch_ms_of(self.start, "start")

    def _check_time(self) -> None:
        """Check `advance` and `speed`."""
        if self.advance not in ADVANCES:
            raise BatchMockError(
                f"batchmock: advance is {self.advance!r}.{did_you_mean(self.advance, ADVANCES)} Pass what "
                'moves the clock: "manual" (only the test), "poll" (each look at a job), "sleep" '
                '(time.sleep and asyncio.sleep), or "wall" (the wall clock).'
            )
        if self.advance == "poll" and not self.milliseconds("stage_seconds"):
            raise BatchMockError(
                'batchmock: with advance="poll" each look at a job moves the clock by stage_seconds, and '
                f"that is {self.stage_seconds!r}. Pass a stage_seconds above zero."
            )
        if not isinstance(self.freeze, (bool, type(None))):
            raise BatchMockError(f"batchmock: freeze is {self.freeze!r}; pass True, False or None.")
        if type(self.stuck_after) is not int or self.stuck_after < 1:
            raise BatchMockError(
                f"batchmock: stuck_after is {self.stuck_after!r}; pass a whole number above zero."
            )
        if isinstance(self.speed, bool) or not isinstance(self.speed, (int, float)):
            raise BatchMockError(f"batchmock: speed is {self.speed!r}; pass a number above zero.")
        if not 0 < self.speed < float("inf"):
            raise BatchMockError(f"batchmock: speed is {self.speed!r}; pass a number above zero.")
        if self.speed != 1 and self.advance != "wall":
            raise BatchMockError(
                f'batchmock: speed is {self.speed!r}, the speed of the clock under advance="wall", and '
                f'advance is {self.advance!r}. Pass advance="wall", or leave speed out.'
            )

    @property
    def freezes_time(self) -> bool:
        """Return whether code under test reads the simulated clock."""
        return self.advance == "sleep" if self.freeze is None else self.freeze

    @cached_property
    def _milliseconds(self) -> dict[str, int]:
        """The durations in milliseconds, by name."""
        return {name: milliseconds(getattr(self, name), name) for name in DURATIONS}

    def milliseconds(self, name: str) -> int:
        """Return one of the durations in milliseconds."""
        return self._milliseconds[name]

    def start_ms(self) -> int:
        """Return the first instant of the clock: `start`, or the time now."""
        if self.start is None:
            return int(time.time() * 1000)
        return epoch_ms_of(self.start, "start")


def _check_account_id(account_id: object) -> None:
    if not isinstance(account_id, str) or len(account_id) != 12 or not account_id.isdecimal():
        raise BatchMockError(
            f"batchmock: account_id is {account_id!r}; AWS account ids are strings of twelve "
            'digits, e.g. "123456789012".'
        )


def check_region(region: object) -> None:
    """
    Check a region; accept possible future regions, but not a misspelt direction.

    Raises:
        BatchMockError: it is not the name of a region.
    """
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise BatchMockError(f'batchmock: region is {region!r}; pass a name such as "eu-west-1".')
    parts = re.fullmatch(r"([a-z]{2,4}(?:-[a-z]+)*)-([a-z]+)-(\d+)", region)
    if parts is None or parts[2] in _DIRECTIONS:
        return
    alike = [direction for direction in _DIRECTIONS if direction[0] == parts[2][0]]
    for direction in nearest(parts[2], alike, most=1):
        raise BatchMockError(
            f"batchmock: region is {region!r}, and AWS has no regions of that name. "
            f"Did you mean '{parts[1]}-{direction}-{parts[3]}'?"
        )


def _check_policies(policies: object) -> None:
    if isinstance(policies, Policies):
        return
    names = [item.name for item in fields(Policies)]
    given = policies if isinstance(policies, Mapping) else {"substitute_inside_strings": True}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    raise BatchMockError(
        f"batchmock: policies is {policies!r}; pass a Policies: mock_batch(policies=Policies("
        f"{arguments})). It has {', '.join(names)}."
    )


#: The types of immutable values that do not differ if they are equal; instants may.
_EXACT: Final = frozenset({str, int, float, bool, type(None), timedelta, Policies})
OPTION_NAMES: Final = tuple(item.name for item in fields(Options))


def make_options(given: Mapping[str, Any]) -> Options:
    """
    Build options from keyword arguments.

    Raises:
        BatchMockError: an option does not exist, or has an invalid value.
    """
    for name in given:
        if name not in OPTION_NAMES:
            raise BatchMockError(
                f"batchmock: mock_batch() has no option {name!r}.{did_you_mean(name, OPTION_NAMES)} "
                f"It has {', '.join(OPTION_NAMES)}."
            )
    named = given if "region" in given else {"region": default_region(), **given}
    if not _EXACT.issuperset(map(type, named.values())):
        return Options(**named)
    return _equal_options(*((name, type(value), value) for name, value in named.items()))


@lru_cache(maxsize=64)
def _equal_options(*given: tuple[str, type, Any]) -> Options:
    """Build options once for equal arguments of equal types, because most tests create their mocks alike."""
    return Options(**{name: value for name, _, value in given})


def options_now(before: Options, given: Mapping[str, Any]) -> Options:
    """
    Return options for another mock: the same ones, unless their default region has changed.

    Args:
        before: the options of the mock before.
        given: the keyword arguments of which both are built.
    """
    if "region" in given or before.region == default_region():
        return before
    return make_options(given)


def _flag(text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False}
    return words[text.lower()]


def _instant(text: str) -> Instant:
    try:
        return float(text)
    except ValueError:
        return text


#: The parser of each ini option and its expected form; `policies` cannot be written as text.
INI_FORMS: Final[Mapping[str, tuple[Callable[[str], Any], str]]] = {
    "region": (str, "a region"),
    "account_id": (str, "twelve digits"),
    "start": (_instant, "an ISO 8601 instant or Unix seconds"),
    "advance": (str, "manual, poll, sleep or wall"),
    "speed": (float, "a number"),
    "freeze": (_flag, "true or false"),
    "seed": (int, "a whole number"),
    "stuck_after": (int, "a whole number above zero"),
    **dict.fromkeys(DURATIONS, (float, "a number of seconds")),
    **dict.fromkeys(FLAGS, (_flag, "true or false")),
}


def option_of_ini(name: str, text: str) -> Any:
    """
    Convert the text of the ini option `batchmock_<name>` to a value of the option.

    Raises:
        BatchMockError: the text does not have the form of this option.
    """
    read, form = INI_FORMS[name]
    try:
        return read(text.strip())
    except (KeyError, ValueError):
        raise BatchMockError(
            f"batchmock: the ini option batchmock_{name} is {text!r}; write {form}."
        ) from None
