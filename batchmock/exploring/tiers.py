"""The adversities that a run suggests, tier by tier."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from glob import escape
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from batchmock.exploring.adversities import LIKELY, POSSIBLE, REPEATED, Adversity, Made, Verb
from batchmock.exploring.kinds import CRASHED, IMPOLITE, SUBMITTED_TWICE, WAITS
from batchmock.exploring.points import (
    Request,
    first_showings,
    looks_of_the_test,
    next_move_after,
    requests,
)
from batchmock.exploring.stacks import Boundary
from batchmock.exploring.traces import SUBMISSIONS, Trace, TracedJob

#: The longest lag in seconds: a job that is not shown for longer would be a breakdown of the service.
LONGEST_LAG: Final = 60
#: The longest slow reply in seconds, below the default read timeout of a client.
LONGEST_REPLY: Final = 55
#: The longest additional time in a stage, in seconds.
SLOW_STAGE: Final = 60
#: Throttled requests in a row that a client with default retries survives.
BURST: Final = 4
#: The latest arrival of a late event after its own time, in seconds.
LATEST_EVENT: Final = 3_600
#: A burst shows whether the code pauses; it need not survive one.
_FOR_PAUSES: Final = frozenset({IMPOLITE})
#: Code may give up on a slow job.
_WITHOUT_TIMEOUTS: Final = frozenset({CRASHED, SUBMITTED_TWICE, WAITS})
_READS: Final = ("Describe", "List", "Get")


class Scene(NamedTuple):
    """A run, the requests of the code under test in it, and the points that are known."""

    trace: Trace
    boundary: Boundary
    requests: Sequence[Request]
    known: Container[tuple[object, ...]]

    def faults(self, *faults: Made) -> Iterator[tuple[Request, Made]]:
        """
        Yield each request with the faults that are new to it.

        Most points of a disturbed run are those of the undisturbed one, and need no adversity.
        """
        known = self.known
        for request in self.requests:
            for fault in faults:
                if (fault.function, *request.meaning) not in known:
                    yield request, fault


#: Yields adversities without their order.
Source: TypeAlias = Callable[[Scene], Iterator[Adversity]]


def adversities(
    trace: Trace,
    boundary: Boundary,
    tiers: Iterable[str],
    known: Container[tuple[object, ...]] = (),
) -> list[Adversity]:
    """Return what could go wrong in a run, the likeliest culprits first, without the known points."""
    chosen = frozenset(tiers)
    scene = Scene(trace, boundary, [*requests(trace, boundary)], known)
    found = [
        Adversity(
            item.likelihood,
            number * 100_000 + place,
            item.tier,
            item.words,
            item.verb,
            point,
            item.judged_for,
        )
        for number, (tier, source) in enumerate(_SOURCES)
        if tier in chosen
        for place, item in enumerate(source(scene))
        if (point := (*item.verb.functions, *item.point)) not in known
    ]
    return sorted(found)


# Losses

_LOST: Final = Made("lost_reply")


def _lost_submissions(scene: Scene) -> Iterator[Adversity]:
    for request, fault in scene.faults(_LOST):
        if request.call.operation in SUBMISSIONS:
            yield _lost(request, fault, LIKELY)


def _other_losses(scene: Scene) -> Iterator[Adversity]:
    for request, fault in scene.faults(_LOST, Made("connection_error")):
        operation = request.call.operation
        if fault is not _LOST:
            yield _injected(request, "losses", fault, f"the {request.words} finds no connection")
        elif operation not in SUBMISSIONS and not operation.startswith(_READS):
            yield _lost(request, fault, POSSIBLE)


def _lost(request: Request, fault: Made, likelihood: int) -> Adversity:
    words = f"the reply to the {request.words} is lost, and the request is carried out"
    return _injected(request, "losses", fault, words, likelihood)


# Weather


def _lags(scene: Scene) -> Iterator[Adversity]:
    for job, call in first_showings(scene.trace, scene.boundary):
        after_ms = call.at_ms - job.submitted_ms
        seconds = after_ms // 1000 + 1
        ends_ms = job.submitted_ms + seconds * 1000
        seen_by_the_test = any(
            at < ends_ms for at in looks_of_the_test(scene.trace, scene.boundary, job.name)
        )
        if seconds <= LONGEST_LAG and not seen_by_the_test:
            words = f"{job.name!r} is not shown until {seconds} s after its submission"
            verb = Verb("lag", (escape(job.name), seconds))
            yield Adversity(LIKELY, 0, "weather", words, verb, ("lag", job.name))


def _duplicates(scene: Scene) -> Iterator[Adversity]:
    for name, status in dict.fromkeys(scene.trace.events):
        verb = Verb("disturb_events", (_pattern(name, status),), (("duplicates", True),))
        words = f"each event {status} of {name!r} is delivered twice"
        yield Adversity(LIKELY, 0, "weather", words, verb, ("duplicates", name, status))


def _late_events(scene: Scene) -> Iterator[Adversity]:
    events = frozenset(scene.trace.events)
    for job in scene.trace.jobs:
        sent = [(at, status) for at, status in job.moves if (job.name, status) in events]
        for (at, status), (next_at, next_status) in pairwise(sent):
            delay = (next_at - at) / 1000 + 0.5
            if status == next_status or delay > LATEST_EVENT:
                continue
            verb = Verb("disturb_events", (_pattern(job.name, status),), (("delay", delay),))
            words = (
                f"the event {status} of {job.name!r} comes {delay:g} s late, after {next_status}"
            )
            yield Adversity(LIKELY, 0, "weather", words, verb, ("late", job.name, status))


def _pattern(name: str, status: str) -> dict[str, object]:
    return {"detail": {"jobName": [name], "status": [status]}}


_REFUSALS: Final = {
    Made("throttled"): "is throttled once",
    Made("server_error"): "fails once with an error of the service",
}


def _refusals(scene: Scene) -> Iterator[Adversity]:
    for request, fault in scene.faults(*_REFUSALS):
        yield _injected(request, "weather", fault, f"the {request.words} {_REFUSALS[fault]}")


def _slow_replies(scene: Scene) -> Iterator[Adversity]:
    trace, boundary = scene.trace, scene.boundary
    calls = trace.calls
    for request, _ in scene.faults(Made("slow_reply")):
        at_ms = request.call.at_ms
        moves_ms = next_move_after(trace, at_ms)
        following = calls[request.position + 1] if request.position + 1 < len(calls) else None
        if moves_ms is None or moves_ms - at_ms > LONGEST_REPLY * 1000 or following is None:
            continue
        if following.at_ms >= moves_ms or not any(map(boundary.is_code, following.stack)):
            continue
        # Where the test moves the clock, only what the code reads in one go may be torn apart.
        if trace.advance == "manual" and not (request.call.is_look and following.is_look):
            continue
        seconds = (moves_ms - at_ms) / 1000 + 0.5
        fault = Made("slow_reply", (seconds,))
        words = f"the reply to the {request.words} takes {seconds:g} s, and jobs move on meanwhile"
        yield _injected(request, "weather", fault, words)


def _slow_stages(scene: Scene) -> Iterator[Adversity]:
    """Lengthen a stage of an unscripted job, where the code's own waiting moves the clock."""
    if scene.trace.advance not in ("sleep", "poll"):
        return
    for job in _unscripted(scene.trace):
        for stage in ("runnable", "starting"):
            outcome = Made("succeed", (), ((stage, SLOW_STAGE),))
            verb = Verb("override", (escape(job.name), outcome), (("attempt", 1),))
            words = f"attempt 1 of {job.name!r} is {stage.upper()} for {SLOW_STAGE} s"
            yield Adversity(
                POSSIBLE, 0, "weather", words, verb, (stage, job.name), _WITHOUT_TIMEOUTS
            )


