"""`check()`: find mistakes in infrastructure that AWS Batch accepts, by simulating jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.loading.findings import RULES, CheckFinding, Waivers
from batchmock.loading.lint.images import moving_images
from batchmock.loading.lint.retry_rules import unreachable_rules
from batchmock.loading.lint.trials import Trials
from batchmock.operations.region import Region

_DAY: Final = 86_400

#: The id of a rule, and the message.
_Problem = tuple[str, str]


class Subject(NamedTuple):
    """A file to check: its queues by name in Batch, and its definitions by name in the file."""

    file: str
    queues: tuple[str, ...]
    definitions: Mapping[str, str]


def check(
    region: Region, subject: Subject, waivers: Waivers, longest_seconds: float
) -> tuple[CheckFinding, ...]:
    """
    Return the findings about the definitions of a loaded file, in file order.

    Raises:
        BatchMockError: the bound is not positive.
    """
    if longest_seconds <= 0:
        raise BatchMockError(
            f"batchmock: check() was called with longest={longest_seconds!r}. Pass a positive duration."
        )
    trials = Trials(region)
    found = []
    for name, arn in subject.definitions.items():
        definition = trials.definition(arn)
        if definition["status"] != "ACTIVE":
            continue
        for rule, message in _problems(trials, definition, subject.queues, longest_seconds):
            finding = CheckFinding(rule, name, subject.file, message, RULES[rule][1])
            if not waivers.cover(finding):
                found.append(finding)
    return tuple(found)


def _problems(
    trials: Trials, definition: dict[str, Any], queues: tuple[str, ...], longest_seconds: float
) -> Iterator[_Problem]:
    yield from _placement(trials, definition, queues)
    for message in unreachable_rules(definition.get("retryStrategy", {})):
        yield "unreachable-retry-rule", message
    yield from _durations(definition, longest_seconds)
    for message in moving_images(definition):
        yield "moving-tag", message


def _placement(
    trials: Trials, definition: dict[str, Any], queues: tuple[str, ...]
) -> Iterator[_Problem]:
    """Try the definition in each queue that takes jobs."""
    candidates = [queue for queue in queues if trials.takes_jobs(queue)]
    obstacles = {queue: trials.obstacle_to(definition, queue) for queue in candidates}
    fitting = [queue for queue, obstacle in obstacles.items() if obstacle is None]
    if obstacles and not fitting:
        listed = " ".join(f"Queue {queue!r}: {why}" for queue, why in obstacles.items())
        yield "no-queue", f"no queue of the file can run it. {listed}"
    for queue in fitting:
        loss = trials.fatal_spot_loss(definition, queue)
        if loss is not None:
            what = "its instance" if loss.startswith("Host EC2") else "its Spot capacity"
            pattern = "Host EC2*" if loss.startswith("Host EC2") else "Your Spot Task*"
            yield (
                "spot-not-retried",
                f"a job in Spot queue {queue!r} fails when {what} is reclaimed. Set attempts to 2 or "
                f"more, with a rule that retries onStatusReason {pattern!r}.",
            )


def _durations(definition: dict[str, Any], longest_seconds: float) -> Iterator[_Problem]:
    timeout = definition.get("timeout", {}).get("attemptDurationSeconds")
    if timeout is None:
        yield (
            "no-timeout",
            "its attempts have no timeout, so one that hangs runs until it is terminated. Set "
            "attemptDurationSeconds.",
        )
        return
    attempts = definition.get("retryStrategy", {}).get("attempts", 1)
    if attempts * timeout > longest_seconds:
        yield (
            "long-retries",
            f"{attempts} attempts of {timeout} seconds can take {attempts * timeout / _DAY:.3g} days, and "
            f"the bound is {longest_seconds / _DAY:.3g}. Lower attempts or attemptDurationSeconds.",
        )
