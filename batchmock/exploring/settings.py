"""The arguments of `explore` and of the marker, checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeAlias, TypedDict, get_args

from batchmock.errors import BatchMockError
from batchmock.nearest import did_you_mean

Tier: TypeAlias = Literal["weather", "losses", "deaths", "crashes"]
#: The tiers, from the mildest on.
TIERS: Final[tuple[str, ...]] = get_args(Tier)
#: What `without` may name: the methods, faults and outcomes that adversities are made of.
NAMES: Final = (
    "cannot_create_container",
    "cannot_initialize_resources",
    "cannot_inspect",
    "cannot_pull_image",
    "cannot_start",
    "client_error",
    "connect_timeout",
    "connection_error",
    "docker_timeout",
    "disturb_events",
    "expire",
    "fail",
    "hang",
    "hold",
    "inject",
    "lag",
    "lose_host",
    "lost_reply",
    "out_of_memory",
    "override",
    "program_killed",
    "read_timeout",
    "reclaim_spot",
    "server_error",
    "slow_reply",
    "subscribe",
    "succeed",
    "terminate_host",
    "throttled",
)


class ExploreSettings(TypedDict, total=False):
    """The types of the keyword arguments of `explore`. `Settings` describes each."""

    tiers: Collection[Tier]
    expected: type[BaseException] | Collection[type[BaseException]]
    seconds: float
    depth: int
    without: Collection[str]
    runs: int | None
    fork: bool


#: The longest time, in real seconds, if the number of runs is given.
SECONDS_WITH_RUNS: Final = 600.0


@dataclass(frozen=True)
class Settings:
    """
    What to explore, and for how long.

    Args:
        tiers: the kinds of adversities: `weather`, `losses`, `deaths`, `crashes`.
        expected: exception types that the code may raise, or a mapping of these to reasons.
        seconds: the longest time, in real seconds; by default 10, or 600 with a number of runs.
        depth: the most adversities in one run.
        without: faults, outcomes and methods to leave out, or a mapping of these to reasons.
        runs: the most runs; None for no limit.
        fork: whether each run has a process of its own, for code that keeps state in its modules.

    Raises:
        BatchMockError: an argument has an invalid value.
    """

    tiers: tuple[str, ...] = ("weather", "losses")
    expected: tuple[type[BaseException], ...] = ()
    seconds: float = 10.0
    depth: int = 2
    without: tuple[str, ...] = ()
    runs: int | None = None
    fork: bool = False

    def __post_init__(self) -> None:
        for name in ("depth", "runs"):
            value = getattr(self, name)
            if name == "runs" and value is None:
                continue
            if type(value) is not int or value < 1:
                raise BatchMockError(
                    f"batchmock: explore() got {name}={value!r}; pass a whole number above zero."
                )
        seconds = self.seconds
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
            raise BatchMockError(
                f"batchmock: explore() got seconds={seconds!r}; pass a number above zero."
            )
        if not isinstance(self.fork, bool):
            raise BatchMockError(
                f"batchmock: explore() got fork={self.fork!r}; pass True or False."
            )

    def leaves_out(self, names: Iterable[str]) -> bool:
        """Return whether `without` names an adversity."""
        return not frozenset(self.without).isdisjoint(names)


ARGUMENTS: Final = tuple(item.name for item in fields(Settings))


def make_settings(given: Mapping[str, Any]) -> Settings:
    """
    Build settings from keyword arguments.

    Raises:
        BatchMockError: an argument does not exist, or has an invalid value.
    """
    for name in given:
        if name not in ARGUMENTS:
            raise BatchMockError(
                f"batchmock: explore() has no argument {name!r}.{did_you_mean(name, ARGUMENTS)} "
                f"It has {', '.join(ARGUMENTS)}."
            )
    checked = dict(given)
    if "tiers" in given:
        checked["tiers"] = _names("tiers", given["tiers"], TIERS)
        if not checked["tiers"]:
            raise BatchMockError(
                f"batchmock: explore() got tiers={given['tiers']!r}, so nothing would go wrong. Pass some of "
                f"{', '.join(TIERS)}."
            )
    if "without" in given:
        checked["without"] = _names("without", given["without"], NAMES)
    if "expected" in given:
        checked["expected"] = _exceptions(given["expected"])
    if given.get("runs") is not None:
        # The number of runs is the bound, and equal on any machine.
        checked.setdefault("seconds", SECONDS_WITH_RUNS)
    return Settings(**checked)


def _names(argument: str, given: object, known: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BatchMockError(
            f"batchmock: explore() got {argument}={given!r}; pass a tuple of names: "
            f"{argument}=({given if isinstance(given, str) else known[0]!r},)."
        )
    names = tuple(given)
    for name in names:
        if name not in known:
            raise BatchMockError(
                f"batchmock: explore() got {argument}={given!r}, and {name!r} is none of "
                f"{', '.join(known)}.{did_you_mean(name, known)}"
            )
    return names


def _exceptions(given: object) -> tuple[type[BaseException], ...]:
    kinds = (given,) if isinstance(given, type) else given
    if isinstance(kinds, Iterable):
        found = tuple(kinds)
        if all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in found):
            return found
    raise BatchMockError(
        f"batchmock: explore() got expected={given!r}; pass exception types: expected=(JobFailed,)."
    )