def _bursts(scene: Scene) -> Iterator[Adversity]:
    """Throttle several requests in a row, to see whether the code pauses between them."""
    if scene.trace.advance != "sleep":
        return
    fault = Made("throttled")
    for request in scene.requests:
        point = ("burst", *request.meaning)
        if request.is_repeated or (fault.function, *point) in scene.known:
            continue
        operation = request.call.operation
        verb = Verb("inject", (operation, fault), (("times", BURST), *_skip(request)))
        words = f"{BURST} {operation} in a row are throttled, from the {request.words} on"
        yield Adversity(POSSIBLE, 0, "weather", words, verb, point, _FOR_PAUSES)


# Deaths


def _expiries(scene: Scene) -> Iterator[Adversity]:
    for job in _first_of_each_name(scene.trace.jobs):
        if job.has_ended:
            verb = Verb("expire", (escape(job.name),))
            words = f"{job.name!r} is forgotten as soon as it has ended"
            yield Adversity(LIKELY, 0, "deaths", words, verb, ("expire", job.name))


_DEATHS: Final = (
    (Made("cannot_inspect"), "runs and has no exit code"),
    (Made("cannot_pull_image"), "never starts, because its image does not exist"),
    (Made("reclaim_spot"), "loses its Spot host"),
    (Made("out_of_memory"), "runs out of memory"),
    (Made("fail", (1,)), "fails with exit code 1 and no log"),
)


