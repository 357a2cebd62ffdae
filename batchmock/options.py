"""The options of a mock: what may be given, and what it means in the simulation's terms."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError
from batchmock.simulation.clock import to_datetime, to_epoch_ms
from batchmock.simulation.policies import Policies

#: What a user may give for an instant: a `datetime`, an ISO 8601 string, or Unix seconds.
Instant: TypeAlias = "datetime | str | float"

#: Who moves the clock.
ADVANCES: Final = ("manual", "poll", "sleep", "wall")
DURATIONS: Final = (
    "stage_seconds",
    "resource_seconds",
    "retention",
    "visibility_lag",
    "stop_grace_seconds",
)


def epoch_ms_of(instant: Instant, what: str) -> int:
    """
    Turn a user's instant into milliseconds since the epoch.

    Raises:
        BatchMockError: it is none.
    """
    if isinstance(instant, str):
        try:
            instant = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", instant))
        except ValueError:
            raise BatchMockError(_no_instant(instant, what)) from None
    if isinstance(instant, datetime):
        return to_epoch_ms(instant)
    if isinstance(instant, bool) or not isinstance(instant, (int, float)):
        raise BatchMockError(_no_instant(instant, what))
    try:
        to_datetime(epoch_ms := round(instant * 1000))
    except (OverflowError, ValueError):
        raise BatchMockError(_no_instant(instant, what)) from None
    return epoch_ms


def _no_instant(instant: object, what: str) -> str:
    return (
        f"batchmock: {what} is {instant!r}, which is no instant. Give a datetime, "
        'an ISO 8601 string such as "2026-01-02T03:04:05Z", or Unix seconds.'
    )


def _default_region() -> str:
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@dataclass(frozen=True)
class Options:
    """
    The options of `mock_batch`, checked.

    Args:
        region: the region of clients that name none.
        account_id: the account in every ARN, twelve digits.
        start: the clock's first instant; the time at entry if not given.
        stage_seconds: what each lifecycle stage, and an unscripted run, takes.
        resource_seconds: what resources spend CREATING, UPDATING and DELETING.
        advance: who moves the clock: `manual`, `poll`, `sleep` or `wall`.
        speed: simulated seconds to a real one, under `advance="wall"`.
        freeze: whether `time.time()`, `datetime.now()` and the other clocks agree with the mock's; None: under
            `advance="sleep"`, and not otherwise.
        seed: what ids derive from, together with the order of calls.
        retention: how long finished jobs stay visible, in simulated seconds or as a `timedelta`.
        visibility_lag: for how long after SubmitJob describe and list do not show the job yet.
        stop_grace_seconds: from SIGTERM to SIGKILL when a running attempt is stopped.
        stuck_after: how many moves of time in vain, with nothing left that could happen, raise `StuckError`.
        whole_way: whether every call goes through botocore's sending, so that hooks on `before-send`,
            `needs-retry` and `response-received` fire as on AWS.
        policies: choices where the real service's behaviour is not known.

    Raises:
        BatchMockError: an option has a value that it can't have.
    """

    region: str = field(default_factory=_default_region)
    account_id: str = "123456789012"
    start: Instant | None = None
    stage_seconds: Duration = 1.0
    resource_seconds: Duration = 0.0
    advance: str = "manual"
    speed: float = 1.0
    freeze: bool | None = None
    seed: int = 0
    retention: Duration = timedelta(days=7)
    visibility_lag: Duration = 0.0
    stop_grace_seconds: Duration = 0.0
    stuck_after: int = 1000
    whole_way: bool = False
    policies: Policies = field(default_factory=Policies)

    def __post_init__(self) -> None:
        if not isinstance(self.account_id, str) or not re.fullmatch(r"\d{12}", self.account_id):
            raise BatchMockError(
                f"batchmock: account_id is {self.account_id!r}; AWS account ids are strings of twelve "
                'digits, e.g. "123456789012".'
            )
        if not isinstance(self.region, str) or not self.region:
            raise BatchMockError(
                f'batchmock: region is {self.region!r}; give a name such as "eu-west-1".'
            )
        if not isinstance(self.seed, int):
            raise BatchMockError(f"batchmock: seed is {self.seed!r}; give a whole number.")
        for name in DURATIONS:
            self.milliseconds(name)
        self._check_time()
        if self.start is not None:
            epoch_ms_of(self.start, "start")

    def _check_time(self) -> None:
        """Check who moves the clock, and how fast."""
        if self.advance not in ADVANCES:
            raise BatchMockError(
                f'batchmock: advance is {self.advance!r}; give who moves the clock: "manual" (the test), '
                '"poll" (each look at a job), "sleep" (time.sleep and asyncio.sleep), or "wall" (the wall '
                "clock)."
            )
        if self.advance == "poll" and not self.milliseconds("stage_seconds"):
            raise BatchMockError(
                'batchmock: with advance="poll" each look at a job moves the clock by stage_seconds, and '
                f"that is {self.stage_seconds!r}. Give a stage_seconds above zero."
            )
        if not isinstance(self.freeze, (bool, type(None))):
            raise BatchMockError(f"batchmock: freeze is {self.freeze!r}; give True, False or None.")
        if not isinstance(self.whole_way, bool):
            raise BatchMockError(f"batchmock: whole_way is {self.whole_way!r}; give True or False.")
        if type(self.stuck_after) is not int or self.stuck_after < 1:
            raise BatchMockError(
                f"batchmock: stuck_after is {self.stuck_after!r}; give a whole number above zero."
            )
        if isinstance(self.speed, bool) or not isinstance(self.speed, (int, float)):
            raise BatchMockError(f"batchmock: speed is {self.speed!r}; give a number above zero.")
        if not 0 < self.speed < float("inf"):
            raise BatchMockError(f"batchmock: speed is {self.speed!r}; give a number above zero.")
        if self.speed != 1 and self.advance != "wall":
            raise BatchMockError(
                f"batchmock: speed is {self.speed!r}, which says how fast the clock runs with the wall "
                f'clock, and advance is {self.advance!r}. Give advance="wall", or no speed.'
            )

    @property
    def freezes_time(self) -> bool:
        """Whether code that reads the time reads the clock."""
        return self.advance == "sleep" if self.freeze is None else self.freeze

    def milliseconds(self, name: str) -> int:
        """Give one of the durations in milliseconds."""
        return milliseconds(getattr(self, name), name)

    def start_ms(self) -> int:
        """Give the clock's first instant: `start`, or the time now."""
        if self.start is None:
            return int(time.time() * 1000)
        return epoch_ms_of(self.start, "start")


_NAMES: Final = tuple(item.name for item in fields(Options))


def make_options(given: Mapping[str, Any]) -> Options:
    """
    Make options of keyword arguments.

    Raises:
        BatchMockError: there is no such option, or no such value for it.
    """
    for name in given:
        if name not in _NAMES:
            raise BatchMockError(
                f"batchmock: mock_batch() has no option {name!r}. It has {', '.join(_NAMES)}."
            )
    return Options(**given)