def _ends(scene: Scene) -> Iterator[Adversity]:
    for job in _unscripted(scene.trace):
        deaths = _DEATHS[-1:] if job.is_service else _DEATHS
        for attempt in range(1, job.attempts + 1):
            for outcome, end in deaths:
                verb = Verb("override", (escape(job.name), outcome), (("attempt", attempt),))
                words = f"attempt {attempt} of {job.name!r} {end}"
                point = ("end", job.name, attempt)
                yield Adversity(LIKELY, 0, "deaths", words, verb, point)
        for outcome, end in deaths:
            verb = Verb("override", (escape(job.name), outcome))
            words = f"every attempt of {job.name!r} {end}"
            yield Adversity(POSSIBLE, 0, "deaths", words, verb, ("ends", job.name))


# Crashes


_KILLS: Final = {
    Made("program_killed", ("after",)): "after it is carried out",
    Made("program_killed", ("before",)): "before it arrives",
}


def _kills(scene: Scene) -> Iterator[Adversity]:
    for request, fault in scene.faults(*_KILLS):
        words = f"the program is killed at the {request.words}, {_KILLS[fault]}, and run again"
        likely = LIKELY if request.call.operation in SUBMISSIONS else POSSIBLE
        yield _injected(request, "crashes", fault, words, likely)


def _injected(
    request: Request, tier: str, fault: Made, words: str, likelihood: int = POSSIBLE
) -> Adversity:
    verb = Verb("inject", (request.call.operation, fault), tuple(_skip(request)))
    likelihood = REPEATED if request.is_repeated else likelihood
    return Adversity(likelihood, 0, tier, words, verb, request.meaning)


def _skip(request: Request) -> Iterator[tuple[str, object]]:
    if request.skip:
        yield "skip", request.skip


def _unscripted(trace: Trace) -> Iterator[TracedJob]:
    return _first_of_each_name(job for job in trace.jobs if not job.is_scripted)


def _first_of_each_name(jobs: Iterable[TracedJob]) -> Iterator[TracedJob]:
    met: set[str] = set()
    for job in jobs:
        if job.name not in met:
            met.add(job.name)
            yield job


#: The sources with their tiers, from the likeliest culprit on, within each likelihood.
_SOURCES: Final[tuple[tuple[str, Source], ...]] = (
    ("losses", _lost_submissions),
    ("weather", _lags),
    ("weather", _duplicates),
    ("deaths", _expiries),
    ("deaths", _ends),
    ("crashes", _kills),
    ("weather", _late_events),
    ("weather", _refusals),
    ("weather", _slow_replies),
    ("losses", _other_losses),
    ("weather", _slow_stages),
    ("weather", _bursts),
)
